"""Pictures of a benchmark, as SVG: speeds with their intervals, phases stacked, and how both grow."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from pplcompare.models.errors import BackendUnavailable
from pplcompare.validation.output.bench.bench_documents import (
    BenchDocument,
    CaseDocument,
    EntryDocument,
    IntervalDocument,
)
from pplcompare.validation.storage.names import PLOTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Distinct for the colour-blind (Okabe and Ito 2008), the same for a backend in every picture.
_COLOURS: Final = ("#000000", "#E69F00", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_PHASES: Final = ("load", "build", "compile", "run")
_GREYS: Final = ("#c9d2dc", "#93a4b8", "#5d738c", "#E69F00")
# Words of users are no formulas; the same numbers give the same file.
_STYLE: Final[Mapping[str, object]] = {
    "svg.hashsalt": "pplcompare",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def plots(document: BenchDocument) -> dict[str, bytes]:
    """Return file name -> SVG; a picture of nothing is left out.

    Raises
    ------
    BackendUnavailable
        If matplotlib is missing.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BackendUnavailable(
            "matplotlib cannot be imported", where="plots", mend="pip install 'pplcompare[bench]'"
        ) from error
    cases = [case for case in document["cases"] if any(entry["speed"] for entry in case["entries"])]
    found: dict[str, bytes] = {}
    with mpl.rc_context(dict(_STYLE)):
        for name, draw in zip(PLOTS, (_speeds, _phases, _scaling), strict=True):
            figure = Figure(layout="constrained")
            if cases and draw(figure, document, cases):
                file = io.StringIO()
                figure.savefig(file, format="svg", metadata={"Date": None})
                found[name] = file.getvalue()[file.getvalue().index("<svg") :].encode()
    return found


def _speeds(figure: Figure, document: BenchDocument, cases: list[CaseDocument]) -> bool:
    colours = _colours(cases)

    def draw(axes: Axes, entries: list[EntryDocument]) -> None:
        for place, entry in enumerate(entries):
            speed, colour = entry["speed"], colours[entry["backend"]]
            if speed is None:
                continue
            if (ends := _ends(speed)) is not None:
                axes.plot(ends, [place, place], color=colour, linewidth=3, alpha=0.5)
            axes.plot(speed["median"], place, "o", color=colour, fillstyle="none" if entry["doubts"] else "full")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")  # powers would be formulas

    _panels(figure, cases, "effective draws per second (interval of the median; hollow: inconclusive)", draw)
    return True


def _phases(figure: Figure, document: BenchDocument, cases: list[CaseDocument]) -> bool:
    def draw(axes: Axes, entries: list[EntryDocument]) -> None:
        for place, entry in enumerate(entries):
            start, run = entry["cold"] or entry["start"], entry["run"]
            phases = [None] * 3 if start is None else [start["load"], start["build"], start["compile"]]
            seconds = [0.0 if phase is None else phase["wall"] for phase in phases]
            left = 0.0
            for phase, wall, colour in zip(_PHASES, [*seconds, run["median"] if run else 0.0], _GREYS, strict=True):
                axes.barh(place, wall, left=left, color=colour, height=0.6, label=phase if place == 0 else None)
                left += wall

    cold = any(entry["cold"] for case in cases for entry in case["entries"])
    _panels(figure, cases, f"seconds from the start of the process ({'empty' if cold else 'warm'} caches)", draw)
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=len(_PHASES), frameon=False
    )
    return True


def _scaling(figure: Figure, document: BenchDocument, cases: list[CaseDocument]) -> bool:
    """Draw speed against size: centred solid, marginal dashed."""
    lines: dict[tuple[str, str], list[tuple[int, IntervalDocument]]] = {}
    for case in cases:
        if case["size"] is not None:
            for entry in case["entries"]:
                if (speed := entry["speed"]) is not None:
                    lines.setdefault((entry["backend"], case["form"]), []).append((case["size"], speed))
    if not lines:
        return False
    colours = _colours(cases)
    figure.set_size_inches(7.5, 4.5)
    axes = figure.subplots()
    for (backend, form), points in lines.items():
        sizes, speeds = zip(*points, strict=True)
        style = "-" if form == "centred" else "--"
        medians = [speed["median"] for speed in speeds]
        axes.plot(sizes, medians, style, marker="o", color=colours[backend], label=f"{backend}, {form}")
        for size, speed in points:
            if (ends := _ends(speed)) is not None:
                axes.plot([size, size], ends, color=colours[backend], linewidth=3, alpha=0.4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(document["axis"] or "")
    axes.set_ylabel("effective draws of the hyper-parameters per second")
    axes.grid(color="#e6ebf0")
    figure.legend(loc="outside right upper", frameon=False)
    return True


def _ends(interval: IntervalDocument) -> list[float] | None:
    low, high = interval["low"], interval["high"]
    return None if low is None or high is None else [low, high]


def _panels(
    figure: Figure,
    cases: list[CaseDocument],
    label: str,
    draw: Callable[[Axes, list[EntryDocument]], None],
) -> None:
    """Draw one panel for each case, a row for each backend."""
    shown = [[entry for entry in case["entries"] if entry["speed"]] for case in cases]
    heights = [len(entries) + 1.0 for entries in shown]
    figure.set_size_inches(7.5, 0.6 + 0.26 * sum(heights))
    panels = figure.subplots(len(cases), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    for axes, case, entries in zip(panels, cases, shown, strict=True):
        draw(axes, entries)
        axes.set_yticks(range(len(entries)), [entry["backend"] for entry in entries])
        axes.set_ylim(len(entries) - 0.4, -0.6)
        axes.set_title(case["label"], loc="left", fontsize=9)
        axes.grid(axis="x", color="#e6ebf0")
        axes.set_axisbelow(True)
    panels[-1].set_xlabel(label)


def _colours(cases: list[CaseDocument]) -> dict[str, str]:
    names = dict.fromkeys(entry["backend"] for case in cases for entry in case["entries"])
    return {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}
