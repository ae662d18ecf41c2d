"""An exact answer in words: its numbers, the evidence of its error, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pplcompare.validation.exact.exact_document import ErrorDocument, ExactDocument, QuantityDocument
from pplcompare.validation.exact.quadrature.central import central_levels
from pplcompare.validation.exact.quadrature.shown_law import QUANTILES as QUANTILES
from pplcompare.validation.exact.quadrature.shown_law import percent as percent

INTERVAL: Final = 0.94
"""The probability of the central intervals that are shown, unless somebody asks for another."""
_SHOWN: Final = 8


def quantile_levels(interval: float = INTERVAL) -> tuple[float, float, float]:
    """Return the probabilities of the ends of a central interval, and of its middle between them.

    Raises
    ------
    UsageError
        If the interval does not have a probability between 0 and 1.
    """
    low, high = central_levels(interval, "interval")
    return low, 0.5, high


def between(quantiles: Mapping[str, object]) -> str:
    """Return how the interval of three quantiles is called, such as 94 %, by the names of its ends."""
    low, *_, high = (float(name.removesuffix(" %")) for name in quantiles)
    return f"{high - low:.12g} %"


def seen_quantities(document: ExactDocument) -> dict[str, QuantityDocument]:
    """Return the quantities that people see: of many groups only those at the ends, in the order of their means."""
    found = document["quantities"]
    if "ends" not in document:
        return dict(found)
    # No other quantity than the rate of a group has a bracket in its name.
    names = ["" if "[" in name else name for name in found]
    first = names.index("")
    ends = [*document["ends"]["highest"], *document["ends"]["lowest"]]
    return {name: found[name] for name in (*names[:first], *ends, *filter(None, names[first:]))}


def ends_sentence(document: ExactDocument) -> str:
    """Return which rates of many `seen_quantities` has, and where the others are; empty where it has all."""
    if "ends" not in document:
        return ""
    ends = document["ends"]
    rate, high, low = ends["highest"][0].partition("[")[0], len(ends["highest"]), len(ends["lowest"])
    return (
        f"Rates by their means, the {high} highest and the {low} lowest; --json has the {ends['between']:,} between "
        f'them, and in Python answer["{rate}", GROUP].'
    )


def error_sentence(error: ErrorDocument, *, verbose: bool = True) -> str:
    """Return how well an exact answer is known, for people.

    Parameters
    ----------
    verbose
        Whether it says of each comparison what it found; otherwise it says what the largest one did.
    """
    if error["closed_form"]:
        return "closed form"
    if not verbose:
        largest = max((size for size in error["differences"].values() if isinstance(size, float)), default=0.0)
        return f"at most {largest:.0e} in any comparison of the quadrature (--verbose shows them)"
    nodes = " x ".join(f"{count} {name}" for name, count in error["nodes"].items())
    found = ", ".join(f"{name} {size:.1g}" for name, size in error["differences"].items())
    return f"{nodes} nodes; largest differences: {found}; required: {error['tolerance']:g}"


def left_out_sentences(left_out: Mapping[str, str]) -> list[str]:
    """Return what could not be certified and why, a sentence for each reason, for people."""
    reasons: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        reasons.setdefault(reason, []).append(name)
    found = [f"Left out: {', '.join(names)}, because {reason}." for reason, names in reasons.items()]
    if (more := len(found) - _SHOWN) > 0:
        found[_SHOWN:] = [f"{more} more reasons are in the JSON document, under left_out."]
    return found


def number(value: object, digits: int = 4) -> str:
    """Return a number with so many significant digits, a word as it is, and a dash for nothing.

    What is a tie to twelve digits is one: on which side of it a number lies in its last digit is up to the processor.
    """
    if value is None:
        return "–"
    return f"{float(f'{value:.12g}'):.{digits}g}" if isinstance(value, float) else str(value)
