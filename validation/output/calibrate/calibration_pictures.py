"""Pictures of a calibration: evidence, ranks, and by the exact answer truths, draws, and where these are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.calibrate.data_places import EVERYWHERE, LEVEL, DataPlace, score_limit
from pplcompare.validation.calibrate.exact_verdict import ExactVerdict
from pplcompare.validation.output.calibrate.ecdf_pictures import OUTSIDE, Counted, ecdf_drawing, leaving, shown
from pplcompare.validation.output.calibrate.evidence_picture import evidence_drawing
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.marks import Markers, Rules
from pplcompare.validation.pictures.palette import EXACT, SeriesLook, looks
from pplcompare.validation.pictures.picture import Part, Picture
from pplcompare.validation.pictures.picture_names import picture_stem

INSIDE: Final = "these data sets"
ELSEWHERE: Final = "all others"

_BAND: Final = (
    f"Distribution function less the uniform one. Right ones leave the band in any panel with a probability of at most "
    f"{100.0 * OUTSIDE:g} %; the verdict is that of the evidence."
)
# What a rank is called.
_PLACES: Final[Mapping[Part, str]] = {"ranks": "rank", "exact": "hundredth"}
_DASHED: Final = (4.0, 2.0)
_ROW: Final = 20.0
_MOST: Final = 24


def calibration_pictures(found: Sequence[Calibrated], own_simulator: bool) -> tuple[Picture, ...]:
    """Return the pictures of each model, in the order in which a report shows them.

    Parameters
    ----------
    own_simulator
        Whether each backend drew truths of its own.
    """
    look = looks(one.entry.engine for one in found)
    models = dict.fromkeys(one.entry.model for one in found)
    pictures: list[Picture] = []
    for model in models:
        of_model = [one for one in found if one.entry.model == model and one.replications]
        pictures += [*_evidence(model, of_model, look), *_ranks(model, of_model, look)]
        pictures += [*_truths(model, of_model, look, own_simulator), *_draws(model, of_model, look)]
        pictures += _places(model, of_model)
    return tuple(pictures)


def _evidence(model: str, found: Sequence[Calibrated], look: Mapping[str, SeriesLook]) -> Iterator[Picture]:
    drawing = evidence_drawing(found, look)
    if drawing is not None:
        told = "; ".join(f"{one.entry.engine}: {one.verdict}" for one in found)
        yield Picture(
            f"{picture_stem(model)}-evidence",
            "evidence",
            f"Evidence over replications, {model}",
            "log10 of the mean wealth of all bets. Who reaches the limit once has failed.",
            f"Evidence against each backend after each replication, with the limit of each judgement. {told}.",
            drawing,
        )


def _ranks(model: str, found: Sequence[Calibrated], look: Mapping[str, SeriesLook]) -> Iterator[Picture]:
    for one in found:
        engine = one.entry.engine
        rows = [(row.name, row.counts) for row in one.quantities]
        name, title = f"{picture_stem(model)}-ranks.{picture_stem(engine)}", f"Ranks of truths, {engine}, {model}"
        yield from _ecdf((name, "ranks", title), rows, look[engine], engine)


def _truths(
    model: str, found: Sequence[Calibrated], look: Mapping[str, SeriesLook], own_simulator: bool
) -> Iterator[Picture]:
    tried = [(one.entry.engine, one.exact) for one in found if one.exact is not None]
    # Who draws the same truths sees the same: the longest stands for all.
    longest = max((int(exact.truth_counts[0].sum()) for _, exact in tried), default=0)
    several = tried if own_simulator else [one for one in tried if int(one[1].truth_counts[0].sum()) == longest][:1]
    for engine, exact in several:
        rows = list(zip(_components(exact), exact.truth_counts, strict=True))
        name, title = f"{picture_stem(model)}-truths", f"Exact probabilities of truths in hundredths, {model}"
        if own_simulator:
            name, title = f"{name}.{picture_stem(engine)}", f"{title}, simulated by {engine}"
        yield from _ecdf((name, "exact", title), rows, look[engine] if own_simulator else EXACT, "truths")


def _ecdf(named: tuple[str, Part, str], rows: Sequence[Counted], look: SeriesLook, series: str) -> Iterator[Picture]:
    rows = [row for row in rows if row[1].sum()]
    if not rows:
        return
    few = f" {len(shown(rows))} of {len(rows)}, the clearest." if len(shown(rows)) < len(rows) else ""
    beyond = leaving(rows)
    told = f"Outside: {', '.join(beyond)}." if beyond else "All stay within it."
    yield Picture(*named, f"{_BAND}{few}", f"{_BAND} {told}", ecdf_drawing(rows, look, series, _PLACES[named[1]]))


def _components(exact: ExactVerdict) -> tuple[str, ...]:
    """Return the names of the components; the last that evidence has is all rates together."""
    return exact.truths.names[:-1]


def _draws(model: str, found: Sequence[Calibrated], look: Mapping[str, SeriesLook]) -> Iterator[Picture]:
    tried = {one.entry.engine: one.exact for one in found if one.exact is not None}
    if not tried:
        return
    names = _components(next(iter(tried.values())))
    largest = np.max([np.abs(exact.scores).max(axis=1) for exact in tried.values()], axis=0)
    chosen = np.sort(np.argsort(-largest, kind="stable")[:_MOST]).tolist()
    limit = score_limit(2 * len(names) * len(tried))
    panels = []
    for degree, title in enumerate(("place of the draws", "spread of the draws")):
        points = [
            Markers(engine, look[engine].colour, _series(exact.scores[chosen, degree]), heights, look[engine].marker)
            for engine, exact in tried.items()
            for heights in [_series(range(len(chosen)))]
        ]
        panels.append(_scores(title, points, [names[at] for at in chosen], limit))
    few = f" {len(chosen)} of {len(names)} components." if len(chosen) < len(names) else ""
    yield Picture(
        f"{picture_stem(model)}-draws",
        "exact",
        f"Draws by the exact posterior, {model}",
        "Normal scores of all draws of all data sets; right ones are about N(0, 1), and all lie between the lines with "
        f"a probability of at least {100.0 * (1.0 - LEVEL):g} %.{few}",
        f"Scores of place and spread of each component for {', '.join(tried)}; the lines are at {limit:.1f}.",
        Drawing(tuple(panels), 2, (_ROW * len(chosen) + _ROW,)),
    )


def _places(model: str, found: Sequence[Calibrated]) -> Iterator[Picture]:
    """Yield where draws are wrong, a panel for each backend whose draws are."""
    places = {one.entry.engine: one.exact.places[:_MOST] for one in found if one.exact is not None and one.exact.places}
    if not places:
        return
    panels = tuple(_place_panel(engine, of) for engine, of in places.items())
    told = "; ".join(f"{name}: {place.component} where {place.where}" for name, of in places.items() for place in of)
    yield Picture(
        f"{picture_stem(model)}-places",
        "exact",
        f"Where draws are wrong, {model}",
        "Scores of the kind of data sets on which draws are most clearly wrong, and of all others; 0 if draws are "
        "right. Where all data sets are of that kind, there are no others.",
        f"{told}.",
        Drawing(panels, 1, tuple(_ROW * (len(of) + 1) for of in places.values())),
    )


def _place_panel(engine: str, places: Sequence[DataPlace]) -> Panel:
    marks = [Markers(INSIDE, "failed", _series(place.inside for place in places), _series(range(len(places))))]
    others = [(place.outside, at) for at, place in enumerate(places) if place.where != EVERYWHERE]
    if others:
        x, heights = (_series(values) for values in zip(*others, strict=True))
        marks.append(Markers(ELSEWHERE, "muted", x, heights, hollow=True))
    return _scores(engine, marks, [f"{place.component}: {place.where}" for place in places], None)


def _scores(title: str, marks: Sequence[Markers], rows: Sequence[str], limit: float | None) -> Panel:
    """Return a panel of scores, a row for each name, from the top."""
    most = 1.12 * max(limit or 1.0, *(abs(x) for mark in marks for x in mark.x))
    lines = [Rules("", "muted", (0.0,))]
    if limit is not None:
        lines.append(Rules("", "failed", (-limit, limit), _DASHED))
    return Panel(title, (*lines, *marks), (-most, most), (len(rows) - 0.5, -0.5), rows=tuple(rows))


def _series(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
