"""Answers to questions on the terminal: tables of at most 78 columns, with what their numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pplcompare.models.float_array import Float
from pplcompare.validation.exact.exact_words import between, number
from pplcompare.validation.output.sheet import NAME, Cell, Column, Sheet, alike
from pplcompare.validation.questions.coins import BinomialMixture
from pplcompare.validation.questions.question_documents import (
    AskedRedundantDocument,
    AskedTogetherDocument,
    CountsToComeDocument,
    PredictedAtRateDocument,
    PredictedDocument,
    RedundantDocument,
    SimulatedManyDocument,
    TogetherDocument,
)
from rich.console import Console
from rich.text import Text

NEW_GROUP: Final = "(new group)"
_DIGITS: Final = 6
_LISTED: Final = 30
"""Up to so many trials each count has a line."""
_BAR: Final = 30


def show_predicted(model: str, document: PredictedDocument, to: Console, more: int = 0) -> None:
    """Print counts to come of one model; each count with its probability if it is one short campaign.

    Parameters
    ----------
    more
        How many groups were left out.
    """
    rows = document["counts_to_come"]
    of = "a campaign, before the data" if document["before_the_data"] else "the next campaign"
    parts = ("epistemic", "aleatoric")
    cells: list[Sequence[Cell]] = [
        [
            _group(row["group"]),
            str(row["trials"]),
            *(number(value, _DIGITS) for value in (row["mean"], row["sd"])),
            *(str(count) for count in row["quantiles"].values()),
            *(number(value, _DIGITS) for value in (row["epistemic"], row["aleatoric"])),
            *(number(p, _DIGITS) for p in row["at_least"].values()),
        ]
        for row in rows
    ]
    reached = [f"P({count} or more)" for count in rows[0]["at_least"]]
    columns = (
        Column("group", least=NAME),
        *alike(("trials", "mean", "sd", *_named_levels(rows[0])), right=True),
        *alike(parts, "parts of the variance", right=True),
        *alike(reached, "probabilities", right=True),
    )
    to.print(Sheet(f"{model}: successes of {of}", columns, rows=cells))
    if more:
        which = "the first groups" if document["before_the_data"] else "the groups with the highest means"
        to.print(Text(f"These are {which}; {more:,} more: name them with --group."))
    to.print(Text("Epistemic: the rate is not known, which more data mend."))
    to.print(Text("Aleatoric: chance, which stays. Both sum to the variance."))
    if len(rows) == 1 and 0 < rows[0]["trials"] <= _LISTED:
        _show_pmf(rows[0], to)


def show_at_rates(document: PredictedAtRateDocument, to: Console) -> None:
    """Print counts to come at rates that are known, with the probabilities of reaching some counts."""
    for row in document["counts_to_come"]:
        rate, trials, (low, *_, high) = row["rate"]["mean"], row["trials"], row["quantiles"].values()
        of = f"{trials:,} trials at a rate of {number(100.0 * rate, _DIGITS)} %"
        words = f"mean {number(row['mean'], _DIGITS)} successes, sd {number(row['sd'], 4)}"
        to.print(Text(f"{of}: {words}, {between(row['quantiles'])} between {low:,} and {high:,}."))
        cells = [[f"{int(count):,} or more", number(p, _DIGITS)] for count, p in row["at_least"].items()]
        _print_table(to, "", ("successes", "probability"), cells)
        if 0 < trials <= _LISTED:
            _show_pmf(row, to)


def _named_levels(row: CountsToComeDocument | RedundantDocument) -> list[str]:
    return list(row["quantiles"])


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
        of_failure = _of_failure(components, model["groups"][0])
        _print_table(to, f"{name}: {title}", ("group", "mean p", *of_failure), rows)
    if rates := document["rates"]:
        of = f"{title} of mean {number(rates[0]['mean'], _DIGITS)}"
        _print_table(to, of, _of_failure(components, rates[0]), [_failure(row) for row in rates])
    to.print(Text(f"E p^{components}: the probability that all fail; times: how many times (mean p)^{components}."))
    to.print(Text(f"In per cent: quantiles of p^{components}."))


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


def _of_failure(components: int, row: RedundantDocument) -> tuple[str, ...]:
    return ("sd p", f"E p^{components}", "times", *_named_levels(row))


def _failure(row: RedundantDocument) -> list[str]:
    shown = [number(row["sd"], 4)]
    shown += [number(row["probability"], _DIGITS), _times(row["probability"], row["at_mean"])]
    return shown + [number(value, 3) for value in row["quantiles"].values()]


def _times(probability: float, least: float) -> str:
    """Return how many times more probable something is; nothing where float64 has no such number."""
    return number(probability / least, 4) if least > 0.0 else "–"


def show_simulated(document: SimulatedManyDocument, to: Console) -> None:
    """Print the successes of many simulated campaigns, summed up."""
    rows = [
        [
            row["group"],
            str(row["trials"]),
            *(number(value, 4) for value in (row["mean"], row["sd"])),
            *map(str, row["quantiles"].values()),
        ]
        for row in document["groups"]
    ]
    title = f"{document['model']}: successes in {document['draws']:,} simulations"
    _print_table(to, title, ("group", "trials", "mean", "sd", *document["groups"][0]["quantiles"]), rows)


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
    first, *others = headings
    columns = [Column(first, least=NAME), *(Column(heading, right=bool(heading)) for heading in others)]
    to.print(Sheet(title, columns, rows=list(rows)))
