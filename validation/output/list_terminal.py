"""What there is to choose from, in the terminal: a table for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pplcompare.validation.output.list_documents import ListDocument
from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet
from rich.console import Console

_HEADINGS: Final[Mapping[str, Sequence[str]]] = {
    "data sets": ("DATA", "groups", "what it is"),
    "models": ("MODEL", "priors", "what it is"),
    "distributions": ("distribution", "of what is", "what it is"),
    "backends": ("backend", "registered by"),
    "mutants": ("mutant", "of", "what is wrong"),
    "exit codes": ("code", "what it means"),
}
"""Title of a table -> its headings."""
_WORDY: Final = {"what it is", "priors", "registered by", "what is wrong", "what it means"}


def show_list(document: ListDocument, to: Console) -> None:
    """Print a table for each kind that the document has."""
    for title, rows in _rows(document).items():
        if rows:
            columns = (Column(heading, least=WORDS if heading in _WORDY else NAME) for heading in _HEADINGS[title])
            sheet = Sheet(title, tuple(columns))
            for row in rows:
                sheet.add(*row)
            to.print(sheet)


def _rows(document: ListDocument) -> Mapping[str, list[tuple[str, ...]]]:
    """Return the rows of each table, by its title."""
    return {
        "data sets": [(one["name"], f"{one['groups']}", one["what"]) for one in document.get("data", ())],
        "models": [(one["name"], _priors(one["variables"].items()), one["what"]) for one in document.get("models", ())],
        "distributions": [
            (f"{one['name']}({', '.join(one['arguments'])})", one["of"], one["what"])
            for one in document.get("distributions", ())
        ],
        "backends": [(one["name"], ", ".join(one["registered_by"])) for one in document.get("backends", ())],
        "mutants": [(one["name"], ", ".join(one["commands"]), one["what"]) for one in document.get("mutants", ())],
        "exit codes": [(one["code"], one["what"]) for one in document.get("exit_codes", ())],
    }


def _priors(variables: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ~ {prior}" for name, prior in variables)
