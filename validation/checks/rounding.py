"""Rounded draws: the grid on which a chain lies, found from its values alone, and the cell of each draw.

A draw that was rounded stands for its cell: for all values that are nearer to it than to its neighbours on the grid.
Floating grids have as many significant digits everywhere and wider cells for larger values; fixed grids have one width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval

_SAMPLE: Final = 16
# With more digits a recurring value is as rare as with all of them.
_MOST_DIGITS: Final = 13
# A multiple of a unit, of at most 13 digits, is off by a few roundings of float64.
_ROUNDINGS: Final = 2.0**-50
# Smaller units are no float64 numbers of full precision.
_MOST_PLACES: Final = 300
# A place on a grid of unknown spacing, in units of it; and how many places the grid may have.
_OFF: Final = 1e-3
_FINEST: Final = 2.0**23
_REFINEMENTS: Final = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """The numbers that rounded draws can be.

    Attributes
    ----------
    name
        The grid in words, after "draws have".
    least
        The distance of neighbours on a fixed grid; the smallest one of a floating grid, between its smallest numbers.
    base, digits
        The base of a floating grid and its number of significant digits; a fixed grid has no digits.
    """

    name: str
    least: float
    base: int = 10
    digits: int = 0

    @property
    def precision(self) -> float:
        """How closely numbers of a computer's own type follow each other, relative to their size; zero for others."""
        return 2.0**-self.digits if self.base == 2 and self.digits else 0.0

    def cells(self, x: Float) -> tuple[Float, Float]:
        """Return how far the cell of each draw reaches below and above it."""
        if not self.digits:
            return np.full(x.shape, 0.5 * self.least), np.full(x.shape, 0.5 * self.least)
        size = np.abs(x)
        power = _power(size, self.base)
        unit = np.where(size > 0.0, np.maximum(power * float(self.base) ** (1 - self.digits), self.least), self.least)
        # Towards zero a power of the base has neighbours as close as smaller numbers have.
        inner = np.maximum(np.where(size <= power * (1.0 + _ROUNDINGS), unit / self.base, unit), self.least)
        below, above = np.where(x > 0.0, inner, unit), np.where(x < 0.0, inner, unit)
        # Half of the least float64 is no number.
        return np.maximum(0.5 * below, _TINIEST), np.maximum(0.5 * above, _TINIEST)


_TINIEST: Final = 5e-324

FLOAT64: Final = Grid("float64", _TINIEST, 2, 53)
"""The grid of draws that were not rounded."""

# Coarsest first: a number of one is a number of the next.
_BINARY: Final = (
    Grid("the precision of bfloat16", 2.0**-133, 2, 8),
    Grid("the precision of float16", 2.0**-24, 2, 11),
    Grid("the precision of float32", 2.0**-149, 2, 24),
)


