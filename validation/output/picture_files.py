"""Pictures as files beside a report: SVG for pages, PNG with its caption for anywhere, CSV of what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec

from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.picture_style import MEND, MISSING
from pplcompare.validation.storage.names import PICTURES


def picture_files(pictures: Iterable[Picture]) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each file within a results folder and its content; without matplotlib only tables."""
    drawn = can_draw()
    for picture in pictures:
        stem = f"{PICTURES}/{picture.name}"
        yield f"{stem}.csv", picture.csv.encode()
        if drawn:
            yield f"{stem}.svg", picture.svg_file.encode()
            yield f"{stem}.png", picture.png()


def can_draw() -> bool:
    """Say whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def without_pictures() -> str:
    """Return the sentence that says what pictures need; empty where it is there."""
    return "" if can_draw() else f"{MISSING[0].upper()}{MISSING[1:]}: {MEND}."
