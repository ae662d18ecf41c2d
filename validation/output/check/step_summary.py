"""The summary of a job on GitHub, in Markdown: what was checked, what did not pass, and how sure all this is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pplcompare.validation.output.check.terminal_check import assurance, largest_deviation
from pplcompare.validation.output.documents import CheckDocument, CheckFitDocument
from pplcompare.validation.output.words import NOTHING_CHECKED, count, fit_label
from pplcompare.validation.study.verdict import Verdict, excused

_HEADINGS: Final = ("data", "model", "backend", "verdict", "least ESS", "largest deviation / limit")
_MOST_ROWS: Final = 200
# Exit code -> what became of the check.
_WORDS: Final = {0: "passed", 1: "failed", 2: NOTHING_CHECKED, 3: "a required backend is missing", 6: "not certified"}
_MARKS: Final = {Verdict.PASSED: "✅", Verdict.FAILED: "❌"}
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# What Markdown or HTML would read as more than text.
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>()#+!|~&]")


def step_summary(document: CheckDocument) -> str:
    """Return Markdown for ``$GITHUB_STEP_SUMMARY``; everything that users have named is escaped."""
    return (
        "\n".join([*_head(document), "", *_table(document["fits"]), "", *_reasons(document), *_folded(document)]) + "\n"
    )


def _head(document: CheckDocument) -> Iterator[str]:
    fits = document["fits"]
    passed = sum(fit["verdict"] == Verdict.PASSED for fit in fits)
    failed = sum(fit["verdict"] == Verdict.FAILED for fit in fits)
    code = document["exit_code"]
    yield f"## {'✅' if code == 0 else '❌'} pplcompare check: {_WORDS.get(code, 'not finished')}"
    yield ""
    yield f"{passed} of {len(fits)} fits passed, {failed} failed."
    if document["nothing_checked"]:
        yield _escaped(document["nothing_checked"])


def _table(fits: Sequence[CheckFitDocument]) -> Iterator[str]:
    """Yield a row for each fit, those that did not pass first."""
    yield _row(_HEADINGS)
    yield _row(["---", "---", "---", "---", "---:", "---"])
    rows = sorted(fits, key=lambda fit: fit["verdict"] == Verdict.PASSED)
    for fit in rows[:_MOST_ROWS]:
        twice = " (2 looks)" if fit["first_look"] else ""
        names = map(_escaped, (fit["data"], fit["model"], fit["backend"]))
        verdict = f"{_MARKS.get(Verdict(fit['verdict']), '⚠️')} {fit['verdict']}{twice}"
        yield _row([*names, verdict, count(fit["ess"]), _escaped(largest_deviation(fit))])
    if (more := len(rows) - _MOST_ROWS) > 0:
        yield f"\n{more} more fits are in the log."


def _reasons(document: CheckDocument) -> Iterator[str]:
    bad = [fit for fit in document["fits"] if fit["verdict"] != Verdict.PASSED]
    wrong = [fit for fit in bad if not excused(fit["verdict"], fit["backend"], document["required"])]
    for fit in wrong[:_MOST_ROWS]:
        yield f"- **{_escaped(fit_label(fit))}**: {_escaped(fit['reason'])}"


def _folded(document: CheckDocument) -> Iterator[str]:
    yield from ("", "<details><summary>How sure is this?</summary>", "")
    for line in assurance(document):
        yield f"{_escaped(line)}\n"
    yield "</details>"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return text as Markdown shows it: one line, no mark-up, nothing that cannot be seen."""
    seen = (letter if letter.isprintable() or letter.isspace() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), " ".join("".join(seen).split()))
