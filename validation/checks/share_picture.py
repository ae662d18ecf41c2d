"""Draws beside the exact distribution: shares below exact quantiles, with the limits of the checks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pplcompare.validation.checks.slots import BEYOND, HEIGHT, LIMIT, slotted
from pplcompare.validation.pictures.drawing import Drawing
from pplcompare.validation.pictures.marks import Band, Curve, Mark, Markers, Rules
from pplcompare.validation.pictures.palette import SeriesLook, looks
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.trace import PLACES, FitTrace, QuantityTrace
from scipy import special

# Of the slot that each backend has.
_SLOT: Final = 0.84


def share_picture(stem: str, traces: Sequence[FitTrace]) -> Iterator[Picture]:
    """Yield by how much the shares of draws below exact quantiles are off, beside the limits of the checks."""
    traces = [trace for trace in traces if trace.quantities]
    labels = list(dict.fromkeys(label for trace in traces for label in trace.quantities))
    if not labels:
        return
    names = tuple(trace.backend for trace in traces)
    look = looks(names)
    panels, beyond = [], []
    for label in labels:
        marks: list[Mark] = [Rules("", "muted", (0.0,), level=True)]
        for slot, trace in enumerate(traces):
            if label in trace.quantities:
                marks += _slot(slot, trace.backend, look[trace.backend], trace.quantities[label])
                beyond += [f"{trace.backend}, {label}"] * any(one.beyond for one in trace.quantities[label].tested)
        panels.append(slotted(label, marks, names, "% of draws"))
    columns = 2 if len(names) <= 3 and len(panels) > 1 else 1
    found = f"beyond their limits: {'; '.join(beyond[:4])}" if beyond else "all within their limits"
    yield Picture(
        f"{stem}-shares",
        "trust",
        f"Draws beside the exact distribution: {found}",
        "Lines are the share of draws below each exact quantile, less its exact probability, from 0.1 % on the left to "
        "99.9 % on the right of each backend. Shares are tested at the markers: 1, 5, 25, 50, 75, 95 and 99 %. There "
        "the pale area is the limit that the check used; between them it only guides the eye.",
        f"Differences between shares of draws and exact probabilities of {', '.join(labels)} for {', '.join(names)}; "
        f"{found}.",
        Drawing.grid(panels, columns, HEIGHT),
    )


def _slot(slot: int, backend: str, look: SeriesLook, trace: QuantityTrace) -> Iterator[Mark]:
    """Yield the marks of one backend, whose slot has the place `slot` and the width of one."""
    made = [one for one in trace.tested if math.isfinite(one.low)]
    at = {one.q: _place(slot, one.q) for one in trace.tested}
    if made:
        x = tuple(at[one.q] for one in made)
        low = tuple(100.0 * (one.low - one.q) for one in made)
        high = tuple(100.0 * (one.high - one.q) for one in made)
        yield Band(LIMIT, "band", x, low, high)
    places = tuple(_place(slot, u) for u in PLACES)
    off = tuple(100.0 * (share - u) for share, u in zip(trace.below, PLACES, strict=True))
    yield Curve(backend, look.colour, places, off, look.dash)
    for beyond in (False, True):
        some = [one for one in made if one.beyond is beyond]
        if some:
            x, y = tuple(at[one.q] for one in some), tuple(100.0 * (one.share - one.q) for one in some)
            yield (
                Markers(BEYOND, "failed", x, y, "X", size=8.0)
                if beyond
                else Markers("", look.colour, x, y, look.marker, size=3.5)
            )


def _place(slot: int, u: float) -> float:
    """Return the place of a probability: its normal score, in the slot."""
    return slot + 0.5 * _SLOT * float(special.ndtri(u) / special.ndtri(PLACES[-1]))
