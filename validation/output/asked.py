"""Answers to questions on the terminal: tables of at most 78 columns, with what their numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.float_array import Float
from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.questions.coins import BinomialMixture
from pplcompare.validation.questions.question_documents import (
    AskedRedundantDocument,
    AskedTogetherDocument,
    CountsToComeDocument,
    PredictedDocument,
    RedundantDocument,
    TogetherDocument,
)
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

NEW_GROUP: Final = "(new group)"
_DIGITS: Final = 6
_LISTED: Final = 30
"""Up to so many trials each count has a line."""
_BAR: Final = 30
_FOLDED: Final = 12
"""How narrow the names in a first column may become before they are worth a line of their own."""


def show_predicted(model: str, document: PredictedDocument, to: Console, more: int = 0) -> None:
    """Print counts to come of one model; each count with its probability if it is one short campaign.

    Parameters
    ----------
    more
        How many groups were left out.
    """
    rows = document["counts_to_come"]
    of = "a campaign, before the data" if document["before_the_data"] else "the next campaign"
    headings = ("trials", "mean", "sd", "epistemic", "aleatoric", "3 %", "50 %", "97 %")
    cells = [
        [
            _group(row["group"]),
            str(row["trials"]),
            *(number(value, _DIGITS) for value in (row["mean"], row["sd"], row["epistemic"], row["aleatoric"])),
            *(str(count) for count in row["quantiles"].values()),
        ]
        for row in rows
    ]
    _print_table(to, f"{model}: successes of {of}", ("group", *headings), cells)
    if more:
        to.print(Text(f"{more:,} more groups: name them with --group."))
    to.print(Text("Epistemic + aleatoric = variance; more data remove only the epistemic part."))
    if len(rows) == 1 and 0 < rows[0]["trials"] <= _LISTED:
        to.print()
        _show_pmf(rows[0], to)


def show_coins(found: BinomialMixture, at_least: int | None, to: Console) -> None:
    """Print a mixture of binomials beside the binomial of the same mean.

    Parameters
    ----------
    at_least
        A count whose tail is printed, too; None for no count.
    """
    rows = [
        ["mean", number(found.mean, _DIGITS), number(found.mean, _DIGITS)],
        ["sd", number(found.sd, _DIGITS), number(found.plain_sd, _DIGITS)],
        ["variance", number(found.variance, _DIGITS), number(found.plain_variance, _DIGITS)],
        ["  epistemic part", number(found.epistemic, _DIGITS), number(0.0, _DIGITS)],
        ["  aleatoric part", number(found.aleatoric, _DIGITS), number(found.plain_variance, _DIGITS)],
    ]
    if at_least is not None:
        tails = (number(tail, _DIGITS) for tail in found.at_least(at_least))
        rows.append([f"P({at_least} or more)", *tails])
    share = number(found.mean / found.trials, _DIGITS) if found.trials else "–"
    of = f"Binomial({found.trials}, {share})"
    _print_table(to, f"{found.trials} trials", ("", "mixture", of), rows)
    if found.trials <= _LISTED:
        to.print()
        cells = [
            [str(k), number(p, _DIGITS), number(q, _DIGITS), _bar(p, found.pmf)]
            for k, p, q in zip(found.counts.tolist(), found.pmf.tolist(), found.plain_pmf.tolist(), strict=True)
        ]
        _print_table(to, "", ("successes", "mixture", of, ""), cells)


def show_redundant(document: AskedRedundantDocument, components: int, to: Console) -> None:
    """Print how probable it is that all components fail."""
    title = f"all {components} fail, one common rate p"
    for name, model in document["models"].items():
        rows = [[_group(row["group"]), number(row["mean"], 4), *_failure(row)] for row in model["groups"]]
        _print_table(to, f"{name}: {title}", ("group", "mean p", *_of_failure(components)), rows)
    if rates := document["rates"]:
        of = f"{title} of mean {number(rates[0]['mean'], _DIGITS)}"
        _print_table(to, of, _of_failure(components), [_failure(row) for row in rates])
    to.print(Text(f"E p^{components}: the probability that all fail; times: how many times (mean p)^{components}."))
    to.print(Text(f"3, 50 and 97 %: quantiles of p^{components}."))


def show_together(document: AskedTogetherDocument, to: Console) -> None:
    """Print how probable it is that all components fail, by how strongly they hang together."""
    for name, model in document["models"].items():
        _show_kinds(f"{name}: ", model, to)
    if document["given"] is not None:
        _show_kinds("", document["given"], to)


def _show_kinds(prefix: str, document: TogetherDocument, to: Console) -> None:
    m, mean = document["components"], document["mean"]
    least = mean**m
    rows = []
    for i, (rho, probability) in enumerate(zip(document["correlation"], document["probability"], strict=True)):
        kind = [document["kinds"][i]] if document["kinds"] else []
        rows.append([*kind, *(number(value, _DIGITS) for value in (rho, probability)), _times(probability, least)])
    headings = ("correlation", f"P(all {m} fail)", f"times mean^{m}")
    kinds = ("in common",) if document["kinds"] else ()
    _print_table(to, f"{prefix}each fails with probability {number(mean, _DIGITS)}", (*kinds, *headings), rows)


def _of_failure(components: int) -> tuple[str, ...]:
    return ("sd p", f"E p^{components}", "times", "3 %", "50 %", "97 %")


def _failure(row: RedundantDocument) -> list[str]:
    shown = [number(row["sd"], 4)]
    shown += [number(row["probability"], _DIGITS), _times(row["probability"], row["at_mean"])]
    return shown + [number(value, 3) for value in row["quantiles"].values()]


def _times(probability: float, least: float) -> str:
    """Return how many times more probable something is; nothing where float64 has no such number."""
    return number(probability / least, 4) if least > 0.0 else "–"


def _group(name: str | None) -> str:
    return NEW_GROUP if name is None else name


def _show_pmf(row: CountsToComeDocument, to: Console) -> None:
    """Print each count with its probability and a bar."""
    pmf = row["pmf"]
    cells = [[str(k), number(p, _DIGITS), _bar(p, pmf)] for k, p in zip(row["counts"], pmf, strict=True)]
    _print_table(to, "", ("successes", "probability", ""), cells)


def _bar(share: float, of: Sequence[float] | Float) -> str:
    return "#" * round(_BAR * share / max(of))


def _print_table(to: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is to the left, as bars in a last column without a heading are."""
    if title:
        to.print(Text(title, style="bold"))
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for i, heading in enumerate(headings):
        left = i == 0 or not heading
        table.add_column(heading, justify="left" if left else "right", overflow="fold", no_wrap=not left)
    for row in rows:
        table.add_row(*map(Text, row))
    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    if min(widths[0], _FOLDED) + sum(width + 2 for width in widths[1:]) <= to.width:
        to.print(table)
        return
    for row in rows:  # no room for a table: a line for each number
        to.print(Text(row[0]))
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            to.print(Text(f"  {heading} {cell}".rstrip()))
