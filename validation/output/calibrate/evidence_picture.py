"""The picture of evidence: a panel for each judgement, a line for each backend, and the limit that fails it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.marks import Curve, Mark, Rules
from pplcompare.validation.pictures.palette import SeriesLook

LIMIT: Final = "limit"

# Points of a line: more than a picture has pixels would not be seen.
_POINTS: Final = 400
_DASHED: Final = (4.0, 2.0)
_HEIGHT: Final = 150.0

type _Judged = Mapping[str, tuple[Float, float]]
"""Judgement -> the logarithm of the evidence after each replication, and that of its limit."""


def evidence_drawing(found: Sequence[Calibrated], look: Mapping[str, SeriesLook]) -> Drawing | None:
    """Return the evidence against backends of one model; None where there is none."""
    judged = {one.entry.engine: _judged(one) for one in found}
    titles = list(dict.fromkeys(title for of in judged.values() for title in of))
    panels = tuple(
        _panel(title, {name: of[title] for name, of in judged.items() if title in of}, look) for title in titles
    )
    if not panels:
        return None
    columns = min(2, len(panels))
    return Drawing.grid(panels, columns, _HEIGHT)


def points(path: Float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return replications, and log10 of the evidence after them: all, or some hundreds with the highest among them."""
    number = len(path)
    chosen = np.unique([*np.linspace(0, number - 1, min(number, _POINTS)).round().astype(int), int(path.argmax())])
    return tuple((chosen + 1.0).tolist()), tuple((path[chosen] / math.log(10.0)).tolist())


def _judged(one: Calibrated) -> _Judged:
    found = {"against ranks": (one.path, one.log_threshold)}
    if one.exact is not None:
        found["against truths"] = (one.exact.truths.path, one.exact.log_threshold)
        found["against draws"] = (one.exact.direct.path, one.exact.log_threshold)
    if one.kernel is not None:
        found["against kernels"] = (one.kernel.path, one.kernel.log_threshold)
    return {name: (path, limit) for name, (path, limit) in found.items() if one.replications and len(path)}


def _panel(title: str, paths: _Judged, look: Mapping[str, SeriesLook]) -> Panel:
    marks = tuple(_marks(paths, look))
    heights = [y for mark in marks for row in mark.rows() if (y := row[3]) is not None]
    least, most = min(0.0, *heights), max(heights)
    room = 0.08 * (most - least)
    longest = max(len(path) for path, _ in paths.values())
    return Panel(
        title,
        marks,
        (0.0, float(longest)),
        (least - room, most + room),
        x_label="replications",
        y_label="log10 E",
        whole_x=True,
    )


def _marks(paths: _Judged, look: Mapping[str, SeriesLook]) -> Iterator[Mark]:
    for name, (path, _) in paths.items():
        yield Curve(name, look[name].colour, *points(path), dash=look[name].dash)
    limit = next(limit for _, limit in paths.values())
    yield Rules(LIMIT, "failed", (limit / math.log(10.0),), _DASHED, level=True)
