"""What a person sees of the contract of a backend in the terminal."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.documents import ContractDocument
from pplcompare.validation.output.terminal import STYLES
from rich.console import Console
from rich.text import Text

_OUTCOME: Final = max(map(len, Outcome)) + 2
_NAME: Final = 17
_QUIET: Final = (Outcome.PASSED, Outcome.OURS)
OURS: Final = "Ours: this part of the backend is our own code, which says nothing of the backend."


def show_contract(document: ContractDocument, to: Console) -> None:
    """Print a line for each promise, at most 80 columns wide, then what was found in those that are not kept."""
    for row in document["results"]:
        line = Text(row["outcome"].ljust(_OUTCOME), style=STYLES.get(row["outcome"], "yellow"))
        line.append(row["name"].ljust(_NAME), style="not bold default" if row["outcome"] in _QUIET else "bold default")
        to.print(line.append(row["sentence"], style="not bold default"), soft_wrap=True)
    for row in document["results"]:
        if row["outcome"] not in _QUIET:
            to.print(Text(f"{row['name']}: ", style="bold").append(row["detail"], style="not bold"), soft_wrap=True)
    if any(row["outcome"] == Outcome.OURS for row in document["results"]):
        to.print(Text(OURS), soft_wrap=True)
    numbers = Counter(row["outcome"] for row in document["results"])
    counted = ", ".join(f"{numbers[outcome]} {outcome}" for outcome in Outcome if numbers[outcome])
    words = Text(f"{document['backend']}: {document['verdict']}", style="bold")
    words.append(f" ({counted})" if counted else "", style="not bold")
    to.print(words.append(f"; {document['missing']}" if document["missing"] else "", style="not bold"), soft_wrap=True)
