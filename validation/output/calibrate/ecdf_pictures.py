"""Pictures of ranks: their distribution function less the uniform one, with the band that right ranks stay in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.calibrate.rank_band import IntegerPath, band, cumulated
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.marks import Band, Curve, Mark, Markers, Rules
from pplcompare.validation.pictures.palette import SeriesLook

OUTSIDE: Final = 0.01
"""The probability that right ranks leave the band in any panel of a picture, at most."""

LEAVING: Final = "leaves the band"
WITHIN: Final = "right ones stay here"
BEYOND: Final = ", outside"
"""What follows the name of a panel whose curve leaves the band."""

type Counted = tuple[str, NDArray[np.int64]]
"""The name of what is ranked, and how often each rank came."""

# A picture with more panels cannot be read.
_MOST: Final = 15
_COLUMNS: Final = 3
_HEIGHT: Final = 105.0
_ROOM: Final = 1.15
_PLACES: Final = np.arange(KEPT)


def shown(rows: Sequence[Counted]) -> list[Counted]:
    """Return the rows that a picture has room for, in their own order: outside the band, then farthest from uniform."""

    def clearest(at: int) -> tuple[bool, float]:
        counts = rows[at][1]
        return bool(_outside(counts, len(rows)).any()), float(np.abs(_difference(counts)).max(initial=0.0))

    chosen = sorted(range(len(rows)), key=clearest, reverse=True)
    return [rows[at] for at in sorted(chosen[:_MOST])]


def leaving(rows: Sequence[Counted]) -> list[str]:
    """Return the names of those that leave the band of a picture of all of them."""
    return [name for name, counts in rows if _outside(counts, len(rows)).any()]


def ecdf_drawing(rows: Sequence[Counted], look: SeriesLook, series: str, place: str = "rank") -> Drawing:
    """Return a panel for each of the rows that are shown.

    Parameters
    ----------
    rows
        At least one; each has at least one rank.
    look
        That of whoever made the ranks.
    series
        What ranks within the band are called in the legend.
    place
        What a rank is called.
    """
    chosen = shown(rows)
    limits = [_band(int(counts.sum()), len(rows)) for _, counts in chosen]
    most = max(
        float(np.abs(values).max())
        for (_, counts), (low, high) in zip(chosen, limits, strict=True)
        for values in (_difference(counts), *(_less_uniform(one, int(counts.sum())) for one in (low, high)))
    )
    panels = tuple(
        Panel(
            f"{name}{BEYOND}" if _outside(counts, len(rows)).any() else name,
            tuple(_marks(counts, len(rows), look, series)),
            (0.0, float(KEPT)),
            (-_ROOM * most, _ROOM * most),
            x_label=place,
            whole_x=True,
        )
        for name, counts in chosen
    )
    columns = min(_COLUMNS, len(panels))
    return Drawing.grid(panels, columns, _HEIGHT)


def _marks(counts: NDArray[np.int64], panels: int, look: SeriesLook, series: str) -> Iterator[Mark]:
    number, x = int(counts.sum()), tuple(_PLACES.astype(float).tolist())
    low, high = (tuple(_less_uniform(one, number).tolist()) for one in _band(number, panels))
    yield Band(WITHIN, "band", x, low, high)
    yield Rules("", "muted", (0.0,), level=True)
    y, beyond = _difference(counts), _outside(counts, panels)
    if not beyond.any():
        yield Curve(series, look.colour, x, tuple(y.tolist()))
        return
    yield Curve(LEAVING, "failed", x, tuple(y.tolist()))
    yield Markers("", "failed", tuple(_PLACES[beyond].astype(float).tolist()), tuple(y[beyond].tolist()), size=2.5)


def _outside(counts: NDArray[np.int64], panels: int) -> NDArray[np.bool_]:
    """Say at which places whole counts are beyond the band."""
    low, high = _band(int(counts.sum()), panels)
    path = cumulated(counts)
    return (path < low) | (path > high)


@lru_cache(maxsize=16)
def _band(number: int, panels: int) -> tuple[IntegerPath, IntegerPath]:
    return band(number, OUTSIDE / panels)


def _difference(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return _less_uniform(cumulated(counts), int(counts.sum()))


def _less_uniform(path: IntegerPath, number: int) -> NDArray[np.float64]:
    """Return a distribution function less the uniform one, at each rank but the last."""
    return np.asarray(path / number - (_PLACES + 1.0) / RANKS)
