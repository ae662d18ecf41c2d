"""What a check of draws found, in one drawing."""

from __future__ import annotations

from pplcompare.validation.checks.closest_picture import closest_picture
from pplcompare.validation.checks.moment_picture import moment_picture
from pplcompare.validation.checks.result import CheckReport
from pplcompare.validation.checks.share_picture import share_picture
from pplcompare.validation.checks.slots import HEIGHT
from pplcompare.validation.exact.quadrature.density_curve import refused_panel
from pplcompare.validation.pictures.drawing import Drawing
from pplcompare.validation.pictures.trace import FitTrace


def trust_drawing(report: CheckReport, trace: FitTrace) -> Drawing:
    """Return shares, means and spreads of the draws of one fit; without any, what came nearest to its limit."""
    reports = {trace.backend: report}
    found = [*share_picture("", [trace]), *moment_picture("", reports, tuple(trace.quantities))]
    if not found:
        closest = [picture.drawing for picture in closest_picture("", reports)]
        reason = str(report.denied[0]) if report.denied else "nothing was compared"
        return closest[0] if closest else Drawing((refused_panel("", reason),), 1, (HEIGHT,))
    panels = tuple(panel for picture in found for panel in picture.drawing.panels)
    columns = min(len(panels), 3)
    return Drawing.grid(panels, columns, HEIGHT)
