"""Speed of a fit that passed: effective draws per second, of the quantity that was sampled worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pplcompare.backends.fit import Fit
from pplcompare.validation.checks.effective import EffectiveSizes


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one fit was.

    Attributes
    ----------
    ess
        The least of bulk, tail and spread ESS over all quantities.
    slowest
        Which quantity that was.
    ess_per_second
        `ess` divided by the wall seconds of warm-up and sampling; `None` where they are not known.
    gradients
        Gradient evaluations after warm-up, all chains; `None` where the sampler makes none.
    """

    ess: float
    slowest: str
    ess_per_second: float | None
    gradients: int | None


def speed_of(fit: Fit, sizes: Mapping[str, EffectiveSizes]) -> Speed:
    """Return the speed of a fit whose effective sizes are known."""
    slowest = min(sizes, key=lambda label: sizes[label].least)
    ess = sizes[slowest].least
    steps = fit.statistics.get("n_steps")
    seconds = fit.timing.run.wall if fit.timing.run is not None else 0.0
    return Speed(ess, slowest, ess / seconds if seconds else None, None if steps is None else int(steps.sum()))
