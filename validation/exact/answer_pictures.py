"""Pictures of what people ask of an exact answer: two groups, many groups in order, counts to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.quadrature.central import interval_name
from pplcompare.validation.exact.quadrature.contrast_panel import contrast_panel
from pplcompare.validation.exact.quadrature.counts_panel import bar_words, centres, count_bins, counts_panel
from pplcompare.validation.exact.quadrature.density_curve import refused_panel
from pplcompare.validation.exact.wanted import USUAL, Wanted
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.marks import Mark, Markers
from pplcompare.validation.pictures.palette import looks
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.trace import FitTrace

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior
    from pplcompare.validation.exact.quadrature.pair import Contrast

MOST_COUNTS: Final = 6
"""How many groups' counts to come are pictured, the first ones."""

_HEIGHT: Final = 150.0
_SINGLE: Final = "Bars are exact probabilities"
_POOLED: Final = f"{_SINGLE}, of several counts where the axis says so"


def difference_picture(exact: ExactPosterior, stem: str, wanted: Wanted = USUAL) -> Iterator[Picture]:
    """Yield by how much the better of two groups is better, of many the best two; nothing of one group."""
    groups, name = exact.counts.groups, f"{stem}-difference"
    if len(groups) < 2:
        return
    try:
        one, other = _best_two(exact, wanted)
        title = f"{groups[one]} is better than {groups[other]} with probability "
        greater = exact.probability_greater(one, other)
        difference = exact.pair(one, other).difference
        x_label = f"{exact.plate_variable} of {groups[one]} - {exact.plate_variable} of {groups[other]}"
        panel, between = _of_two(difference, x_label, wanted.interval)
    except AccuracyError as error:
        drawing = Drawing((refused_panel("", error.reason),), 1, (_HEIGHT,))
        yield Picture(name, "answer", "The better group", "", f"Not drawn: {error.reason}.", drawing)
        return
    title += f"{greater:.3g}"
    yield Picture(
        name,
        "answer",
        title,
        f"The exact density of the difference: shaded is where {groups[one]} is better, with {100 * greater:.3g} %.",
        f"{title}{between}.",
        Drawing((panel,), 1, (_HEIGHT,)),
    )


def _of_two(difference: Contrast, x_label: str, interval: float) -> tuple[Panel, str]:
    """Return the density of a difference and its interval in words; without it where it is not certified."""
    try:
        low, high = difference.interval(interval)
        panel = contrast_panel("", difference, x_label, interval=interval)
    except AccuracyError:
        return contrast_panel("", difference, x_label, interval=None), ""
    return panel, f"; the {interval_name(interval)} is {low:.3g} to {high:.3g}"


def _best_two(exact: ExactPosterior, wanted: Wanted) -> tuple[int, int]:
    if (pair := wanted.pair(exact.counts)) is not None:
        return pair if exact.probability_greater(*pair) >= 0.5 else pair[::-1]
    one, other, *_ = exact.by_mean()
    return one, other


def counted_groups(exact: ExactPosterior, wanted: Wanted = USUAL) -> list[int]:
    """Return the numbers of the groups whose counts to come are pictured."""
    return [int(group) for group in np.flatnonzero(wanted.sizes(exact.counts))[:MOST_COUNTS]]


def counts_picture(
    exact: ExactPosterior, stem: str, traces: Sequence[FitTrace] = (), wanted: Wanted = USUAL
) -> Iterator[Picture]:
    """Yield the counts of the first groups' next campaigns, with the parts of their variance and what was drawn."""
    groups, sizes = counted_groups(exact, wanted), wanted.sizes(exact.counts)
    if not groups:
        return
    panels, pooled = list[Panel](), list[str]()
    for i in groups:
        group, n = exact.counts.groups[i], sizes[i]
        try:
            predictive = exact.predictive(i, n)
            bins = count_bins(predictive)
            pooled += [f"{group}, {words}" for words in filter(None, [bar_words(bins)])]
            drawn = tuple(_drawn(bins, group, traces))
            panels.append(counts_panel(f"{group}, {n:,} trials", predictive, "successes to come", drawn))
        except AccuracyError as error:
            panels.append(refused_panel(group, error.reason))
    columns = min(len(panels), 3 if len(panels) > 4 else 2)
    some = (
        f" The first {len(groups)} groups of {len(exact.counts.groups)}."
        if len(groups) < len(exact.counts.groups)
        else ""
    )
    yield Picture(
        f"{stem}-counts",
        "counts",
        "Counts to come: the next campaign of each group",
        f"{_POOLED if pooled else _SINGLE}; the spans say by how much counts vary because the rate is not known "
        f"(epistemic) and because trials are chance (aleatoric).{some}",
        f"Probabilities of the counts to come of {', '.join(exact.counts.groups[i] for i in groups)}, one panel each."
        f"{''.join(f' {words}.' for words in pooled)}",
        Drawing.grid(panels, columns, _HEIGHT),
    )


def _drawn(bins: NDArray[np.int64], group: str, traces: Sequence[FitTrace]) -> Iterator[Mark]:
    look = looks(trace.backend for trace in traces)
    for trace in traces:
        if group in trace.counts:
            one = look[trace.backend]
            yield Markers(
                f"counts of {trace.backend}",
                one.colour,
                centres(bins),
                trace.counts[group],
                one.marker,
                hollow=True,
                size=4.0,
            )
