"""What a backend simulates beside a fit, for files: counts to come, and draws from the prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import said
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Observed, Structure
from pplcompare.validation.exact import ExactPosterior

PRIOR_DRAWS: Final = 1000
"""How many draws from the prior are kept at most."""

_MOST_NUMBERS: Final = 10**6
_MOST_OF_32_BITS: Final = 2**31 - 1

type SimulatedArray = NDArray[np.float64] | NDArray[np.int32] | NDArray[np.int64]
type Arrays = Mapping[str, SimulatedArray]
"""Variable name -> (chain, draw, *plate); counts are whole numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What is kept of the simulations beside one fit; what is not there is None.

    Attributes
    ----------
    posterior_predictive
        The counts of the groups' next campaign, one for each draw of the fit.
    prior, prior_predictive
        Variables and counts drawn from the prior, in one chain.
    without_prior
        Why there is nothing from the prior; empty if there is.
    """

    posterior_predictive: Arrays | None = None
    prior: Arrays | None = None
    prior_predictive: Arrays | None = None
    without_prior: str = ""


def counts_to_come(exact: ExactPosterior, drawn: Draws, settings: NUTSSettings) -> Simulated:
    """Keep the counts to come that were drawn for the check of a fit, if they have the shape that they must have."""
    names = tuple(item.name for item in exact.model.structure.observed)
    kept = {name: _whole(drawn[name]) for name in names if name in drawn}
    shape = (settings.chains, settings.draws, len(exact.inputs.groups))
    sound = len(kept) == len(names) and all(values.shape == shape for values in kept.values())
    return Simulated(kept if sound else None)


def from_prior(
    kept: Simulated | None,
    program: Program,
    structure: Structure,
    inputs: Inputs,
    settings: NUTSSettings,
    seed: int,
) -> Simulated:
    """Draw from the prior by the backend's own simulator, and keep it beside what is kept already.

    Whatever the backend answers is no error: nothing that is told of the fit depends on it.
    """
    kept = Simulated() if kept is None else kept
    if improper := [item.name for item in structure.random if not item.distribution.proper]:
        return replace(kept, without_prior=f"the prior of {', '.join(improper)} is improper")
    if program.simulator is None:
        return replace(kept, without_prior="the program has no simulator")
    draws = max(1, min(PRIOR_DRAWS, settings.draws, _MOST_NUMBERS // len(inputs.groups)))
    try:
        found = program.simulator.prior(inputs, draws, seed)
        for item in structure.random:
            shape = (1, draws, *(() if item.plate is None else (inputs.sizes[item.plate],)))
            if found[item.name].shape != shape:
                raise ValueError(f"{item.name} has the shape {found[item.name].shape}, expected {shape}")
    except Exception as error:
        return replace(kept, without_prior=said(error))
    counts = {item.name: _whole(found[item.name]) for item in structure.random if isinstance(item, Observed)}
    variables = {item.name: found[item.name] for item in structure.random if item.name not in counts}
    return replace(kept, prior=variables, prior_predictive=counts)


def _whole(counts: NDArray[np.float64]) -> SimulatedArray:
    """Return counts as whole numbers of 32 bits, of 64 where they need it, and as they are if they are none."""
    if counts.size == 0 or not (np.all(np.isfinite(counts)) and np.all(counts == np.rint(counts))):
        return counts
    return counts.astype(np.int32) if np.max(np.abs(counts)) <= _MOST_OF_32_BITS else counts.astype(np.int64)