def grid_of(chain: Float) -> Grid | None:
    """Return the coarsest floating or decimal grid on which all draws (draw,) of a chain lie; None where there is none.

    A few draws tell where there is none: one of full precision is on a grid with a probability below one in a hundred.
    """
    sample = chain[:: max(chain.size // _SAMPLE, 1)]
    found = [grid for grid in (*_binary(sample, chain), *_decimal(sample, chain)) if grid is not None]
    return max(found, key=lambda grid: float(np.log(np.add(*grid.cells(chain))).mean()), default=None)


def cells_of(chains: Float, grids: Sequence[Grid | None]) -> tuple[Float, Float]:
    """Return how far the cell of each draw (chain, draw) reaches below and above it, on the grid of its chain.

    Parameters
    ----------
    grids
        The grid of each chain that was rounded; of full precision are all chains where it is empty.
    """
    cells = [(grid or FLOAT64).cells(chain) for grid, chain in zip(grids or [None] * len(chains), chains, strict=True)]
    return np.stack([below for below, _ in cells]), np.stack([above for _, above in cells])


def within(support: Interval, chains: Float, grids: Sequence[Grid | None]) -> Float:
    """Return draws (chain, draw), those outside an open support in the middle of what their cells have of it.

    They stay outside where there is no number between: rounding to that grid does not explain them.
    """
    outside = (chains <= support.low) | (chains >= support.high)
    if not outside.any():
        return chains
    below, above = cells_of(chains, grids)
    ends = np.maximum(chains - below, support.low), np.minimum(chains + above, support.high)
    return np.where(outside, ends[0] + 0.5 * (ends[1] - ends[0]), chains)


def spacing_of(chain: Float) -> Grid | None:
    """Return the fixed grid, of any spacing and origin, on which all draws (draw,) lie; None where there is none.

    It is looked for where values recur: then neighbours on the grid are among the draws, and are nearest to each other.
    """
    values = np.unique(chain)
    if values.size < 3:
        return None
    gaps, extent = np.diff(values), float(values[-1] - values[0])
    step = float(gaps.min())
    # Every draw lies on a grid that is fine enough.
    if extent > _FINEST * step:
        return None
    for _ in range(_REFINEMENTS):
        places = np.rint((values - values[0]) / step)
        step = extent / float(places[-1])
    off = np.abs((values - values[0]) / step - places)
    return Grid(f"a spacing of {step:.3g}", step) if off.max() <= _OFF else None


def _binary(sample: Float, chain: Float) -> list[Grid | None]:
    with np.errstate(over="ignore"):
        single = sample.astype(np.float32)
    if np.any(single != sample):
        return []
    return [next((grid for grid in _BINARY if _bits(chain) <= grid.digits), None)]


def _bits(x: Float) -> int:
    """Return how many binary digits the longest significand has."""
    used = int(np.bitwise_or.reduce((np.frexp(x)[0] * 2.0**53).astype(np.int64)))
    return 53 - ((used & -used).bit_length() - 1) if used else 0


def _decimal(sample: Float, chain: Float) -> list[Grid | None]:
    if any(abs(float(f"{x:.{_MOST_DIGITS - 1}e}") - x) > _ROUNDINGS * abs(x) for x in sample.tolist()):
        return []
    written = [f"{x:.{_MOST_DIGITS - 1}e}".split("e") for x in sample.tolist()]
    lengths = [len(mantissa.lstrip("-").replace(".", "").rstrip("0")) for mantissa, _ in written]
    places = [length - 1 - int(exponent) for length, (_, exponent) in zip(lengths, written, strict=True) if length]
    return [_significant(chain, max(*lengths, 1)), _fixed(chain, max(places, default=0))]


def _significant(chain: Float, fewest: int) -> Grid | None:
    power = _power(np.abs(chain), 10)
    for digits in range(fewest, _MOST_DIGITS + 1):
        if _multiples(chain, power * 10.0 ** (1 - digits)):
            return Grid(f"{digits} significant digits", _TINIEST, 10, digits)
    return None


def _fixed(chain: Float, fewest: int) -> Grid | None:
    most = _MOST_DIGITS - math.ceil(math.log10(max(float(np.abs(chain).max()), _TINIEST)))
    for places in range(fewest, min(most, fewest + _MOST_DIGITS, _MOST_PLACES) + 1):
        if _multiples(chain, np.asarray(10.0**-places)):
            name = f"{places} decimal places" if places > 0 else f"a spacing of {10.0**-places:g}"
            return Grid(name, 10.0**-places)
    return None


def _power(size: Float, base: int) -> Float:
    """Return the largest power of the base that is not above each size, of zero the smallest there is."""
    if base == 2:
        return np.asarray(np.ldexp(1.0, np.frexp(np.maximum(size, _TINIEST))[1] - 1))
    # The logarithm of a power of ten may come out below a whole number.
    exponents = np.floor(np.log10(np.maximum(size, 1e-300)) + 1e-14)
    return np.asarray(10.0**exponents)


def _multiples(x: Float, unit: Float) -> bool:
    many = x / unit
    return bool(np.all(np.abs(many - np.rint(many)) <= _ROUNDINGS * np.abs(many)))
