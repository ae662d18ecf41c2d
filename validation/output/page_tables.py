"""The tables of pages, from documents: counts, rankings, posteriors, campaigns to come, trust and speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.document import structure_from_document
from pplcompare.models.graph.graph_svg import graph_svg, plate_sizes
from pplcompare.models.mathematics import mathematics_html
from pplcompare.models.spec import Model
from pplcompare.validation.exact.answer_document import AnswerDocument, CampaignDocument
from pplcompare.validation.exact.exact_document import ExactDocument
from pplcompare.validation.exact.exact_summary import COMPONENTS
from pplcompare.validation.exact.exact_words import error_sentence, left_out_sentences, number
from pplcompare.validation.output.documents import CountsDocument, FitDocument, ModelDocument, RunFitDocument
from pplcompare.validation.output.page import PageTable
from pplcompare.validation.output.points import points
from pplcompare.validation.output.words import count, duration

_ALL: Final = 16
_SOME: Final = 8
_PHASES: Final = ("build", "compile", "run", "transfer")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model on a page: its name, and elements with its mathematics and its graph."""

    name: str
    mathematics: str
    graph: str

    @classmethod
    def of(cls, model: Model, counts: Counts) -> ModelCard:
        """Return the card of a model, whose plate has an element for each group of the counts."""
        return cls(model.name, mathematics_html(model), graph_svg(model, plate_sizes(model, counts)))


@dataclass(frozen=True, slots=True)
class ExactCard:
    """An exact posterior on a page: a table, a folded one of probabilities, and what must be known to read them."""

    table: PageTable
    probabilities: PageTable
    sentences: Sequence[str]


def model_cards(models: Mapping[str, ModelDocument], counts: CountsDocument) -> list[ModelCard]:
    """Return the cards of the models of a document."""
    groups = Counts(counts["group"], counts["n"], counts["k"])
    return [
        ModelCard.of(Model.of(structure_from_document(one["structure"]), one["constants"], name), groups)
        for name, one in models.items()
    ]


def counts_table(counts: CountsDocument) -> PageTable:
    """Return the data."""
    caption = (
        f"The counts: {sum(counts['k']):,} successes of {sum(counts['n']):,} trials in {len(counts['n']):,} groups"
    )
    rows = [
        (group, f"{n:,}", f"{k:,}", f"{k / n:.4g}" if n else "–")
        for group, n, k in zip(counts["group"], counts["n"], counts["k"], strict=True)
    ]
    return PageTable(caption, ("group", "trials", "successes", "share"), rows)


def ranking_tables(answers: Mapping[str, AnswerDocument]) -> list[PageTable]:
    """Return the ranking of each model that has one, the highest mean first."""
    headings = ("group", "mean", "P(best)", "rank", "P(> next)", "loss, points")
    found = []
    for name, answer in answers.items():
        if "ranking" in answer:
            columns = (answer["ranking"][key] for key in ("group", "mean", "best", "rank", "above_next"))
            losses = map(points, answer["ranking"]["loss"])
            # In this order alone a column speaks of the next row.
            cells = [
                (row[0], *(number(cell) for cell in row[1:]), loss)
                for row, loss in zip(zip(*columns, strict=True), losses, strict=True)
            ]
            found.append(PageTable(f"Groups by the mean of their rates, {name}", headings, cells, most=10))
    return found


def exact_card(name: str, document: ExactDocument, told: str = "") -> ExactCard:
    """Return an exact posterior; `told` is what else is known of its model."""
    ends = next((tuple(shown["quantiles"]) for shown in document["quantities"].values() if "quantiles" in shown), ())
    headings = ("quantity", "mean", "sd", *ends)
    rows, probabilities = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for quantity, shown in document["quantities"].items():
        quantiles = shown.get("quantiles", {})
        cells = (shown["mean"], shown["sd"], *(quantiles.get(q, "") for q in ends))
        rows.append((quantity, *map(number, cells)))
        if "all_fail" in shown:
            of_rate = shown.get("below_observed"), shown["all_fail"]
            probabilities.append((quantity, *map(number, of_rate)))
    more = len(document["more_groups"]["group"]) if "more_groups" in document else 0
    sentences = (
        *([f"{more:,} more groups: results.json has mean and sd of each."] if more else []),
        *left_out_sentences(document["left_out"]),
        f"{told}Log evidence {number(document['log_evidence'], 9)}. How well it is known: "
        f"{error_sentence(document['error'])}.",
    )
    most = len(rows) if len(rows) <= _ALL else _SOME
    return ExactCard(
        PageTable(f"Exact posterior, {name}", headings, rows, most=most),
        PageTable(f"Probabilities, {name}", ("quantity", "P(< k/n)", f"P(all {COMPONENTS} fail)"), probabilities),
        sentences,
    )


def campaign_tables(answers: Mapping[str, AnswerDocument]) -> list[PageTable]:
    """Return the campaigns to come of each model."""
    headings = ("group", "trials", "mean", "sd", "epistemic", "aleatoric")
    found = []
    for name, answer in answers.items():
        all_of = [("a new group", answer["new"]), *answer["next"].items()]
        ends = next((tuple(of["quantiles"]) for _, of in all_of if "quantiles" in of), ())
        caption = f"Successes to come, {name}: mean, sd, and the two parts of the variance"
        rows = [_campaign(group, of, ends) for group, of in all_of]
        found.append(PageTable(caption, (*headings, *ends), rows))
    return found


def _campaign(group: str, of: CampaignDocument, ends: Sequence[str]) -> tuple[str, ...]:
    numbers = (number(of["mean"]), number(of["sd"]), number(of["epistemic"]), number(of["aleatoric"]))
    quantiles = of.get("quantiles", {})
    return group, f"{of['trials']:,}", *numbers, *(f"{quantiles[q]:,}" if q in quantiles else "–" for q in ends)


def trust_tables(fits: Sequence[FitDocument]) -> list[PageTable]:
    """Return for each model what became of each backend's questions."""
    headings = ("backend", "verdict", "same model", "posterior", "prediction", "least ESS")
    models = dict.fromkeys(fit["model"] for fit in fits)
    return [
        PageTable(
            f"Backends and questions, {model}",
            headings,
            [
                (
                    fit["backend"],
                    fit["verdict"],
                    *(fit["same_model"]["outcome"], fit["posterior"]["outcome"], fit["prediction"]["outcome"]),
                    count(fit["ess"]),
                )
                for fit in fits
                if fit["model"] == model
            ],
            words=5,
        )
        for model in models
    ]


def speed_tables(fits: Sequence[RunFitDocument]) -> list[PageTable]:
    """Return seconds and speeds of each model, where there are any."""
    headings = ("backend", "least ESS", *_PHASES, "ESS/s")
    found = []
    for model in dict.fromkeys(fit["model"] for fit in fits):
        rows = [
            (fit["backend"], count(fit["ess"]), *_seconds(fit), count(fit["speed"] and fit["speed"]["ess_per_second"]))
            for fit in fits
            if fit["model"] == model and fit["speed"] is not None and fit["speed"]["ess_per_second"] is not None
        ]
        if rows:
            found.append(PageTable(f"Seconds and speed, {model}", headings, rows))
    return found


def _seconds(fit: RunFitDocument) -> list[str]:
    seconds = fit["seconds"]
    phases = (
        [None] * 4 if seconds is None else [seconds["build"], seconds["compile"], seconds["run"], seconds["transfer"]]
    )
    return [duration(phase) for phase in phases]
