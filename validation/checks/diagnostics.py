"""The diagnostics that users of Markov chains look for: told beside a verdict, which they never make.

The numbers are those of ArviZ, which tests compare; it is not imported here, because that takes longer than a check.
What a backend does not report is absent, never zero.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Rank-normalization, folding, and localization, Bayesian Analysis
16(2), sections 3 and 4; Betancourt (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo,
arXiv 1604.00695.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.effective import Chains, ess_of_bulk, ess_of_tail
from pplcompare.validation.checks.gates import quantities
from pplcompare.validation.checks.scores import mean_ranks
from scipy import special

_LEAST_DRAWS: Final = 4
# More sizes of single chains than that take longer than a check.
_MOST_SIZES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or least of several numbers, and the quantity that it belongs to."""

    value: float
    quantity: str


@dataclass(frozen=True, slots=True)
class ChainSizes:
    """The least effective numbers of draws of one chain by itself, over all quantities."""

    bulk: Extreme
    tail: Extreme


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What one fit's chains and its sampler's statistics say.

    Attributes
    ----------
    chains, draws
        The numbers of chains, and of draws of each after warm-up.
    divergences, at_greatest_depth
        How many transitions after warm-up diverged, and how many trees were as deep as the settings let them be; None
        where the backend does not report it.
    ebfmi
        The estimated Bayesian fraction of missing information of each chain; None where no energy is reported.
    rhat
        The largest rank-normalised split R-hat of all quantities; None for a single chain, for fewer than four draws
        and where there are no draws to look at.
    sizes
        The least effective numbers of draws of each chain; empty where there are no draws to look at, and where chains
        times quantities are more than 10,000.
    with_rates
        Whether rates were sampled that could have been left out.
    """

    chains: int
    draws: int
    divergences: int | None = None
    at_greatest_depth: int | None = None
    ebfmi: tuple[float, ...] | None = None
    rhat: Extreme | None = None
    sizes: tuple[ChainSizes, ...] = ()
    with_rates: bool = False


def diagnose(
    structure: Structure,
    inputs: Inputs,
    draws: Draws | None,
    settings: NUTSSettings,
    statistics: Mapping[str, Chains] = MappingProxyType({}),
) -> Diagnostics:
    """Return the diagnostics of one fit.

    Parameters
    ----------
    draws
        None where they have not the names, shapes and values that they must have: then only the sampler's statistics
        are looked at.
    statistics
        What the sampler reports of each draw, by the names of `Fit`.
    """
    depth, energy = statistics.get("tree_depth"), statistics.get("energy")
    looked_at = [] if draws is None else [(name, each) for name, _, _, each in quantities(structure, inputs, draws)]
    return Diagnostics(
        settings.chains,
        settings.draws,
        int(statistics["diverging"].sum()) if "diverging" in statistics else None,
        None if depth is None else int(np.count_nonzero(depth >= settings.max_tree_depth)),
        None if energy is None or energy.shape[1] < _LEAST_DRAWS else tuple(map(float, energy_fraction(energy))),
        _largest_rhat(looked_at),
        chain_sizes(looked_at) if settings.chains * len(looked_at) <= _MOST_SIZES else (),
    )


def energy_fraction(energy: Chains) -> NDArray[np.float64]:
    """Return the estimated Bayesian fraction of missing information (chain,) from energies (chain, draw).

    It is the mean square of the steps of the energy over its variance (Betancourt 2016, equation 4); NaN where the
    energy is constant or no number.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.square(np.diff(energy, axis=1)).mean(axis=1) / np.var(energy, axis=1, ddof=1))


def rank_rhat(chains: Chains) -> float:
    """Return the rank-normalised split R-hat of chains (chain, draw): the larger of that of the bulk and of the tails.

    NaN for a single chain, for fewer than four draws where all halves of chains are constant and where a draw is NaN.
    """
    if len(chains) < 2 or chains.shape[1] < _LEAST_DRAWS or np.isnan(chains).any():
        return float("nan")
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    return float(np.max([_rhat(halves), _rhat(np.abs(halves - np.median(halves)))]))


def _rhat(halves: Chains) -> float:
    """Return R-hat of the normal scores of all ranks, with Blom's fractions."""
    score = special.ndtri((mean_ranks(halves) - 0.375) / (halves.size + 0.25))
    between, within = np.var(score.mean(axis=1), ddof=1), np.var(score, axis=1, ddof=1).mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.sqrt(between / within + (halves.shape[1] - 1) / halves.shape[1]))


def _largest_rhat(looked_at: Iterable[tuple[str, Chains]]) -> Extreme | None:
    found = {name: rank_rhat(chains) for name, chains in looked_at}
    numbers = {name: value for name, value in found.items() if not np.isnan(value)}
    if not numbers:
        return None
    largest = max(numbers, key=lambda name: numbers[name])
    return Extreme(numbers[largest], largest)


def chain_sizes(looked_at: Iterable[tuple[str, Chains]]) -> tuple[ChainSizes, ...]:
    """Return the least bulk and tail ESS of each chain by itself, from the draws (chain, draw) of each quantity."""
    names, bulk, tail = [], [], []
    for name, chains in looked_at:
        names.append(name)
        alone = [chain[None] for chain in chains]
        bulk.append([ess_of_bulk(chain) for chain in alone])
        tail.append([ess_of_tail(chain) for chain in alone])
    if not names:
        return ()
    pairs = zip(_least(names, bulk), _least(names, tail), strict=True)
    return tuple(ChainSizes(*pair) for pair in pairs)


def _least(names: list[str], sizes: list[list[float]]) -> list[Extreme]:
    """Return the least size of each chain, from sizes by quantity and chain; NaN is less than any number."""
    table = np.array(sizes)
    return [Extreme(float(table[at, chain]), names[at]) for chain, at in enumerate(np.argmin(table, axis=0))]
