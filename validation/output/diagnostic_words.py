"""The diagnostics of a fit as plain data, as cells of a table, and in words where they are not clean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from pplcompare.models.plain import Number
from pplcompare.validation.checks.diagnostic_limits import beyond_limits
from pplcompare.validation.checks.diagnostics import Diagnostics, Extreme
from pplcompare.validation.checks.levels import KINDS
from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.output.documents import DiagnosticsDocument, ExtremeDocument, FitDocument

_AIM: Final = 0.1
"""The error of a mean, in standard deviations, that more draws are reckoned for."""

DIAGNOSTIC_COLUMNS: Final = (
    *("transitions", "divergences", "at the greatest depth", "least E-BFMI"),
    *("largest R-hat", "least bulk ESS of a chain", "least tail ESS of a chain"),
)
"""The headings of the table of diagnostics."""

_MARGINAL_HELPS: Final = ("divergences", "ebfmi")


def diagnostics_document(found: Diagnostics, detectable: Mapping[str, float]) -> DiagnosticsDocument:
    """Return the diagnostics of a fit as plain data.

    Parameters
    ----------
    detectable
        The errors that the comparisons of this fit find, by kind; empty where nothing was decided.
    """
    beyond = beyond_limits(found)
    return {
        "transitions": found.chains * found.draws,
        "divergences": found.divergences,
        "at_greatest_depth": found.at_greatest_depth,
        "ebfmi": None if found.ebfmi is None else list(found.ebfmi),
        "rhat": None if found.rhat is None else _extreme(found.rhat),
        "chains": [{"bulk": _extreme(sizes.bulk), "tail": _extreme(sizes.tail)} for sizes in found.sizes],
        "beyond": list(beyond.values()),
        "helps": helps(found, detectable, not beyond.keys().isdisjoint(_MARGINAL_HELPS)) if beyond else [],
    }


def helps(found: Diagnostics, detectable: Mapping[str, float], hindered: bool) -> list[str]:
    """Return what the draws of a fit cannot decide, and what would help, a sentence each.

    The error that is found shrinks with the square root of the number of draws.

    Parameters
    ----------
    hindered
        Whether the sampler could not follow the geometry of the posterior.
    """
    sentences = []
    error = detectable.get("mean", math.nan)
    if math.isfinite(error):
        mean = KINDS["mean"].found
        sentences.append(f"This fit would only show {mean.format(error)}.")
        if error > _AIM:
            draws = _two_digits(found.draws * (error / _AIM) ** 2)
            sentences.append(f"{draws:,} draws a chain would show {mean.format(_AIM)}.")
    if hindered and found.with_rates:
        sentences.append("run --marginal samples this model without its rates.")
    return sentences


def diagnostic_sentence(fit: FitDocument) -> str | None:
    """Return what people should know of the diagnostics of a fit; None where they are clean or there are none."""
    found = fit["diagnostics"]
    if found is None or not found["beyond"]:
        return None
    return " ".join([f"{', '.join(found['beyond'])}.", *found["helps"]])


def diagnostic_cells(found: DiagnosticsDocument) -> list[str]:
    """Return the cells of the row of a table with the columns `DIAGNOSTIC_COLUMNS`; a dash for what is not known."""
    counts = (found["transitions"], found["divergences"], found["at_greatest_depth"])
    cells = ["–" if count is None else f"{count:,}" for count in counts]
    cells.append(number(min(found["ebfmi"], key=_word_first), 3) if found["ebfmi"] else "–")
    cells.append(_with_quantity(found["rhat"], 5))
    bulk, tail = ([chain["bulk"] for chain in found["chains"]], [chain["tail"] for chain in found["chains"]])
    least = (min(sizes, key=lambda one: _word_first(one["value"]), default=None) for sizes in (bulk, tail))
    return [*cells, *(_with_quantity(one, 4) for one in least)]


def _with_quantity(one: ExtremeDocument | None, digits: int) -> str:
    return "–" if one is None else f"{number(one['value'], digits)} ({one['quantity']})"


def _word_first(value: Number) -> float:
    """Return what sorts numbers; a word is what is no finite number, and worse than any."""
    return -math.inf if isinstance(value, str) else value


def _extreme(of: Extreme) -> ExtremeDocument:
    return {"value": of.value, "quantity": of.quantity}


def _two_digits(draws: float) -> int:
    """Return a number of draws rounded up to two digits."""
    unit: int = 10 ** max(len(f"{draws:.0f}") - 2, 0)
    return math.ceil(draws / unit) * unit
