"""All pictures of a study, in the order of a report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pplcompare.validation.checks.closest_picture import closest_picture
from pplcompare.validation.checks.moment_picture import moment_picture
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.share_picture import share_picture
from pplcompare.validation.exact.exact_pictures import pictures_of_exact
from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Mark, Markers
from pplcompare.validation.pictures.palette import looks
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.picture_names import picture_stem
from pplcompare.validation.pictures.trace import FitTrace
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.matrix_picture import matrix_picture
from pplcompare.validation.study.study import Study

_ROW: Final = 26.0


def pictures_of_study(study: Study, traces: Mapping[tuple[str, str], FitTrace]) -> tuple[Picture, ...]:
    """Return the pictures of all models, whose titles begin with the model's name if there are several.

    No library of pictures is needed for them.

    Parameters
    ----------
    traces
        What is kept of the draws, by model and backend.
    """
    found: list[Picture] = []
    for model, exact in study.exact.items():
        rows = [row for row in study.rows if row.model == model]
        kept = [traces[model, row.backend] for row in rows if (model, row.backend) in traces]
        # The reference beside itself would show nothing.
        ours = {row.backend for row in rows if row.same_model.outcome is Outcome.OURS}
        drawn = [trace for trace in kept if trace.backend not in ours and (trace.quantities or trace.counts)]
        pictures = (
            *pictures_of_exact(exact, drawn),
            *_of_rows(picture_stem(model), rows, kept, ours, f"{exact.plate_variable}, all groups"),
        )
        whose = f"{model}: " if len(study.exact) > 1 else ""
        found += [replace(picture, title=f"{whose}{picture.title}") for picture in pictures]
    return tuple(found)


def _of_rows(
    stem: str, rows: Sequence[FitResult], traces: Sequence[FitTrace], ours: Collection[str], plate: str
) -> Iterator[Picture]:
    reports = {row.backend: row.compared for row in rows if row.posterior.results}
    labels = (*dict.fromkeys(label for trace in traces for label in trace.quantities), plate)
    yield from matrix_picture(stem, rows)
    yield from share_picture(stem, traces)
    yield from moment_picture(stem, {row.backend: row.posterior for row in rows if row.posterior.results}, labels)
    yield from closest_picture(stem, reports)
    yield from _speed_picture(stem, rows, ours)


def _speed_picture(stem: str, rows: Sequence[FitResult], ours: Collection[str]) -> Iterator[Picture]:
    """Yield the speeds of what passed; nothing where none is known."""
    speeds = {
        row.backend: row.speed.ess_per_second for row in rows if row.speed is not None and row.speed.ess_per_second
    }
    if not speeds:
        return
    names, look = tuple(speeds), looks(speeds)
    marks: list[Mark] = [
        Markers("", look[name].colour, (speed,), (float(at),), look[name].marker, size=8.0, hollow=name in ours)
        for at, (name, speed) in enumerate(speeds.items())
    ]
    ends = 0.7 * min(speeds.values()), 1.4 * max(speeds.values())
    panel = Panel("", tuple(marks), ends, row_range(len(names)), "effective draws per second", rows=names, log_x=True)
    fastest = max(set(speeds) - set(ours) or speeds, key=lambda name: speeds[name])
    yield Picture(
        f"{stem}-speed",
        "speed",
        f"Effective draws per second of what passed: {fastest} is the fastest",
        "One run of each: pplcompare bench times them in rounds, with intervals. Hollow: what draws "
        "from the exact answer itself, the limit.",
        "; ".join(f"{name}: {speed:,.0f} effective draws per second" for name, speed in speeds.items()) + ".",
        Drawing((panel,), 1, (_ROW * len(names),)),
    )
