"""An exact answer as a table: for notebooks, and as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pplcompare.models.shown_table import ShownTable
from pplcompare.validation.exact.exact_summary import COMPONENTS, exact_summary
from pplcompare.validation.exact.exact_words import (
    QUANTILES,
    ends_sentence,
    error_sentence,
    left_out_sentences,
    number,
    percent,
    seen_quantities,
)

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

_FAIL: Final = f"P(all {COMPONENTS} fail)"


def exact_table(exact: ExactPosterior, *, every: bool = False) -> ShownTable:
    """Return the quantities of `exact_summary`, with the evidence of their error.

    Parameters
    ----------
    every
        Whether all quantities are there, and not those alone that people see of many groups.
    """
    document = exact_summary(exact)
    quantities = dict(document["quantities"]) if every else seen_quantities(document)
    shown = quantities.values()
    columns: dict[str, list[object]] = {
        "quantity": list(quantities),
        "mean": [one["mean"] for one in shown],
        "sd": [one["sd"] for one in shown],
        **{percent(q): [one.get("quantiles", {}).get(percent(q)) for one in shown] for q in QUANTILES},
        "P(< k/n)": [one.get("below_observed") for one in shown],
        _FAIL: [one.get("all_fail") for one in shown],
    }
    notes = (
        *filter(None, [ends_sentence(document)]),
        *left_out_sentences(document["left_out"]),
        f"Log evidence: {number(document['log_evidence'], 9)}",
        f"Error: {error_sentence(document['error'])}.",
    )
    return ShownTable(f"{exact.model.name}, exact posterior", columns, notes, most=40)
