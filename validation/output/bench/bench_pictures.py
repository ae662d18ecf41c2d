"""Pictures of a benchmark: speeds and their ratios with intervals, phases stacked, and how speed grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pplcompare.validation.output.bench.bench_documents import (
    BenchDocument,
    CaseDocument,
    EntryDocument,
    IntervalDocument,
)
from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Bars, Curve, Mark, Markers, Rules, Spans
from pplcompare.validation.pictures.palette import SeriesLook, looks
from pplcompare.validation.pictures.picture import Picture

_PHASES: Final = (("load", "shade"), ("build", "prior"), ("compile", "sky"), ("run", "orange"))
_ROW: Final = 22.0
_DASHED: Final = (4.0, 2.0)

type _Rows = Callable[[Sequence[EntryDocument]], Iterator[Mark]]


def bench_pictures(document: BenchDocument) -> tuple[Picture, ...]:
    """Return the pictures of what passed; a picture of nothing is left out."""
    cases = [case for case in document["cases"] if any(entry["speed"] for entry in case["entries"])]
    if not cases:
        return ()
    look = looks(entry["backend"] for case in cases for entry in case["entries"])
    return (_speeds(cases, look), _phases(cases), *_scaling(document, cases, look))


def _speeds(cases: Sequence[CaseDocument], look: dict[str, SeriesLook]) -> Picture:
    def speed(entries: Sequence[EntryDocument]) -> Iterator[Mark]:
        for at, entry in enumerate(entries):
            yield from _interval(look[entry["backend"]], float(at), entry["speed"], hollow=bool(entry["doubts"]))

    def ratio(entries: Sequence[EntryDocument]) -> Iterator[Mark]:
        yield Rules("", "muted", (1.0,), _DASHED)
        for at, entry in enumerate(entries):
            found = entry["rank"]["ratio"]
            yield from _interval(look[entry["backend"]], float(at), found, hollow=bool(entry["doubts"]))

    panels = []
    for case in cases:
        entries = _timed(case)
        panels += [
            _panel(case["label"], entries, speed, "effective draws/s"),
            _panel("as a ratio to the fastest", entries, ratio, "of the same rounds"),
        ]
    said = "; ".join(f"{case['label']}: {', '.join(map(_said, _timed(case)))}" for case in cases)
    return Picture(
        "speed",
        "speed",
        "Effective draws per second, and ratios to the fastest",
        "Medians with intervals on logarithmic axes; only what passed all checks has a speed. Hollow: inconclusive.",
        f"Effective draws per second. {said}.",
        Drawing(tuple(panels), 2, tuple(_ROW * (len(_timed(case)) + 0.5) for case in cases)),
    )


def _interval(look: SeriesLook, at: float, interval: IntervalDocument | None, *, hollow: bool) -> Iterator[Mark]:
    if interval is None:
        return
    if (ends := _ends(interval)) is not None:
        yield Spans("", look.colour, (at,), (ends[0],), (ends[1],), 2.5)
    yield Markers("", look.colour, (interval["median"],), (at,), look.marker, hollow=hollow, size=6.0)


def _said(entry: EntryDocument) -> str:
    speed = entry["speed"]
    return entry["backend"] if speed is None else f"{entry['backend']} {speed['median']:,.3g}"


def _panel(title: str, entries: Sequence[EntryDocument], rows: _Rows, x_label: str, *, log_x: bool = True) -> Panel:
    marks = tuple(rows(entries))
    shown = [x for mark in marks for row in mark.rows() for x in (row[2], *row[4:]) if x is not None]
    ends = (0.8 * min(shown, default=1.0), 1.25 * max(shown, default=1.0)) if log_x else (0.0, 1.05 * max(shown))
    names = tuple(entry["backend"] for entry in entries)
    return Panel(title, marks, ends, row_range(len(names)), x_label, rows=names, log_x=log_x)


def _phases(cases: Sequence[CaseDocument]) -> Picture:
    def stacked(entries: Sequence[EntryDocument]) -> Iterator[Mark]:
        seconds = [_seconds(entry) for entry in entries]
        at = tuple(float(place) for place in range(len(entries)))
        for number, (phase, colour) in enumerate(_PHASES):
            low, high = (tuple(sum(each[:last]) for each in seconds) for last in (number, number + 1))
            yield Bars(phase, colour, at, low, high, 0.6, lying=True, outline="muted")

    cold = any(entry["cold"] for case in cases for entry in case["entries"])
    label = f"seconds from the start of the process ({'empty' if cold else 'warm'} caches)"
    panels = tuple(_panel(case["label"], _timed(case), stacked, label, log_x=False) for case in cases)
    return Picture(
        "phases",
        "speed",
        "Where the time goes",
        f"Phases in {label}.",
        f"Stacked bars of {', '.join(name for name, _ in _PHASES)} for each backend, in {label}.",
        Drawing(panels, 1, tuple(_ROW * (len(_timed(case)) + 0.5) for case in cases)),
    )


def _seconds(entry: EntryDocument) -> tuple[float, ...]:
    start, run = entry["cold"] or entry["start"], entry["run"]
    phases = [None] * 3 if start is None else [start["load"], start["build"], start["compile"]]
    return (*(0.0 if phase is None else phase["wall"] for phase in phases), run["median"] if run else 0.0)


def _scaling(document: BenchDocument, cases: Sequence[CaseDocument], look: dict[str, SeriesLook]) -> Iterator[Picture]:
    """Yield speed against size: with rates solid, marginal dashed."""
    lines: dict[tuple[str, str], list[tuple[float, IntervalDocument]]] = {}
    for case in cases:
        if case["size"] is not None:
            for entry in _timed(case):
                assert entry["speed"] is not None
                lines.setdefault((entry["backend"], case["form"]), []).append((float(case["size"]), entry["speed"]))
    if not lines:
        return
    marks: list[Mark] = []
    for (backend, form), points in lines.items():
        one, sizes = look[backend], tuple(size for size, _ in points)
        medians = tuple(speed["median"] for _, speed in points)
        marks.append(Curve(f"{backend}, {form}", one.colour, sizes, medians, () if form == "centred" else _DASHED))
        marks.append(Markers("", one.colour, sizes, medians, one.marker, size=5.0))
        known = [(size, ends) for size, speed in points if (ends := _ends(speed)) is not None]
        low, high = (tuple(ends[side] for _, ends in known) for side in (0, 1))
        marks.append(Spans("", one.colour, tuple(size for size, _ in known), low, high, 2.0, upright=True))
    sizes = tuple(size for points in lines.values() for size, _ in points)
    heights = [y for mark in marks for row in mark.rows() for y in row[3:] if y is not None]
    x_range, y_range = (0.8 * min(sizes), 1.25 * max(sizes)), (0.8 * min(heights), 1.25 * max(heights))
    label = document["axis"] or ""
    y_label = "effective draws of the hyper-parameters per second"
    panel = Panel("", tuple(marks), x_range, y_range, label, y_label, log_x=True, log_y=True)
    yield Picture(
        "scaling",
        "speed",
        f"How speed falls with the number of {label}",
        "Medians with their intervals on logarithmic axes; dashed: without rates.",
        f"{y_label.capitalize()} against the number of {label}, for {', '.join(map(' '.join, lines))}.",
        Drawing((panel,), 1, (280.0,)),
    )


def _timed(case: CaseDocument) -> list[EntryDocument]:
    return [entry for entry in case["entries"] if entry["speed"]]


def _ends(interval: IntervalDocument) -> tuple[float, float] | None:
    low, high = interval["low"], interval["high"]
    return None if low is None or high is None else (low, high)
