"""The comparison of each kind that came nearest to its limit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from pplcompare.validation.checks.result import CheckReport, ratio_to_limit
from pplcompare.validation.exact.quadrature.density_curve import refused_panel
from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Mark, Markers, Rules
from pplcompare.validation.pictures.palette import looks
from pplcompare.validation.pictures.picture import Picture

_ROW: Final = 22.0
_LEAST_RATIO: Final = 0.02
_MOST_RATIO: Final = 1e3


def closest_picture(stem: str, reports: Mapping[str, CheckReport]) -> Iterator[Picture]:
    """Yield the comparison of each kind that is nearest to its limit, of each backend; nothing where there are none."""
    nearest = _nearest(reports)
    if not nearest:
        return
    beyond = [
        f"{kind} ({', '.join(name for name, ratio in of.items() if ratio > 1.0)})"
        for kind, of in nearest.items()
        if max(of.values()) > 1.0
    ]
    found = f"beyond their limits: {', '.join(beyond[:5])}" if beyond else "all within their limits"
    yield Picture(
        f"{stem}-closest",
        "trust",
        f"How near each kind of comparison came to its limit: {found}",
        "Of each kind the comparison nearest to its limit, or farthest beyond it, as a share of the limit.",
        f"For {', '.join(reports)}, the largest statistic of each kind of comparison in units of its limit; {found}.",
        Drawing((closest_panel(reports),), 1, (_ROW * len(nearest) + 10.0,)),
    )


def closest_panel(reports: Mapping[str, CheckReport]) -> Panel:
    """Return a row for each kind of comparison, with the one of each backend that is nearest to its limit."""
    nearest, look = _nearest(reports), looks(reports)
    kinds = tuple(nearest)
    if not kinds:
        return refused_panel("", "nothing was compared")
    marks: list[Mark] = [Rules("limit", "failed", (1.0,), width=1.5)]
    for place, backend in enumerate(reports):
        rows = [(at, nearest[kind][backend]) for at, kind in enumerate(kinds) if backend in nearest[kind]]
        y = tuple(at + 0.6 * ((place + 0.5) / len(reports) - 0.5) for at, _ in rows)
        one = look[backend]
        marks.append(Markers(backend, one.colour, tuple(ratio for _, ratio in rows), y, one.marker, size=5.5))
    ratios = [ratio for of_kind in nearest.values() for ratio in of_kind.values()]
    ends = min(0.1, 0.8 * min(ratios)), max(2.0, 1.25 * max(ratios))
    return Panel("", tuple(marks), ends, row_range(len(kinds)), "statistic / limit", rows=kinds, log_x=True)


def _nearest(reports: Mapping[str, CheckReport]) -> dict[str, dict[str, float]]:
    """Return kind -> backend -> the largest statistic in units of its limit."""
    nearest: dict[str, dict[str, float]] = {}
    for backend, report in reports.items():
        for result in report.results:
            if math.isfinite(result.limit) and result.kind:
                of_kind = nearest.setdefault(result.kind, {})
                of_kind[backend] = max(_clipped(ratio_to_limit(result)), of_kind.get(backend, 0.0))
    return nearest


def _clipped(ratio: float) -> float:
    return min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
