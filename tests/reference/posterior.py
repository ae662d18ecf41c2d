"""The posterior of a beta-binomial model with one or two hyper-parameters, by quadrature in 50 digits.

Rates are integrated out in closed form. In the unbounded coordinates of the hyper-parameters the posterior is analytic
and vanishes on all sides, so the trapezoid rule converges geometrically (Trefethen and Weideman 2014, SIAM Review 56,
385-458). Its nodes are those lattice points that are connected with the mode through points above a cutoff: no box can
be too narrow. The error is judged by a finer or shifted lattice and a smaller cutoff.

Nothing is shared with the package but the names in a `Structure`. Not fast: small data sets only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mpmath.calculus.quadrature import GaussLegendre
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

from tests.reference.density import TERMS, Real, context, log, log_gamma, support

_DEGREE = 3  # of mpmath: 12 Gauss-Legendre nodes
_PANEL = context.mpf("0.5")


class HierarchicalPosterior:
    """The exact posterior of the hyper-parameters, of the rates and of a new group's rate.

    Parameters
    ----------
    structure, inputs
        Scalar variables with numbers for arguments, then a Beta or BetaProportion on a plate, then a Binomial.
    step
        Distance of the lattice points in the unbounded coordinates.
    cutoff
        Lattice points below this fraction of the peak are left out.
    shift
        Offset of the lattice in steps.

    Attributes
    ----------
    groups
        Trials and successes of each.
    nodes
        Values of the hyper-parameters and of the rates' shapes ``a`` and ``b`` on each lattice point, and its weight.
    mass
        The sum of the weights.
    """

    def __init__(
        self, structure: Structure, inputs: Inputs, *, step: float = 0.1, cutoff: str = "1e-25", shift: float = 0.0
    ) -> None:
        *self._hyper, self._rate = structure.variables
        self._inputs = inputs
        self._constants = {name: context.mpf(value) for name, value in inputs.constants.items()}
        self.step, self._log_cutoff = context.mpf(step), log(context.mpf(cutoff))
        self._origin = [self.step * context.mpf(shift)] * len(self._hyper)
        (trials,), (successes,) = inputs.counts.values(), inputs.observed.values()
        self.groups = [(int(n), int(k)) for n, k in zip(trials, successes, strict=True)]
        self._log_choose = sum(log(context.binomial(n, k)) for n, k in self.groups)
        self._mode = self._climb()
        self.nodes = self._flood()
        self.mass = sum(weight for _, weight in self.nodes)

    @property
    def log_evidence(self) -> Real:
        """Log probability of the counts, binomial coefficients included; up to a constant under an improper prior."""
        return log(self.mass * self.step ** len(self._hyper)) + self._peak

    @property
    def size(self) -> int:
        """The number of lattice points used."""
        return len(self.nodes)

    def expectation(self, f: Callable[[Mapping[str, Real]], Real]) -> Real:
        """Return the posterior mean of a function of the hyper-parameters and of the rates' shapes ``a`` and ``b``."""
        return sum(weight * f(values) for values, weight in self.nodes) / self.mass

    def moments(self, name: str) -> tuple[Real, Real]:
        """Return mean and standard deviation of a hyper-parameter."""
        return self._moments(lambda v: (v[name], v[name] ** 2))

    def log_moments(self, name: str) -> tuple[Real, Real]:
        """Return mean and standard deviation of the logarithm of a hyper-parameter."""
        return self._moments(lambda v: (log(v[name]), log(v[name]) ** 2))

    def rate_moments(self, group: int | None) -> tuple[Real, Real]:
        """Return mean and standard deviation of a group's rate, or of a new group's."""
        n, k = (0, 0) if group is None else self.groups[group]

        def beta_moments(v: Mapping[str, Real]) -> tuple[Real, Real]:
            a, b = v["a"] + k, v["b"] + n - k
            return a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))

        return self._moments(beta_moments)

    def rate_cdf(self, group: int | None, x: float) -> Real:
        """Return the probability that a group's rate, or a new group's, is at most `x`."""
        n, k = (0, 0) if group is None else self.groups[group]
        return self.expectation(
            lambda v: context.betainc(v["a"] + k, v["b"] + n - k, 0, context.mpf(x), regularized=True)
        )

    def cdf(self, name: str, x: float) -> Real:
        """Return the probability that a hyper-parameter is at most `x`."""
        axis = [variable.name for variable in self._hyper].index(name)
        end = _unbounded(context.mpf(x), *self._ends(axis))
        upper = end > self._mode[axis]
        tail = self._tail(axis, end, 1 if upper else -1) / (self.mass * self.step ** len(self._hyper))
        return 1 - tail if upper else tail

    def _tail(self, axis: int, end: Real, sign: int) -> Real:
        """Integrate the marginal density from `end` away, panel by panel, until nothing is added."""
        rule, total, start = GaussLegendre(context), context.zero, end
        while True:
            nodes = rule.get_nodes(
                min(start, start + sign * _PANEL), max(start, start + sign * _PANEL), _DEGREE, context.prec
            )
            part = sum(weight * self._marginal(axis, u) for u, weight in nodes)
            total, start = total + part, start + sign * _PANEL
            if part <= context.exp(self._log_cutoff) * max(total, self.mass * self.step ** len(self._hyper)):
                return total

    def _marginal(self, axis: int, u: Real) -> Real:
        """Integrate out the other coordinate by the trapezoid rule, relative to the peak."""
        if len(self._hyper) == 1:
            return context.exp(self._log_density([u])[0] - self._peak)
        other = 1 - axis
        point = list(self._mode)
        point[axis] = u
        best = self._ascend(point, [other])
        total, floor = context.zero, self._log_density(best)[0] + self._log_cutoff
        for sign in (1, -1):
            at = list(best)
            at[other] += 0 if sign == 1 else -self.step
            while (value := self._log_density(at)[0]) > floor:
                total += context.exp(value - self._peak)
                at[other] += sign * self.step
        return total * self.step

    def _moments(self, f: Callable[[Mapping[str, Real]], tuple[Real, Real]]) -> tuple[Real, Real]:
        first, second = self.expectation(lambda v: f(v)[0]), self.expectation(lambda v: f(v)[1])
        return first, context.sqrt(second - first**2)

    def _ends(self, axis: int) -> tuple[Real, Real | None]:
        return support(type(self._hyper[axis].distribution).__name__, self._numbers(self._hyper[axis]))

    def _numbers(self, variable: Variable) -> list[Real]:
        return [self._constants[str(name)] for name in variable.distribution.arguments.values()]

    def _log_density(self, u: list[Real]) -> tuple[Real, dict[str, Real]]:
        """Return the log joint density of hyper-parameters, in unbounded coordinates, and counts; and the values."""
        total, values = self._log_choose, dict[str, Real]()
        for axis, variable in enumerate(self._hyper):
            x, log_slope = _bounded(u[axis], *self._ends(axis))
            values[variable.name] = x
            total += TERMS[type(variable.distribution).__name__](x, *self._numbers(variable))[0] + log_slope
        a, b = ({**self._constants, **values}[str(name)] for name in self._rate.distribution.arguments.values())
        if type(self._rate.distribution).__name__ == "BetaProportion":
            a, b = a * b, (1 - a) * b
        values["a"], values["b"] = a, b
        for n, k in self.groups:
            total += log_gamma(a + k) + log_gamma(b + n - k) - log_gamma(a + b + n)
        total += len(self.groups) * (log_gamma(a + b) - log_gamma(a) - log_gamma(b))
        return total, values

    def _climb(self) -> list[Real]:
        return self._ascend(list(self._origin), list(range(len(self._hyper))), stride=16)

    def _ascend(self, point: list[Real], axes: list[int], stride: int = 4) -> list[Real]:
        """Walk up over lattice points along `axes`, with ever shorter strides."""
        best = self._log_density(point)[0]
        while stride:
            moved = False
            for axis, sign in ((axis, sign) for axis in axes for sign in (1, -1)):
                trial = list(point)
                trial[axis] += sign * stride * self.step
                if (value := self._log_density(trial)[0]) > best:
                    point, best, moved = trial, value, True
            stride = stride if moved else stride // 2
        return point

    def _flood(self) -> list[tuple[dict[str, Real], Real]]:
        """Collect values and weights of all lattice points above the cutoff that are connected with the mode."""
        self._peak = self._log_density(self._mode)[0]
        start = (0,) * len(self._hyper)
        seen, front, nodes = {start}, [start], []
        while front:
            place = front.pop()
            value, values = self._log_density([mode + i * self.step for mode, i in zip(self._mode, place, strict=True)])
            if value - self._peak < self._log_cutoff:
                continue
            nodes.append((values, context.exp(value - self._peak)))
            for near in _neighbours(place):
                if near not in seen:
                    seen.add(near)
                    front.append(near)
        return nodes


def _neighbours(place: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for axis in range(len(place)):
        for sign in (1, -1):
            yield (*place[:axis], place[axis] + sign, *place[axis + 1 :])


def _bounded(u: Real, low: Real, high: Real | None) -> tuple[Real, Real]:
    """Return x and log dx/du, u the unbounded coordinate of x in (low, high)."""
    if high is None:
        return low + context.exp(u), u
    fraction = 1 / (1 + context.exp(-u))
    return low + (high - low) * fraction, log(high - low) + log(fraction) + log(1 - fraction)


def _unbounded(x: Real, low: Real, high: Real | None) -> Any:
    return log(x - low) if high is None else log((x - low) / (high - x))
