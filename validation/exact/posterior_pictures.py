"""Pictures of an exact answer: densities of what is unknown, with draws over them, the counts and the prior behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from pplcompare.models.errors import AccuracyError, ImproperPosterior
from pplcompare.validation.exact.quadrature.density_curve import (
    density_curve,
    drawn_density,
    refused_panel,
    shown_height,
    shown_range,
)
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.pictures.drawing import Drawing, Panel
from pplcompare.validation.pictures.marks import Curve, Mark, Rules
from pplcompare.validation.pictures.palette import looks
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.trace import FitTrace

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

MOST_PANELS: Final = 12
"""How many rates have a density of their own; more are shown in one picture."""

_HEIGHT: Final = 120.0
_ROOM: Final = 1.35
# Widths that differ more would leave the narrowest one a needle.
_ALIKE: Final = 8.0
_DRAWN: Final = (
    "Lines are draws in twenty bins of equal exact probability; what lies beyond the picture is counted at its edge."
)


def posterior_pictures(exact: ExactPosterior, stem: str, traces: Sequence[FitTrace] = ()) -> Iterator[Picture]:
    """Yield the densities of the hyper-parameters, and those of the rates where they are not many.

    Parameters
    ----------
    stem
        How the names of the pictures begin.
    traces
        What is kept of the draws of each backend.
    """
    prior = prior_of(exact)
    if exact.scalars:
        panels = [_panel(name, exact[name], name, traces, _prior(prior, name)) for name in exact.scalars]
        title = f"Hyper-parameters: {', '.join(exact.scalars)}"
        yield _picture(f"{stem}-hyper-parameters", title, panels, traces)
    groups, plate = exact.counts.groups, exact.plate_variable
    if len(groups) <= MOST_PANELS:
        before = None if prior is None else prior.marginal(plate, 0)
        marginals = [exact.marginal(plate, i) for i in range(len(groups))]
        ends = _shared_range(marginals)
        panels = [
            _panel(group, marginals[i], f"{plate}[{group}]", traces, before, _observed(exact, i), ends)
            for i, group in enumerate(groups)
        ]
        yield _picture(f"{stem}-rates", f"{plate.capitalize()} of each group", panels, traces)


def prior_of(exact: ExactPosterior) -> ExactPosterior | None:
    """Return the prior as an exact answer; None where it is improper, or not certified."""

    def before() -> ExactPosterior | None:
        try:
            return exact.before_the_data()
        except (AccuracyError, ImproperPosterior):
            return None

    return exact.once("the prior of pictures", before)


def _prior(prior: ExactPosterior | None, name: str) -> Marginal | None:
    return None if prior is None else prior.marginal(name)


def _observed(exact: ExactPosterior, group: int) -> float | None:
    n, k = int(exact.counts.trials[group]), int(exact.counts.successes[group])
    return k / n if n else None


def _panel(
    title: str,
    marginal: Marginal,
    label: str,
    traces: Sequence[FitTrace],
    prior: Marginal | None,
    observed: float | None = None,
    shared: tuple[float, float] | None = None,
) -> Panel:
    try:
        ends = shown_range(marginal) if shared is None else shared
        curve = density_curve(marginal, ends)
        drawn = list(_drawn(marginal, ends, label, traces))
    except AccuracyError as error:
        return refused_panel(title, error.reason)
    marks: list[Mark] = [curve, *drawn]
    if observed is not None:
        marks.append(Rules("observed k/n", "muted", (observed,), (1.0, 1.5), 1.5))
    if (before := _before(prior, ends)) is not None:
        marks.append(before)
    return Panel(title, tuple(marks), ends, (0.0, _ROOM * shown_height(curve)), heights=False)


def _drawn(marginal: Marginal, ends: tuple[float, float], label: str, traces: Sequence[FitTrace]) -> Iterator[Curve]:
    look = looks(trace.backend for trace in traces)
    for trace in traces:
        if label in trace.quantities:
            one = look[trace.backend]
            name = f"draws of {trace.backend}"
            yield drawn_density(marginal, ends, trace.quantities[label], name, one.colour, one.dash)


def _before(prior: Marginal | None, ends: tuple[float, float]) -> Curve | None:
    """Return the density before the data where that of after is shown; nothing where it is not known."""
    try:
        return (
            None if prior is None else density_curve(prior, ends, "prior", "prior", (6.0, 2.0), shaded=False, width=1.2)
        )
    except AccuracyError:
        return None


def _shared_range(marginals: Sequence[Marginal]) -> tuple[float, float] | None:
    """Return one horizontal axis for all; None where it would show nothing but a needle, or is not known."""
    try:
        ranges = [shown_range(marginal) for marginal in marginals]
    except AccuracyError:
        return None
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    return None if high - low > _ALIKE * min(high - low for low, high in ranges) else (low, high)


def _picture(name: str, title: str, panels: list[Panel], traces: Sequence[FitTrace]) -> Picture:
    columns = min(len(panels), 2 if len(panels) in (2, 4) else 3)
    caption = "The shaded area is the exact posterior density, the dashed line the prior."
    drawn = f" Draws of {', '.join(trace.backend for trace in traces)} are drawn over them." if traces else ""
    whose = ", ".join(panel.title for panel in panels)
    return Picture(
        name,
        "posterior",
        title,
        f"{caption} {_DRAWN}" if traces else caption,
        f"Exact posterior densities of {whose}, one panel each.{drawn}",
        Drawing.grid(panels, columns, _HEIGHT),
    )
