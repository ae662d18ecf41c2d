"""The picture of `docs/found.md`: published figures in posterior standard deviations from the exact ones.

``uv run python -m tests.found_picture`` draws it anew, from the table of the page.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final, NamedTuple

from pplcompare.validation.pictures.drawing import Drawing, Panel, row_range
from pplcompare.validation.pictures.marks import Band, Markers, Rules
from pplcompare.validation.pictures.picture import Picture

FOUND_PAGE: Final = Path(__file__).parents[1] / "docs" / "found.md"
FOUND_PICTURE: Final = FOUND_PAGE.with_suffix(".svg")
DRAWS: Final = 2000
"""The draws of the notebook."""

_NUMBER: Final = r" ([\d.]+) \|"
_ROW: Final = re.compile(rf"^\| (13? hospitals?) \| ([a-z ]+) \|{_NUMBER * 4}$", re.M)
_HEIGHT: Final = 26.0


class Published(NamedTuple):
    """A row of the page's table: what the notebook gives for a quantity, and the exact mean and standard deviation."""

    data: str
    quantity: str
    grid: float
    nuts: float
    exact: float
    sd: float

    def off(self, figure: float) -> float:
        """Return how many standard deviations a figure is off."""
        return (figure - self.exact) / self.sd


def published() -> tuple[Published, ...]:
    """Return the rows of the page's table."""
    found = _ROW.findall(FOUND_PAGE.read_text(encoding="utf-8"))
    return tuple(Published(data, quantity, *map(float, numbers)) for data, quantity, *numbers in found)


def found_picture(rows: tuple[Published, ...]) -> Picture:
    """Return the picture of rows."""
    at = tuple(float(i) for i in range(len(rows)))
    grid, nuts = (tuple(row.off(getattr(row, name)) for row in rows) for name in ("grid", "nuts"))
    spread = 3.0 / math.sqrt(DRAWS)
    low, high = row_range(len(rows))
    marks = (
        Band("3 standard errors of 2,000 draws", "band", (-spread, spread), (high,) * 2, (low,) * 2),
        Rules("exact", "exact", (0.0,)),
        Markers("grid", "vermillion", grid, at, "s"),
        Markers("NUTS, 2,000 draws", "blue", nuts, at, "o", hollow=True),
    )
    farthest = 1.15 * max(abs(off) for off in (*grid, *nuts, spread))
    names = tuple(f"{row.data}: {row.quantity}" for row in rows)
    label = "posterior standard deviations from the exact mean"
    panel = Panel("", marks, (-farthest, farthest), (low, high), label, rows=names)
    return Picture(
        "found",
        "exact",
        "How far published means are from the exact ones",
        "Means of a notebook, by a grid and by NUTS, in posterior standard deviations from the exact mean.",
        "; ".join(f"{n}: grid {g:+.3f}, NUTS {d:+.3f}" for n, g, d in zip(names, grid, nuts, strict=True)),
        Drawing((panel,), 1, (_HEIGHT * len(rows),)),
    )


if __name__ == "__main__":
    FOUND_PICTURE.write_text(found_picture(published()).svg_file, encoding="utf-8")
