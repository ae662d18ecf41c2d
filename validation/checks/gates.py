"""Gates: what must hold of draws before any statistic of them means something."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import AccuracyError
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Interval
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.critical_values import LEAST_ESS
from pplcompare.validation.checks.effective import Chains, EffectiveSizes
from pplcompare.validation.checks.result import CheckResult, Outcome, fault
from pplcompare.validation.checks.rounding import grid_of
from pplcompare.validation.checks.transform import COARSE, cell_probabilities, too_coarse
from pplcompare.validation.exact.quadrature.marginal import Marginal

_ALIKE: Final = "chains differ", "two chains are identical"
_CONSTANT: Final = "chains move", "a chain is constant"
# Rarer than any level at which right draws may fail.
_LEAST_LOG_CHANCE: Final = math.log(1e-9)


def quantity_names(structure: Structure, inputs: Inputs) -> list[str]:
    """Return the names of all quantities: of each scalar, of each element of a plate with its group."""
    return [name for name, _ in _labels(structure, inputs)]


def quantities(structure: Structure, inputs: Inputs, draws: Draws) -> Iterator[tuple[str, str, int | None, Chains]]:
    """Yield label, variable, group index and draws (chain, draw) of each quantity."""
    for label, (name, group) in _labels(structure, inputs):
        yield label, name, group, draws[name] if group is None else draws[name][:, :, group]


def _labels(structure: Structure, inputs: Inputs) -> Iterator[tuple[str, tuple[str, int | None]]]:
    for variable in structure.variables:
        if variable.plate is None:
            yield variable.name, (variable.name, None)
        else:
            for index, group in enumerate(inputs.groups):
                yield f"{variable.name}[{group}]", (variable.name, index)


def check_gates(
    structure: Structure,
    inputs: Inputs,
    draws: Draws,
    settings: NUTSSettings,
    marginal: Callable[[str, int | None], Marginal] | None = None,
) -> list[CheckResult]:
    """Return what is wrong with names, shapes, values and chains; empty where nothing is.

    Parameters
    ----------
    marginal
        The exact distribution of a variable, of a plate with the number of the group. Without it rounding is no excuse
        for equal or constant chains.
    """
    results: list[CheckResult] = []
    supports = structure.supports(inputs)
    expected = {variable.name for variable in structure.variables}
    if set(draws) != expected:
        results.append(fault("names", "draws", f"{sorted(draws)}, expected {sorted(expected)}"))
    for variable in structure.variables:
        if variable.name not in draws:
            continue
        values = draws[variable.name]
        plate = () if variable.plate is None else (inputs.sizes[variable.plate],)
        shape = (settings.chains, settings.draws, *plate)
        if values.shape != shape:
            results.append(fault("shape", variable.name, f"{values.shape}, expected {shape} (chain, draw, *plate)"))
        elif not np.all(np.isfinite(values)):
            results.append(fault("finite", variable.name, f"{np.count_nonzero(~np.isfinite(values))} values are not"))
        elif not supports[variable.name].holds(values):
            # Rounding may put a draw on the border of its support, and beyond it by no more than its cell reaches.
            support = supports[variable.name]
            if beyond := _beyond(values, support):
                results.append(fault("support", variable.name, f"{beyond} values outside {support}"))
    if results:
        return results
    for label, name, group, chains in quantities(structure, inputs, draws):
        alike, constant = _alike(chains), (np.ptp(chains, axis=1) == 0.0) & (chains.shape[1] > 1)
        if np.any(alike | constant):
            rounded = _rounded_alike(label, chains, alike | constant, marginal and marginal(name, group))
            check, detail = _ALIKE if np.any(alike) else _CONSTANT
            results.append(fault(check, label, detail) if rounded is None else rounded)
    return results


def _alike(chains: Chains) -> NDArray[np.bool_]:
    """Say which chains (chain,) are equal to another one."""
    # Adding zero makes its two signs alike.
    values = [(chain + 0.0).tobytes() for chain in chains]
    number = Counter(values)
    return np.array([number[value] > 1 for value in values])


def _rounded_alike(
    label: str, chains: Chains, suspect: NDArray[np.bool_], marginal: Marginal | None
) -> CheckResult | None:
    """Return that chains may be alike, or constant, by rounding; None where right draws are not rounded to them.

    Independent draws are rounded to the values of a chain with the product of the exact probabilities of their cells.
    """
    grid = None if marginal is None else grid_of(chains.ravel())
    if marginal is None or grid is None:
        return None
    values, places = np.unique(chains, return_inverse=True)
    try:
        mass = cell_probabilities(values, marginal, grid)
    except AccuracyError:
        return None
    with np.errstate(divide="ignore"):
        log_chance = np.log(mass)[places.reshape(chains.shape)].sum(axis=1)[suspect]
    widest = float(mass.max())
    return too_coarse(label, widest, [grid]) if widest >= COARSE and np.all(log_chance >= _LEAST_LOG_CHANCE) else None


def _beyond(values: NDArray[np.float64], support: Interval) -> int:
    """Return how many draws (chain, draw, *plate) lie outside the support with all of their cells."""
    outside = 0
    for chain in np.moveaxis(values, 1, -1).reshape(-1, values.shape[1]):
        if np.any((chain < support.low) | (chain > support.high)):
            grid = grid_of(chain)
            below, above = (0.0, 0.0) if grid is None else grid.cells(chain)
            outside += int(np.count_nonzero((chain + above < support.low) | (chain - below > support.high)))
    return outside


def check_effective_size(label: str, sizes: EffectiveSizes) -> CheckResult:
    """Return whether bulk and tail ESS of a quantity reach `LEAST_ESS`; below, nothing else is tested."""
    least = float(np.min([sizes.bulk, sizes.tail]))
    if least >= LEAST_ESS:
        return CheckResult("effective draws", label, least, math.nan, Outcome.PASSED)
    detail = f"only {least:.0f}, at least {LEAST_ESS:.0f} are needed; take more draws"
    return CheckResult("effective draws", label, least, math.nan, Outcome.UNDERPOWERED, detail)
