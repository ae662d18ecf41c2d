"""Colours by what they mean, each for a light and a dark page, and what tells backends apart.

Hues are those of Okabe and Ito (2008, "Color universal design"), which the colour-blind tell apart; on white they are
darkened until lines are seen. A picture names a colour by its variable, so that the page decides on the scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Use(StrEnum):
    """What a colour is for, which says how far it must stand out from the page."""

    PAGE = "page"
    TEXT = "text"
    LINE = "line"
    SURFACE = "surface"
    """What may be pale: areas that have an outline or a text, and hairlines that only guide the eye."""


LEAST_CONTRAST: Final[Mapping[Use, float]] = {Use.TEXT: 4.5, Use.LINE: 3.0}
"""The contrast with the page that each use needs (WCAG 2.2, 1.4.3 and 1.4.11)."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour in both schemes, as ``#rrggbb``."""

    light: str
    dark: str
    use: Use


COLOURS: Final[Mapping[str, Colour]] = {
    "page": Colour("#ffffff", "#14191f", Use.PAGE),
    "ink": Colour("#1d2733", "#e6ebf0", Use.TEXT),
    "muted": Colour("#55636f", "#a3b0bd", Use.TEXT),
    "passed": Colour("#1c7a3d", "#62c98a", Use.TEXT),
    "failed": Colour("#b3261e", "#ff8a80", Use.TEXT),
    "doubtful": Colour("#8a5a00", "#e0b25c", Use.TEXT),
    "exact": Colour("#1d2734", "#e6ebf1", Use.LINE),
    "prior": Colour("#6b7680", "#8f9aa6", Use.LINE),
    "blue": Colour("#0072b2", "#4aa3df", Use.LINE),
    "vermillion": Colour("#c25400", "#f0762b", Use.LINE),
    "green": Colour("#00835f", "#1aa87c", Use.LINE),
    "purple": Colour("#7f3060", "#e3a9ca", Use.LINE),
    "orange": Colour("#9a6a00", "#e69f00", Use.LINE),
    "sky": Colour("#2277ac", "#56b4e9", Use.LINE),
    "band": Colour("#dfe7ef", "#2a333d", Use.SURFACE),
    "shade": Colour("#ccd9e6", "#364352", Use.SURFACE),
    "hairline": Colour("#e3e8ed", "#2a323b", Use.SURFACE),
}
"""Name -> colour; no two have the same light one, by which a drawn colour is recognised."""


@dataclass(frozen=True, slots=True)
class SeriesLook:
    """What tells a series from others, with colour and without.

    Attributes
    ----------
    colour
        A name of `COLOURS`.
    dash
        Lengths of dashes and gaps, in widths of the line; empty for a whole line.
    marker
        A marker of matplotlib.
    """

    colour: str
    dash: tuple[float, ...]
    marker: str


EXACT: Final = SeriesLook("exact", (), "o")

_KNOWN: Final[Mapping[str, SeriesLook]] = {
    "exact": EXACT,
    "pymc": SeriesLook("blue", (5.0, 1.5), "s"),
    "nutpie": SeriesLook("vermillion", (1.0, 1.2), "^"),
    "numpyro": SeriesLook("green", (5.0, 1.5, 1.0, 1.5), "D"),
    "stan": SeriesLook("purple", (2.5, 1.2), "v"),
}
_OTHERS: Final = (
    SeriesLook("orange", (7.0, 2.0), "P"),
    SeriesLook("sky", (5.0, 1.5, 1.0, 1.5, 1.0, 1.5), "X"),
    SeriesLook("blue", (1.0, 3.0), "*"),
    SeriesLook("vermillion", (8.0, 1.5, 2.0, 1.5), "h"),
)


def looks(names: Iterable[str]) -> dict[str, SeriesLook]:
    """Return the look of each backend: its own for those that ship with the package, in turn for others."""
    found: dict[str, SeriesLook] = {}
    others = 0
    for name in names:
        if name not in found:
            found[name] = _KNOWN.get(name, _OTHERS[others % len(_OTHERS)])
            others += name not in _KNOWN
    return found


def variable(name: str) -> str:
    """Return the CSS variable of a colour of `COLOURS`."""
    return f"--pc-{name}"


def css() -> str:
    """Return the style sheet of a page: every colour as a variable of the scheme; paper is light."""
    light = "".join(f"{variable(name)}:{colour.light};" for name, colour in COLOURS.items())
    dark = "".join(f"{variable(name)}:{colour.dark};" for name, colour in COLOURS.items())
    return (
        f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, between 0 and 1 (WCAG 2.2)."""
    linear = []
    for place in (1, 3, 5):
        part = int(colour[place : place + 2], 16) / 255.0
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as ``#rrggbb``, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
