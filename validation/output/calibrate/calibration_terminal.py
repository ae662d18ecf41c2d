"""A calibration for people: a table for each model, and what it would have found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pplcompare.validation.calibrate.data_places import EVERYWHERE
from pplcompare.validation.output.calibrate.calibration_documents import CalibratedDocument, CalibrationDocument
from pplcompare.validation.output.calibrate.night_documents import night_sentences
from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet, alike
from pplcompare.validation.output.terminal import verdict_text
from pplcompare.validation.output.words import seed_sentence, wall_time
from rich.console import Console
from rich.text import Text

_SOURCES: Final = {
    "prior": "Truths were drawn from the prior, and counts from them",
    "backend": "Truths and counts were drawn from the prior by each backend's own simulator",
    "posterior": "Truths were drawn from the exact posterior of the data, beside which new counts were simulated",
}
_MOST_PLACES: Final = 3
_COLUMNS: Final = (
    Column("backend", least=NAME),
    Column("verdict"),
    Column("replications", right=True),
    *alike(("evidence", "limit"), right=True),
    Column("most against", "worst", least=WORDS),
    *alike(("p", "50 %", "90 %", "lag"), "worst", right=True),
    Column("each", right=True),
)


def show_calibration(document: CalibrationDocument, to: Console) -> None:
    """Print a calibration."""
    for model in document["models"]:
        table = Sheet(f"{model}, calibration", _COLUMNS)
        for one in document["calibrated"]:
            if one["model"] == model:
                table.add(*_cells(one))
        to.print(table)
    for one in document["calibrated"]:
        if one["reason"]:
            to.print(Text(f"{one['backend']}, {one['model']}: {one['verdict']}: {one['reason']}."))
        for line in place_sentences(one):
            to.print(Text(line))
    for line in (*night_sentences(document.get("history")), *calibration_sentences(document)):
        to.print(Text(line))


def _cells(one: CalibratedDocument) -> tuple[str | Text | None, ...]:
    verdict = verdict_text(one["verdict"])
    if not one["quantities"]:
        return one["backend"], verdict, str(one["replications"]), *[""] * 8
    worst = max(one["quantities"], key=lambda row: row["highest"])
    lag = max(row["lag"] for row in one["quantities"])
    each = "" if one["seconds"] is None else wall_time(one["seconds"])
    return (
        one["backend"],
        verdict,
        f"{one['replications']:,}",
        f"{one['highest']:.1f}",
        f"{one['limit']:.1f}",
        worst["name"],
        f"{worst['p_value']:.2g}",
        f"{100.0 * worst['coverage_50']:.1f}",
        f"{100.0 * worst['coverage_90']:.1f}",
        f"{lag:.2f}",
        each,
    )


def place_sentences(one: CalibratedDocument) -> list[str]:
    """Return on which data sets draws are wrong, the clearest first."""
    places = [] if one["exact"] is None else one["exact"]["places"]
    return [
        f"Wrong {place['what']} of {place['component']}: {place['where']}, {place['replications']:,} replications, "
        f"score {place['inside']:.1f}{'' if place['where'] == EVERYWHERE else f'; {place["outside"]:.1f} elsewhere'}."
        for place in places[:_MOST_PLACES]
    ]


def _source(name: str) -> str:
    """Return where truths came from; what is none of our sources is a simulator of the user."""
    return _SOURCES.get(name, f"Truths and counts were drawn by {name}")


def calibration_sentences(document: CalibrationDocument) -> list[str]:
    """Return how the verdicts came about, a sentence each."""
    lines = []
    if document["mutant"]:
        lines.append(f"Every backend was broken on purpose: {document['mutant']}.")
    lines.append(
        f"{_source(document['source'])}; each fit keeps {document['kept']} draws, and a truth has its rank among them."
    )
    lines.append(
        "Evidence and limit are powers of ten, at their highest; whenever one looks, right backends fail with a "
        f"probability of at most {document['level']:g}, all together. Quantity, p and the part of truths in 50 % and "
        "90 % intervals are those of the quantity against which there is most evidence; lag is the largest of all."
    )
    for model in document["models"]:
        of_model = [one for one in document["calibrated"] if one["model"] == model]
        lines += [*_exact_sentences(model, of_model), *_kernel_sentences(model, of_model)]
    if without := sorted({one["model"] for one in document["calibrated"] if one["quantities"] and not one["exact"]}):
        lines.append(f"No exact answer, ranks only: {', '.join(without)}.")
    if (sentence := calibration_power(document)) is not None:
        lines.append(sentence)
    if document["store"] is not None:
        lines.append(f"All ranks are in {document['store']}; --resume --more N goes on.")
    lines.append(seed_sentence(document["seed"]))
    return lines


def _exact_sentences(model: str, of_model: Sequence[CalibratedDocument]) -> Iterator[str]:
    """Yield what the exact answer says of a model's backends."""
    found = {one["backend"]: one["exact"] for one in of_model if one["exact"] is not None}
    if not found:
        return
    first = next(iter(found.values()))
    truths = max(exact["truths"]["highest"] for exact in found.values())
    draws = ", ".join(f"{name} {exact['draws']['highest']:.1f}" for name, exact in found.items())
    against = f"evidence against truths {truths:.1f}, against draws {draws}"
    yield f"{model}, by the exact answer (limit {first['limit']:.1f}): {against}."
    told = []
    if first["certified"]:
        told.append(f"off by {first['table_error']:.0e} on the {first['certified']} data sets that were looked at")
    if general := max(exact["general"] for exact in found.values()):
        told.append(f"{general:,} data sets took the general quadrature")
    if left_out := max(exact["uncertified"] for exact in found.values()):
        told.append(f"{left_out:,} are not certified and count for nothing")
    if told:
        yield f"Exact answers of {model}: {'; '.join(told)}."


def _kernel_sentences(model: str, of_model: Sequence[CalibratedDocument]) -> Iterator[str]:
    """Yield what the ranks of kernels say of a model's backends."""
    found = {one["backend"]: one["kernel"] for one in of_model if one["kernel"] is not None}
    tried = {name: kernel for name, kernel in found.items() if not kernel["untried"]}
    if tried:
        limit = next(iter(tried.values()))["limit"]
        told = ", ".join(f"{name} {kernel['highest']:.1f}" for name, kernel in tried.items())
        yield f"{model}, kernels (limit {limit:.1f}): evidence {told}."
    for name, kernel in found.items():
        if kernel["untried"]:
            yield f"{model}, the kernel of {name} was not tried: {kernel['untried']}."


def calibration_power(document: CalibrationDocument) -> str | None:
    """Return the least errors that every backend's replications find; None if there are none."""
    tried = [one for one in document["calibrated"] if one["quantities"]]
    shifts = [one["finds_shift"] for one in tried]
    narrowings = [one["finds_narrowing"] for one in tried]
    errors = []
    if shifts and None not in shifts:
        errors.append(f"a bias of {max(one for one in shifts if one is not None):.2g} sd")
    if narrowings and None not in narrowings:
        errors.append(f"a spread {100.0 * max(one for one in narrowings if one is not None):.2g} % too small")
    if not errors:
        return None if not tried else "So few replications find no error with 99.9 % power."
    return f"Found with 99.9 % power in one quantity of any backend: {', '.join(errors)}."
