"""Two rates of a hierarchical posterior compared: which is greater, by how much, and what the wrong choice loses.

Given the hyper-parameters both rates are independent Betas. On each node of `HierarchicalPosterior` the one is
integrated by the trapezoid rule over its logit, on which its density is analytic and vanishes on both sides; of the
other rate there are incomplete beta functions. The error is judged by another lattice and a finer step.

Nothing is shared with the package but the names in a `Structure`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.reference.density import Real, context, log
from tests.reference.posterior import HierarchicalPosterior


class Compared(NamedTuple):
    """What is known of two rates.

    Attributes
    ----------
    greater
        P(one > other).
    mean, sd
        Of one - other.
    difference
        P(one - other <= d).
    ratio
        P(one / other <= r).
    loss
        E max(other - one, 0).
    """

    greater: Real
    mean: Real
    sd: Real
    difference: Real
    ratio: Real
    loss: Real


def compared(
    posterior: HierarchicalPosterior,
    one: int,
    other: int,
    *,
    d: float,
    r: float,
    step: float,
    cutoff: str = "1e-18",
    digits: int = 25,
) -> Compared:
    """Compare two groups by their numbers.

    Parameters
    ----------
    d, r
        A difference and a ratio. Where d is not zero, or r is above 1, the other rate must have no weight where its
        image leaves (0, 1): the integrand bends there.
    step
        Distance of the inner nodes, in standard deviations of the logit of the other rate; at most itself, since the
        integrand is analytic within pi of the real line however wide it is.
    cutoff
        Inner nodes below this fraction of the peak are left out.
    digits
        Of the inner integrals.
    """
    (n, k), (m, j) = posterior.groups[one], posterior.groups[other]
    place, factor = context.mpf(d), context.mpf(r)
    total, second = [context.zero] * 5, context.zero
    for values, weight in posterior.nodes:
        with context.workdps(digits):
            a, b = values["a"] + k, values["b"] + n - k
            c, e = values["a"] + j, values["b"] + m - j
            below, differs, scaled, lost = (context.zero for _ in range(4))
            for x, mass in _nodes(c, e, context.mpf(step), log(context.mpf(cutoff))):
                at_most = _cdf(a, b, x)
                below += mass * at_most
                differs += mass * (_cdf(a, b, x + place) if d else at_most)
                scaled += mass * _cdf(a, b, x * factor)
                lost += mass * (x * at_most - a / (a + b) * _cdf(a + 1, b, x))
            gap = a / (a + b) - c / (c + e)
            spread = a * b / ((a + b) ** 2 * (a + b + 1)) + c * e / ((c + e) ** 2 * (c + e + 1))
            found = (1 - below, gap, differs, scaled, lost)
        total = [each + weight * value for each, value in zip(total, found, strict=True)]
        second += weight * (spread + gap**2)
    greater, mean, difference, ratio, loss = (each / posterior.mass for each in total)
    return Compared(greater, mean, context.sqrt(second / posterior.mass - mean**2), difference, ratio, loss)


def _cdf(a: Real, b: Real, x: Real) -> Real:
    if x <= 0 or x >= 1:
        return context.mpf(x >= 1)
    return context.betainc(a, b, 0, x, regularized=True)


def _nodes(a: Real, b: Real, step: Real, log_cutoff: Real) -> Iterator[tuple[Real, Real]]:
    """Yield rates of Beta(a, b), and what each of them weighs."""
    peak, width = log(a / b), step * min(context.sqrt(1 / a + 1 / b), context.one)
    log_beta = context.log(context.beta(a, b))
    highest = -a * context.log1p(b / a) - b * context.log1p(a / b)
    for sign, place in ((1, 0), (-1, 1)):
        while True:
            u = peak + sign * place * width
            log_mass = -a * context.log1p(context.exp(-u)) - b * context.log1p(context.exp(u))
            if log_mass - highest < log_cutoff:
                break
            yield 1 / (1 + context.exp(-u)), width * context.exp(log_mass - log_beta)
            place += 1
