"""What a Stan CSV file holds, as draws and statistics by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.coordinates import split
from pplcompare.backends.stan_simulation import columns
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

DIGITS: Final = 17
"""Significant digits of all numbers; fewer make ties between draws, and move parameters that are read again."""

_STATISTICS: Final = {
    "diverging": "divergent__",
    "tree_depth": "treedepth__",
    "n_steps": "n_leapfrog__",
    "acceptance_rate": "accept_stat__",
    "energy": "energy__",
    "step_size": "stepsize__",
    "lp": "lp__",
}
_WHOLE: Final = {"diverging": np.bool_, "tree_depth": np.int64, "n_steps": np.int64}


def read_draws(
    structure: Structure, inputs: Inputs, names: Sequence[str], table: NDArray[np.float64]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[Any]]]:
    """Return the draws, name -> (chain, draw, *plate), and the statistics, name -> (chain, draw).

    Parameters
    ----------
    names
        Of the columns.
    table : (chain, draw, column)
    """
    places = {name: index for index, name in enumerate(names)}
    statistics: dict[str, NDArray[Any]] = {
        ours: table[:, :, places[theirs]].astype(_WHOLE.get(ours, np.float64)) for ours, theirs in _STATISTICS.items()
    }
    first = len(places) - len(columns(structure, inputs, ""))
    return split(structure, inputs, table[:, :, first:]), statistics
