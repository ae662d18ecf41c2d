"""Ranks of truths among draws, and how far the draws are from independent."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.random_streams import stream

KEPT: Final = 99
"""Draws of a fit that are kept: a rank is one of `RANKS` numbers."""
RANKS: Final = KEPT + 1
NO_RANK: Final = 255
"""In place of a rank where the truth or a draw is no number."""

type RankArray = NDArray[np.uint8]
"""Ranks from 0 to `KEPT`, or `NO_RANK`."""


def ranks_of(values: Float, names: tuple[str, ...], root: int, number: int) -> RankArray:
    """Return the rank of the truth among the kept draws for each quantity: how many of them are below it.

    A tie is broken at random, by a generator that depends on the root seed, the replication and the quantity.

    Parameters
    ----------
    values : (quantity, 1 + draw)
        The truth first.
    names
        The names of the quantities.

    Returns
    -------
    (quantity,)
    """
    truth, draws = values[:, :1], values[:, 1:]
    below, ties = (draws < truth).sum(axis=1), (draws == truth).sum(axis=1)
    for at in np.flatnonzero(ties):
        below[at] += stream(root, number, "tie", names[at]).integers(ties[at], endpoint=True)
    return np.where(np.isnan(values).any(axis=1), NO_RANK, below).astype(np.uint8)


def autocorrelations(series: Float, lags: int) -> Float:
    """Return the autocorrelations of the ranks within each series at lags 1 to `lags`: (quantity, lag).

    Of ranks, so that a heavy tail does not hide them. Values that are equal have ranks in the order in which they
    came: a series that stands still is as correlated as can be.

    Parameters
    ----------
    series : (quantity, draw)
    """
    draws = series.shape[1]
    placed = np.argsort(np.argsort(series, axis=1, kind="stable"), axis=1) - 0.5 * (draws - 1)
    variance = np.einsum("qd,qd->q", placed, placed)
    return np.stack(
        [np.einsum("qd,qd->q", placed[:, lag:], placed[:, :-lag]) / variance for lag in range(1, lags + 1)], axis=1
    )
