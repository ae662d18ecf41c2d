"""What people should know of draws that passed: that they were rounded, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pplcompare.validation.checks.rounding import Grid

_SHOWN: Final = 3


def rounding_notes(grids: Mapping[str, Sequence[Grid | None]]) -> tuple[str, ...]:
    """Return a sentence for each grid: which draws lie on it.

    Parameters
    ----------
    grids
        By quantity the grid of each chain.
    """
    found: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for label, of in grids.items():
        for name in dict.fromkeys(grid.name for grid in of if grid is not None):
            chains = tuple(i for i, grid in enumerate(of, 1) if grid is not None and grid.name == name)
            found.setdefault((name, () if len(chains) == len(of) else chains), []).append(label)
    return tuple(_note(name, chains, labels, len(grids)) for (name, chains), labels in found.items())


def _note(name: str, chains: tuple[int, ...], labels: list[str], number: int) -> str:
    more = len(labels) - _SHOWN
    shown = labels if more <= 1 else [*labels[:_SHOWN], f"{more} more quantities"]
    whose = "" if len(labels) == number else f" of {', '.join(shown)}"
    where = f" in chain {', '.join(map(str, chains))}" if chains else ""
    return f"draws{whose}{where} have {name}: each is tested as any value of its cell"
