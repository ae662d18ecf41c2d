"""Pictures of many groups at once: a caterpillar, and the ranks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.quadrature.central import central_levels, interval_name
from pplcompare.validation.exact.quadrature.density_curve import PICTURED
from pplcompare.validation.exact.wanted import USUAL, Wanted
from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Mark, Markers, Rules, Spans
from pplcompare.validation.pictures.picture import Picture

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

MANY: Final = 10
"""From so many groups on there are pictures of all at once."""
MOST_ROWS: Final = 80
"""How many groups have a row; of more, so many are shown, evenly spaced in the order of their means."""

_ROW: Final = 12.0
_MARGIN: Final = 0.03


def many_groups_pictures(exact: ExactPosterior, stem: str, wanted: Wanted = USUAL) -> Iterator[Picture]:
    """Yield the rates of all groups in order, and their ranks where they are certified; nothing of few groups."""
    if len(exact.counts.groups) < MANY:
        return
    order = np.array(exact.by_mean())
    rows = order if order.size <= MOST_ROWS else order[np.linspace(0, order.size - 1, MOST_ROWS).astype(np.int64)]
    shown = rows.tolist()
    some = "" if order.size <= MOST_ROWS else f" {len(shown)} of {order.size:,} groups, evenly spaced in their order."
    yield from _caterpillar(exact, stem, shown, some, wanted.interval)
    yield from _ranks(exact, stem, shown, some)


def _caterpillar(exact: ExactPosterior, stem: str, shown: list[int], some: str, interval: float) -> Iterator[Picture]:
    plate, counts = exact.plate_variable, exact.counts
    below, above = central_levels(interval)
    probabilities = np.array([below, 0.25, 0.5, 0.75, above])
    try:
        quantiles = np.array([exact.marginal(plate, i).table(PICTURED).quantile(probabilities) for i in shown])
        new = float(exact.new_group().table(PICTURED).quantile(np.array(0.5)))
    except AccuracyError:
        return
    at = tuple(float(row) for row in range(len(shown)))
    low, lower, median, upper, high = (tuple(column.tolist()) for column in quantiles.T)
    observed = [(row, counts.successes[i] / counts.trials[i]) for row, i in enumerate(shown) if counts.trials[i]]
    shares = tuple(float(share) for _, share in observed)
    marks: list[Mark] = [
        Rules("median of a new group", "muted", (new,), (4.0, 2.0)),
        Spans(interval_name(interval), "prior", at, low, high, 1.5),
        Spans("50 % interval", "blue", at, lower, upper, 4.0),
        Markers("median", "exact", median, at, "o", size=3.5),
        Markers(
            "observed k/n", "vermillion", shares, tuple(float(row) for row, _ in observed), "D", hollow=True, size=4.0
        ),
    ]
    ends = _around([*low, *high, *shares])
    panel = Panel("", tuple(marks), ends, row_range(len(shown)), plate, rows=_names(exact, shown))
    yield Picture(
        f"{stem}-all-rates",
        "posterior",
        f"{plate.capitalize()} of every group, the highest mean first",
        f"Where the median is nearer to the dashed line than k/n is, {_pull(exact)}.{some}",
        f"Medians with the 50 % interval and the {interval_name(interval)} of {len(shown)} groups beside their "
        f"observed shares; the highest is {exact.counts.groups[shown[0]]} with a median of {median[0]:.3g}, the lowest "
        f"{exact.counts.groups[shown[-1]]} with {median[-1]:.3g}.",
        Drawing((panel,), 1, (_ROW * len(shown),)),
    )


def _pull(exact: ExactPosterior) -> str:
    """Return what draws a rate to that of a new group."""
    return "the group has borrowed from the others" if exact.scalars else "the prior has pulled it there"


def _ranks(exact: ExactPosterior, stem: str, shown: list[int], some: str) -> Iterator[Picture]:
    try:
        ranked = exact.ranked()
    except AccuracyError:
        return
    rank = dict(zip(ranked.order.tolist(), ranked.rank.tolist(), strict=True))
    best = dict(zip(ranked.order.tolist(), ranked.best.tolist(), strict=True))
    at = tuple(float(row) for row in range(len(shown)))
    ranks, chances = (tuple(found[i] for i in shown) for found in (rank, best))
    names, limits = _names(exact, shown), row_range(len(shown))
    panels = (
        Panel(
            "expected rank",
            (Markers("", "exact", ranks, at, "o", size=4.0),),
            (0.0, len(exact.counts.groups) + 1.0),
            limits,
            "rank, 1 is the highest",
            rows=names,
        ),
        Panel(
            "probability of being the best",
            (Spans("", "blue", at, (0.0,) * len(at), chances, 5.0),),
            (0.0, 1.05 * max(chances)),
            limits,
            "probability",
            heights=False,
        ),
    )
    first = exact.counts.groups[shown[0]]
    yield Picture(
        f"{stem}-ranks",
        "answer",
        f"Which group is the best? {first} with probability {chances[0]:.3g}",
        f"Exact expected ranks, and the probability that a group's {exact.plate_variable} is the highest of all.{some}",
        f"Expected ranks of {len(shown)} groups, from {ranks[0]:.3g} for {first} to {ranks[-1]:.3g}, and the "
        "probability of each to be the best.",
        Drawing(panels, 2, (_ROW * len(shown),)),
    )


def _names(exact: ExactPosterior, shown: list[int]) -> tuple[str, ...]:
    return tuple(exact.counts.groups[i] for i in shown)


def _around(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = _MARGIN * (high - low) or 1.0
    return low - room, high + room
