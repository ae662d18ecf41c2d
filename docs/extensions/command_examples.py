"""Blocks of a command's help that are not to be wrapped keep their columns, as on the terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click
    from sphinx.application import Sphinx

_INDENT: Final = "   "


def _kept(lines: list[str]) -> list[str]:
    """Return lines of one block: a sentence, then what is set under it."""
    heads = [line for line in lines if not line.startswith(" ")]
    said, below = lines[: len(heads)], lines[len(heads) :]
    if not below or said != heads:
        return [line for each in lines for line in (each, "")]
    return [*said, "", ".. code-block:: console", "", *(_INDENT + line for line in below), ""]


def _process(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    blocks = [(barred, list(block)) for barred, block in groupby(lines, lambda line: line.startswith("|"))]
    lines[:] = [
        line
        for barred, block in blocks
        for line in (_kept([each.removeprefix("|").removeprefix(" ") for each in block]) if barred else block)
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what is done with the help of a command."""
    for part in ("description", "epilog"):
        app.connect(f"sphinx-click-process-{part}", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
