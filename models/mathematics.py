"""A model in statistical notation, as HTML: Greek letters, subscripts, and what the arguments are called."""

from __future__ import annotations

from html import escape
from typing import Final

from pplcompare.models.notation import argument_names, symbol
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed

# Notebooks align cells to the right unless the cell says otherwise.
_LEFT: Final = ' style="text-align: left"'


def mathematics_html(model: Model) -> str:
    """Return a table with a row for each item, as `notation` has lines; without script and without a font."""
    written = {item.name: _written(item) for item in model.items}
    rows = "\n".join(_row(item, written) for item in model.items)
    arguments = escape(", ".join(argument_names(model)))
    return (
        f'<table class="model-mathematics">\n<caption{_LEFT}>{escape(model.name)}</caption>\n'
        f'<tbody>\n{rows}\n</tbody>\n</table>\n<p class="small">Arguments: {arguments}.</p>\n'
    )


def _row(item: Item, written: dict[str, str]) -> str:
    if isinstance(item, Input):
        sign, right, told = "", "given", ""
    else:
        arguments = {name: written.get(str(value), value) for name, value in item.distribution.arguments.items()}
        sign, right = "~", str(item.distribution.replace(arguments))
        told = "observed" if isinstance(item, Observed) else ""
    cells = "".join(f"<td{_LEFT}>{cell}</td>" for cell in (sign, right, told))
    return f'<tr><th scope="row"{_LEFT}>{written[item.name]}</th>{cells}</tr>'


def _written(item: Item) -> str:
    name = f"<var>{escape(symbol(item.name))}</var>"
    return name if item.plate is None else f"{name}<sub>{escape(item.plate)}</sub>"
