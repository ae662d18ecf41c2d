"""The distribution of a rate: a Beta, or a mixture of Betas over the hyper-parameters' nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.interval import UNIT
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.mixture import Components, MixtureDensity
from pplcompare.validation.exact.beta_binomial.rate_lattice import own_lattice
from pplcompare.validation.exact.quadrature.comparison import RATES
from pplcompare.validation.exact.quadrature.evidence import ErrorEvidence
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.exact.quadrature.refusal import answered, attempted
from pplcompare.validation.exact.quadrature.tabulated import TABLE_TOLERANCE
from scipy import special

_CLOSED: Final = ErrorEvidence(closed_form=True)


class RateMarginal(Marginal):
    """A mixture of Betas.

    Parameters
    ----------
    prior
        Mixtures before the counts: of as many Betas as CDFs and moments need, and mostly densities too; of more, if
        there are.
    trials, successes
        The counts.
    evidence
        The error of what the mixtures come from.
    shared
        The function that gives the lattice that the rate shares with others, of the first mixture; None where it needs
        its own.
    """

    support = UNIT

    def __init__(
        self,
        prior: Sequence[Components],
        trials: int,
        successes: int,
        evidence: ErrorEvidence = _CLOSED,
        shared: Callable[[], Lattice | None] = lambda: None,
    ) -> None:
        self._prior, self._counts, self._evidence, self._shared = prior, (trials, successes), evidence, shared

    @property
    def candidates(self) -> list[Components]:
        """The mixtures after the counts."""
        return [components.of(*self._counts) for components in self._prior]

    @cached_property
    def moments(self) -> Moments:
        weights, first, second = self.candidates[0]
        total = first + second
        means = first / total
        mean = float(weights @ means)
        within = means * (second / total) / (total + 1.0)
        return Moments(mean, math.sqrt(float(weights @ (within + (means - mean) ** 2))))

    def log_density(self, u: Float) -> Float:
        return self._density(u)

    def cdf(self, x: Float) -> Float:
        return self._mix(x, upper=False)

    def sf(self, x: Float) -> Float:
        return self._mix(x, upper=True)

    def _mix(self, x: Float, *, upper: bool) -> Float:
        self._evidence.require(RATES)
        weights, first, second = self.candidates[0]
        flat = np.ravel(np.asarray(x, dtype=np.float64))
        mixed = [beta.cdf(first, second, at, upper=upper) @ weights for at in flat]
        return np.array(mixed, dtype=np.float64).reshape(np.shape(x))

    @cached_property
    def _density(self) -> MixtureDensity:
        return MixtureDensity(self._certified[0])

    @property
    def line(self) -> Lattice:
        return self._certified[1]

    @property
    def best_line(self) -> tuple[Lattice, float]:
        _, line, error = self._on_line
        return line, float(np.max([error, self._known]))

    @property
    def _known(self) -> float:
        """The error of CDFs of rates, at some points."""
        return self._evidence.quantities.get(RATES, 0.0)

    @property
    def _certified(self) -> tuple[Components, Lattice]:
        self._evidence.require(RATES)
        components, line, error = self._on_line
        if not error <= TABLE_TOLERANCE:
            raise AccuracyError(
                "the density of a rate does not integrate to one",
                where="exact answer",
                seen=f"an error of {error:.1e}",
                mend="its CDF and moments are certified, its table and quantiles need a prior with lighter tails",
            )
        return components, line

    @property
    def _on_line(self) -> tuple[Components, Lattice, float]:
        """As few components as integrate to one, the lattice of their density, and by how much that misses one."""
        return answered(self._integrated)

    @cached_property
    def _integrated(self) -> tuple[Components, Lattice, float] | AccuracyError:
        return attempted(self._integrate)

    def _integrate(self) -> tuple[Components, Lattice, float]:
        shared = self._shared()
        if shared is not None and _missing(shared) <= TABLE_TOLERANCE:
            return self.candidates[0], shared, _missing(shared)
        # More would not be told from the error that there is.
        tolerance = max(TABLE_TOLERANCE, self._known)
        found: list[tuple[Components, Lattice, float]] = []
        for components in self.candidates:
            try:
                line = own_lattice(components, tolerance)
            except AccuracyError:
                if not found:
                    raise
                break  # So many Betas would take too long, and the best of the others has its error.
            found.append((components, line, _missing(line)))
            if found[-1][2] <= tolerance:
                break
        return min(found, key=lambda each: each[2])


def _missing(line: Lattice) -> float:
    """Return by how much a density does not integrate to one; infinite where that is no number."""
    missing = abs(math.expm1(line.log_total))
    return math.inf if math.isnan(missing) else missing


class BetaMarginal(RateMarginal):
    """One Beta distribution, in closed form."""

    def __init__(self, first: float, second: float) -> None:
        alone = Components(np.ones(1), np.array([first]), np.array([second]))
        super().__init__([alone], 0, 0)
        self.first, self.second = first, second

    def quantile(self, p: Float) -> Float:
        if min(self.first, self.second) > beta.LARGE:
            return super().quantile(p)
        return np.asarray(special.betaincinv(self.first, self.second, np.asarray(p, dtype=np.float64)))
