"""The distribution of a count to come: a mixture of beta-binomials over the hyper-parameters' nodes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError, UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import UNIT
from pplcompare.models.saddle_point import log_beta_binomial
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.mixture import Components, logs
from pplcompare.validation.exact.beta_binomial.rate_marginal import RateMarginal
from pplcompare.validation.exact.quadrature.central import central_levels, described
from pplcompare.validation.exact.quadrature.counts_panel import counts_panel
from pplcompare.validation.exact.quadrature.shown_law import ShownLaw
from pplcompare.validation.exact.quadrature.tabulated import TABLE_TOLERANCE
from pplcompare.validation.pictures.plots import PlotAxes, plotted
from scipy import special

# Up to this distance from either end, probabilities are added up one by one.
_LADDER: Final = 2000
_CHUNK: Final = 1 << 20
# Of a Beta whose shapes both exceed `_LADDER`: a normal law to a few percent, gone beyond nine standard deviations.
_Z: Final = np.linspace(-9.0, 9.0, 145)
_PROBES: Final = (-2.0, 0.0, 2.0)


class BetaBinomialMixture(ShownLaw):
    """The number of successes in `trials` trials at a rate that is not known.

    Parameters
    ----------
    rate
        The distribution of the rate.
    """

    def __init__(self, rate: RateMarginal, trials: int) -> None:
        if trials < 0:
            raise UsageError("the number of trials cannot be negative", where="predictive", seen=trials)
        self.trials: Final = trials
        self._rate = rate
        self._whose = ""

    def __repr__(self) -> str:
        return described(f"successes in {self.trials:,} trials to come", self)

    def named(self, group: str) -> BetaBinomialMixture:
        """Return the same distribution, whose pictures say which group's campaign it is."""
        found = copy.copy(self)
        found._whose = f" of {group}"
        return found

    @property
    def n(self) -> int:
        """The number of trials."""
        return self.trials

    @property
    def mean(self) -> float:
        """The mean."""
        return self.trials * self._rate.mean

    @property
    def epistemic(self) -> float:
        """Var E[count | rate]: the part of the variance that more data on this group would remove."""
        return self.trials**2 * self._rate.sd**2

    @property
    def aleatoric(self) -> float:
        """E Var[count | rate]: the part that stays."""
        mean, sd = self._rate.moments
        return self.trials * (mean * (1.0 - mean) - sd * sd)

    @property
    def variance(self) -> float:
        """The variance, the sum of both parts."""
        return self.epistemic + self.aleatoric

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return math.sqrt(self.variance)

    @cached_property
    def refusal(self) -> str:
        """Why probabilities of counts could not be certified; empty where they could."""
        try:
            self.cdf(np.array([0, self.trials // 2, self.trials]))
        except AccuracyError as error:
            return str(error)
        return ""

    def pmf(self, counts: NDArray[np.int64]) -> Float:
        """Return the probability of each count; zero outside 0, ..., trials."""

        def inside(k: NDArray[np.int64]) -> Float:
            return self._split(k, lambda table, j: table[j], self._direct)

        return self._within(counts, inside, 0.0)

    def cdf(self, counts: NDArray[np.int64]) -> Float:
        """Return P(count <= each)."""

        def inside(k: NDArray[np.int64]) -> Float:
            upper = k > self.trials // 2
            # From above, P(count > k) is the sum over the counts beyond k.
            side = self._split(
                np.where(upper, k + 1, k), lambda table, j: np.cumsum(table)[j], lambda j: np.full(j.shape, np.nan)
            )
            found = np.where(upper, 1.0 - side, side)
            found[k == self.trials] = 1.0
            far = np.isnan(found)
            found[far] = [self._far_cdf(int(at)) for at in k[far]]
            return found

        return self._within(counts, inside, 1.0)

    def quantile(self, p: Float) -> NDArray[np.int64]:
        """Return the least count whose distribution function reaches each probability, by bisection.

        Raises
        ------
        AccuracyError
            If the probability of a count could not be certified.
        """
        p = np.asarray(p, dtype=np.float64)
        below, reached = np.full(p.shape, -1), np.full(p.shape, self.trials)
        while np.any(reached - below > 1):
            middle = (below + reached) // 2
            enough = self.cdf(middle) >= p
            below, reached = np.where(enough, below, middle), np.where(enough, middle, reached)
        return reached

    def interval(self, probability: float = 0.94) -> tuple[int, int]:
        """Return the counts at the ends of the central interval: at most half of the rest is below it, and above it.

        Raises
        ------
        UsageError
            If `probability` does not lie between 0 and 1.
        AccuracyError
            If the probability of a count could not be certified.
        """
        low, high = self.quantile(np.array(central_levels(probability))).tolist()
        return low, high

    def plot(self, axes: PlotAxes | None = None, label: str = "") -> PlotAxes:
        """Draw the probabilities of counts, with the mean and both parts of the variance.

        Parameters
        ----------
        axes
            Axes of matplotlib; new ones by default. What they have already stays in sight.
        label
            What the legend calls the distribution.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        AccuracyError
            If the probability of a count could not be certified.
        """
        return plotted(counts_panel("", self, f"successes{self._whose} in {self.trials:,} trials"), axes, label)

    def _within(self, counts: NDArray[np.int64], inside: Callable[[NDArray[np.int64]], Float], beyond: float) -> Float:
        k = np.asarray(counts, dtype=np.int64)
        flat, places = np.unique(k, return_inverse=True)
        found = np.where(flat < 0, 0.0, beyond)
        possible = (flat >= 0) & (flat <= self.trials)
        found[possible] = inside(flat[possible])
        return np.asarray(found[places].reshape(k.shape))

    def _split(
        self,
        k: NDArray[np.int64],
        near: Callable[[Float, NDArray[np.int64]], Float],
        far: Callable[[NDArray[np.int64]], Float],
    ) -> Float:
        """Apply `near` to the probabilities from the nearer end and the distance from it, `far` where both are far."""
        found = np.empty(k.shape)
        upper = k > self.trials // 2
        distance = np.where(upper, self.trials - k, k)
        close = distance < _LADDER
        for side, table in ((~upper, "_from_below"), (upper, "_from_above")):
            chosen = side & close & (distance >= 0)
            if chosen.any():
                found[chosen] = near(getattr(self, table), distance[chosen])
        found[distance < 0] = np.nan
        found[~close] = far(k[~close])
        return found

    @cached_property
    def _components(self) -> Components:
        """As few components as give the probabilities of some counts; more of them must not matter."""
        if len(self._rate.candidates) == 1:
            return self._rate.candidates[0]
        probes = np.clip(np.rint(self.mean + self.sd * np.array(_PROBES)), 0, self.trials).astype(np.int64)
        few, many = (self._mixed(components, probes) for components in self._rate.candidates)
        error = float(np.max(np.abs(few - many))) * max(self.sd, 1.0)
        if error <= TABLE_TOLERANCE:
            return self._rate.candidates[0]
        raise AccuracyError(
            "the probability of a count could not be certified",
            where="exact answer",
            seen=f"an error of {error:.1e}",
            mend="take a prior with lighter tails",
        )

    def _direct(self, k: NDArray[np.int64]) -> Float:
        return self._mixed(self._components, k)

    def _mixed(self, components: Components, k: NDArray[np.int64]) -> Float:
        n = np.array(float(self.trials))
        return np.array(
            [
                components.weights @ np.exp(log_beta_binomial(n, np.array(float(j)), *components[1:]))
                for j in k.tolist()
            ],
            dtype=np.float64,
        )

    @cached_property
    def _all(self) -> Float | None:
        """The probabilities of all counts, where they are few."""
        if self.trials > _LADDER:
            return None
        n, k = float(self.trials), np.arange(self.trials + 1.0)
        if len(self._rate.candidates) > 1:
            return self._on_line(n, k)
        ((_, first, second),) = self._rate.candidates
        return np.exp(log_beta_binomial(np.array(n), k, first, second))

    def _on_line(self, n: float, k: Float) -> Float | None:
        """Return the probabilities of counts from the lattice of the rate, if every second node does not matter."""
        try:
            line = self._rate.line
        except AccuracyError:
            return None
        u, weights = line.u[0].ravel(), line.weights.ravel()
        log_rate, log_complement = logs(u)
        size = max(_CHUNK // u.size, 1)
        halves = []
        for j in (k[i : i + size] for i in range(0, k.size, size)):
            terms = np.outer(j, log_rate) + np.outer(n - j, log_complement)
            terms -= (special.betaln(j + 1.0, n - j + 1.0) + math.log(n + 1.0))[:, None]
            terms = np.exp(terms) * weights
            halves.append([terms[:, i::2].sum(axis=1) for i in (0, 1)])
        even, odd = np.concatenate(halves, axis=1)
        error = 2.0 * float(np.abs(even - odd).max()) * max(self.sd, 1.0)
        return even + odd if error <= TABLE_TOLERANCE else None

    @cached_property
    def _from_below(self) -> Float:
        return self._ladder(*self._components) if self._all is None else self._all

    @cached_property
    def _from_above(self) -> Float:
        if self._all is not None:
            return self._all[::-1]
        weights, first, second = self._components
        return self._ladder(weights, second, first)

    def _ladder(self, weights: Float, first: Float, second: Float) -> Float:
        """Return the probabilities of 0, 1, ... as far as ladders go, by ratios of neighbouring probabilities."""
        n = float(self.trials)
        k = np.arange(min(self.trials, _LADDER))[:, None].astype(np.float64)
        total = np.zeros(k.size + 1)
        size = max(_CHUNK // total.size, 1)
        for i in range(0, weights.size, size):
            w, a, b = (part[i : i + size] for part in (weights, first, second))
            ratios = np.log((n - k) / (k + 1.0)) + np.log((a + k) / (b + (n - 1.0 - k)))
            start = log_beta_binomial(np.array(n), np.zeros(()), a, b)
            total += np.exp(np.cumsum(np.vstack([start, ratios]), axis=0)) @ w
        return total

    def _far_cdf(self, k: int) -> float:
        """Return P(count <= k) = P(rate < X), X ~ Beta(k + 1, n - k), over the narrower of the two."""
        first, second = np.array(k + 1.0), np.array(float(self.trials - k))
        middle, sd = math.log(first / second), math.sqrt(1.0 / first + 1.0 / second)
        line = self._rate.line
        u, weights = line.u[0].ravel(), line.weights.ravel()
        center = float(weights @ u)
        if sd * sd > float(weights @ (u - center) ** 2):
            return float(weights @ beta.cdf(first, second, special.expit(u), upper=True))
        at = middle + sd * _Z
        density = np.exp(beta.log_density(first, second, at))
        return float(density @ self._rate.table().cdf(UNIT.constrain(at)) / density.sum())
