"""What a person sees of the contract of a backend in the terminal."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.documents import ContractDocument
from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet
from pplcompare.validation.output.terminal import verdict_text
from rich.console import Console
from rich.text import Text

_QUIET: Final = (Outcome.PASSED, Outcome.OURS)
OURS: Final = "Ours: this part of the backend is our own code, which says nothing of the backend."


def show_contract(document: ContractDocument, to: Console) -> None:
    """Print a row for each promise, then what was found in those that are not kept."""
    table = Sheet(
        "", (Column("outcome"), Column("promise", least=NAME), Column("what is promised", least=WORDS)), keys=2
    )
    for row in document["results"]:
        style = "" if row["outcome"] in _QUIET else "bold"
        table.add(verdict_text(row["outcome"]), Text(row["name"], style), row["sentence"])
    to.print(table)
    for row in document["results"]:
        if row["outcome"] not in _QUIET:
            to.print(Text(f"{row['name']}: ", style="bold").append(row["detail"], style="not bold"))
    if any(row["outcome"] == Outcome.OURS for row in document["results"]):
        to.print(Text(OURS))
    numbers = Counter(row["outcome"] for row in document["results"])
    counted = ", ".join(f"{numbers[outcome]} {outcome}" for outcome in Outcome if numbers[outcome])
    words = Text(f"{document['backend']}: {document['verdict']}", style="bold")
    words.append(f" ({counted})" if counted else "", style="not bold")
    to.print(words.append(f"; {document['missing']}" if document["missing"] else "", style="not bold"))
