"""Figures as SVG that is part of a page: named, described, and coloured by the page's scheme."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING, Final

from pplcompare.validation.pictures.palette import COLOURS, css, variable
from pplcompare.validation.pictures.picture_style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES: Final = {colour.light: name for name, colour in COLOURS.items()}
_ROOT: Final = re.compile(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>")
_LEFT_OUT: Final = re.compile(r"\s*<metadata>.*?</metadata>|\s*<style.*?</style>|\s*<defs>\s*</defs>", re.DOTALL)
# What stands within a tag is matplotlib's, and only that: texts are people's own.
_TAG: Final = re.compile(r"<[^>]*>")
_WITHIN: Final = (
    (re.compile(r"(?<=: )#[0-9a-f]{6}\b"), lambda found: f"var({variable(_NAMES[found[0]])})"),
    (re.compile(r"font(?:-family)?: ([^;\"']*?)'[^;\"]*(; )?"), lambda found: _font(found[1], found[2] or "")),
    (re.compile(r" transform=\"rotate\(-?0 [^\"]*\""), ""),
    (re.compile(r"(\.\d\d)\d+"), r"\1"),
    (re.compile(r"\s*\n\s*"), " "),
    (re.compile(r"xlink:href"), "href"),
)
_IDENTIFIER: Final = re.compile(r"( id=\"|href=\"#|url\(#)")


def svg_element(figure: Figure, name: str, title: str, description: str) -> str:
    """Return a figure as an ``<svg>`` with a view box and no size, whose identifiers begin with `name`."""
    file = io.StringIO()
    with style():
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    root = _ROOT.search(text)
    assert root is not None
    body = _TAG.sub(lambda tag: _ours(tag[0], name), _LEFT_OUT.sub("", text[root.end() :]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{root[1]}" class="picture" role="img" '
        f'aria-labelledby="{name}-title {name}-description" font-family="system-ui, sans-serif" '
        'stroke-linejoin="round">\n'
        f'<title id="{name}-title">{escape(title)}</title>\n'
        f'<desc id="{name}-description">{escape(description)}</desc>{body.rstrip()}'
    )


def standing_alone(element: str) -> str:
    """Return an element as a file of its own: with the colours of both schemes, and a page beneath."""
    sheet = f'<style>\n{css()}</style>\n<rect width="100%" height="100%" fill="var({variable("page")})"/>\n'
    head, rest = element.split("<title", 1)
    return f"{head}{sheet}<title{rest}\n"


def _ours(tag: str, name: str) -> str:
    for pattern, instead in _WITHIN:
        tag = pattern.sub(instead, tag)
    return _IDENTIFIER.sub(rf"\g<1>{name}-", tag)


def _font(weight_and_size: str, end: str) -> str:
    """Return what a font's declaration says besides its family, which is the page's."""
    *weight, size = weight_and_size.split() or [""]
    said = [f"font-weight: {word}" for word in weight] + ([f"font-size: {size}"] if size else [])
    return "; ".join(said) + (end if said else "")
