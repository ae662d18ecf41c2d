"""A density is seen in its picture, also where it goes to infinity at a border of its support."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal
from pplcompare.validation.exact.by_names import exact
from pplcompare.validation.exact.quadrature.contrast_panel import contrast_panel
from pplcompare.validation.exact.quadrature.density_curve import density_panel
from pplcompare.validation.pictures.marks import Curve

ROOM = 1.3


@pytest.mark.parametrize("shapes", [(0.02, 5.0), (0.2, 5.0), (0.5, 1.0)])
def test_a_density_without_bound_is_cut_where_a_fiftieth_of_the_axis_lies_higher(shapes: tuple[float, float]) -> None:
    """It falls all the way, so that it is higher just to the left."""
    law = BetaMarginal(*shapes)
    panel = density_panel(law)
    low, high = panel.x_range
    lower, higher = law.density(low + (high - low) * np.array([0.031, 0.009])).tolist()
    assert lower < panel.y_range[1] / ROOM < higher


@pytest.mark.parametrize("shapes", [(0.02, 5.0), (0.2, 5.0)])
def test_a_difference_whose_density_has_no_bound_is_cut_there_too(shapes: tuple[float, float]) -> None:
    """Both rates have most of their mass near zero, and so has their difference."""
    answer = exact({"A": (200, 0), "B": (200, 0)}, "independent", [f"rate=Beta{shapes}"])
    panel = contrast_panel("", answer.difference("B", "A"), "", interval=None)
    curves = [mark for mark in panel.marks if isinstance(mark, Curve)]
    highest = max(max(curve.y) for curve in curves)
    assert 0.0 < 3.0 * panel.y_range[1] < highest


@pytest.mark.parametrize("shapes", [(1.0, 7.0), (3.0, 9.0), (400.0, 600.0), (1.0, 1.0)])
def test_a_bounded_density_is_shown_whole(shapes: tuple[float, float]) -> None:
    panel = density_panel(BetaMarginal(*shapes))
    (curve,) = (mark for mark in panel.marks if isinstance(mark, Curve))
    assert panel.y_range[1] == pytest.approx(ROOM * max(curve.y))


def test_a_density_beyond_all_numbers_is_infinite() -> None:
    """A warning would be an error here."""
    assert BetaMarginal(0.01, 5.0).density(np.array([5e-324])) == np.inf


def test_what_is_far_above_the_axes_is_stored_as_a_place_that_readers_of_svg_know() -> None:
    from matplotlib.figure import Figure
    from pplcompare.validation.pictures.matplotlib_figure import draw_panel

    axes = Figure().add_subplot()
    panel = density_panel(BetaMarginal(0.02, 5.0))
    draw_panel(axes, panel)
    heights = np.asarray(axes.lines[0].get_ydata())
    assert heights.max() == 100.0 * panel.y_range[1]
    assert max(mark.y[0] for mark in panel.marks if isinstance(mark, Curve)) > heights.max()
