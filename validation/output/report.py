"""The report of a run, or of one data set of a check, in seven parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.output.answer_words import answer_lines
from pplcompare.validation.output.diagnostic_words import DIAGNOSTIC_COLUMNS
from pplcompare.validation.output.documents import FitDocument, RunDocument
from pplcompare.validation.output.failure_words import failure_sentences
from pplcompare.validation.output.page import UNTOLD, WIDE, Told, page
from pplcompare.validation.output.page_tables import (
    campaign_tables,
    counts_table,
    exact_card,
    model_cards,
    ranking_tables,
    speed_tables,
    trust_tables,
)
from pplcompare.validation.output.words import OURS, found_sentence, run_circumstances
from pplcompare.validation.study.verdict import ABSENT, Verdict

_SECTIONS: Final = {
    "what": "What this is about",
    "answer": "The answer",
    "posteriors": "Posteriors",
    "counts": "Counts to come",
    "trust": "Can it be trusted?",
    "speed": "Speed",
    "details": "Details",
}
_QUESTIONS: Final = "-questions"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fit that has not passed: what it is called, its verdict, what is wrong, and the command that repeats it."""

    who: str
    verdict: str
    sentences: Sequence[str]
    command: str


def report_html(document: RunDocument, told: Told = Told()) -> str:  # noqa: B008 - it cannot be changed
    """Return the page that shows a `summary`; everything in it is escaped."""
    exact = {name: model["exact"] for name, model in document["models"].items() if model["exact"]}
    answers = {name: one["answer"] for name, one in exact.items() if "answer" in one}
    speed = speed_tables(document["fits"])
    outcomes = {fit[part]["outcome"] for fit in document["fits"] for part in ("same_model", "prediction")}
    return page(
        "run.html",
        {name: title for name, title in _SECTIONS.items() if name != "speed" or speed},
        exit_code=document["exit_code"],
        d=document,
        # Its table stands there already.
        told=replace(told, pictures=[one for one in told.pictures if not one.name.endswith(_QUESTIONS)]),
        machine=document["machine"],
        unusual=run_circumstances(document),
        counts=counts_table(document["data"]),
        models=model_cards(document["models"], document["data"]),
        answer=answer_lines(exact, WIDE)[:2],
        rankings=ranking_tables(answers),
        exact={
            name: exact_card(name, one, f"Model {document['models'][name]['hash'][:16]}. ")
            for name, one in exact.items()
        },
        campaigns=campaign_tables(answers),
        trust=trust_tables(document["fits"]),
        faults=faults_of(document["fits"], told),
        found=found_sentence(document["fits"]),
        ours=OURS if Outcome.OURS in outcomes else "",
        speed=speed,
        diagnostic_columns=DIAGNOSTIC_COLUMNS,
    )


def faults_of(fits: Sequence[FitDocument], told: Told) -> list[Fault]:
    """Return each fit that was tried and has not passed."""
    return [
        Fault(
            f"{fit['backend']}, {fit['model']}",
            fit["verdict"],
            failure_sentences(fit),
            told.again(backends=(fit["backend"],), models=(fit["model"],), require=(), out=None, **UNTOLD),
        )
        for fit in fits
        if fit["verdict"] != Verdict.PASSED and fit["verdict"] not in ABSENT
    ]
