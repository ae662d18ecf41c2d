"""Observed counts in PyMC whose log binomial coefficients are given; PyMC's own compute them at every step.

They are drawn as PyMC draws them, and what is left of the density is written with PyMC's own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final


def _binomial(successes: Any, n: Any, p: Any) -> Any:
    from pymc.distributions.dist_math import logpow

    return logpow(p, successes) + logpow(1 - p, n - successes)


def _beta_binomial(successes: Any, n: Any, alpha: Any, beta: Any) -> Any:
    from pymc.distributions.dist_math import betaln

    return betaln(alpha + successes, beta + n - successes) - betaln(alpha, beta)


OBSERVED: Final[Mapping[str, Callable[..., Any]]] = {"Binomial": _binomial, "BetaBinomial": _beta_binomial}
"""PyMC's distribution -> its log density without the binomial coefficient, of the counts and its arguments."""


def observe(name: str, kind: str, options: Mapping[str, Any], constant: Any, dims: str | None) -> None:
    """Add observed counts to the model.

    Parameters
    ----------
    kind
        A distribution of `OBSERVED`.
    options
        Its arguments by PyMC's names, and ``observed``.
    constant
        Log binomial coefficients of what is observed.
    """
    import pymc as pm

    arguments = {argument: value for argument, value in options.items() if argument != "observed"}

    def dist(*given: Any) -> Any:
        *values, _constant, size = given
        return getattr(pm, kind).dist(**dict(zip(arguments, values, strict=True)), size=size)

    def logp(successes: Any, *given: Any) -> Any:
        *values, log_choose = given
        return log_choose + OBSERVED[kind](successes, **dict(zip(arguments, values, strict=True)))

    pm.CustomDist(name, *arguments.values(), constant, dist=dist, logp=logp, observed=options["observed"], dims=dims)
