"""Colours: contrast on both pages, and what tells backends apart without colour."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pytest
from pplcompare.validation.pictures.palette import COLOURS, LEAST_CONTRAST, Use, contrast, css, looks, variable

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What cone cells of one kind see less of (Viénot, Brettel and Mollon 1999), on linear red, green, blue.
SEEN_BY = {
    "deuteranopia": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
    "protanopia": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
}
SHIPPED = ("exact", "pymc", "nutpie", "numpyro", "stan")


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#ffffff", "#ffffff") == 1.0
    # The greys next to the borders that WCAG's own tables give: 4.54 and 4.48.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_texts_and_lines_stand_out_from_the_page(scheme: Literal["light", "dark"]) -> None:
    page = getattr(COLOURS["page"], scheme)
    for name, colour in COLOURS.items():
        if (least := LEAST_CONTRAST.get(colour.use)) is not None:
            assert contrast(getattr(colour, scheme), page) >= least, name


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("surface", ["band", "shade"])
def test_lines_stand_out_from_the_areas_they_cross(surface: str, scheme: Literal["light", "dark"]) -> None:
    below = getattr(COLOURS[surface], scheme)
    for name, colour in COLOURS.items():
        if colour.use is Use.LINE:
            assert contrast(getattr(colour, scheme), below) >= LEAST_CONTRAST[Use.LINE], name


def test_the_test_of_contrast_sees_the_colours_as_okabe_and_ito_have_them() -> None:
    assert contrast("#e69f00", COLOURS["page"].light) < LEAST_CONTRAST[Use.LINE]


def test_a_drawn_colour_says_which_it_is() -> None:
    assert len({colour.light for colour in COLOURS.values()}) == len(COLOURS)


def test_backends_differ_in_dash_and_in_marker_and_keep_their_look() -> None:
    shipped = looks(SHIPPED)
    for one, other in combinations(looks((*SHIPPED, "mine", "yours")).values(), 2):
        assert one.dash != other.dash
        assert one.marker != other.marker
    assert looks(["stan"])["stan"] == shipped["stan"]
    assert set(looks(f"sampler {i}" for i in range(9))) == {f"sampler {i}" for i in range(9)}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", SEEN_BY)
def test_the_colour_blind_see_a_failure_beside_a_pass(kind: str, scheme: Literal["light", "dark"]) -> None:
    """They have a word and a mark beside it, too."""
    passed, failed = (seen(getattr(COLOURS[name], scheme), kind) for name in ("passed", "failed"))
    assert np.abs(passed - failed).max() > 0.02


def seen(colour: str, kind: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    parts = np.array([int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return np.asarray(SEEN_BY[kind] @ linear)


def test_the_style_sheet_has_every_colour_in_both_schemes() -> None:
    light, dark = css().split("@media")
    for name, colour in COLOURS.items():
        assert f"{variable(name)}:{colour.light};" in light
        assert f"{variable(name)}:{colour.dark};" in dark
    assert "screen" in dark  # paper is light
