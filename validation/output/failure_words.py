"""Failed comparisons as sentences: which draws, how far off, in which direction."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from pplcompare.models.plain import Number
from pplcompare.validation.checks.levels import over_fits
from pplcompare.validation.checks.scores import spread_off
from pplcompare.validation.output.documents import FitDocument, ResultDocument

_SAID: Final = 3
"""How many sentences a fit gets; all failed comparisons stand in its table."""
_SHARE: Final = re.compile(r"(\d\.\d+) of the draws, expected (\d\.\d+)")
_BELOW: Final = re.compile(r"P\(below exact ([\d.]+) % quantile\)")
_VALUES: Final = re.compile(r"at point (\d+): (\S+), expected (\S+)")
_DIGITS: Final = 6
_MEAN: Final = re.compile(r"mean ([+-])([\d.]+) sd off")
_PLAINEST: Final = (
    {"", "copy", "close rows", "stay"},
    {"pooled mean", "pooled variance", "mean", "variance"},
    {"proportion", "chain mean", "chain variance"},
)
"""Kinds of comparison, in the order in which people understand them; a fact has none."""
_OVER_FITS: Final = over_fits("")
_GIVEN: Final = "Given the hyper-parameters,"
_TOGETHER: Final = "Rates and hyper-parameters of a draw do not belong together:"


def failure_sentences(fit: FitDocument) -> list[str]:
    """Return what is wrong with a fit, one sentence for each kind of failure; the plainest kinds come first.

    Where no comparison failed, it is the reason of its verdict; a fit that has passed has none.
    """
    reports = (fit[name] for name in ("same_model", "posterior", "prediction", "over_fits"))
    first: dict[str, ResultDocument] = {}
    for result in (result for report in reports for result in report["failed"]):
        first.setdefault(result["kind"] or result["check"], result)
    # Within a report the result that is furthest beyond its limit stands first, and so it stays among equals.
    order = sorted(first.values(), key=_rank)
    return [failure_sentence(result) for result in order[:_SAID]] or ([fit["reason"]] if fit["reason"] else [])


def failure_sentence(result: ResultDocument) -> str:
    """Return one failed comparison as a sentence."""
    return _SENTENCES.get(result["kind"].removesuffix(_OVER_FITS), _other)(result)


def _rank(result: ResultDocument) -> int:
    """Return how plainly a kind of failure says what is wrong, facts before all."""
    kind = result["kind"].removesuffix(_OVER_FITS)
    return next((place for place, kinds in enumerate(_PLAINEST) if kind in kinds), len(_PLAINEST))


def _number(value: Number) -> float:
    return value if isinstance(value, float | int) else math.nan


def _how_many(result: ResultDocument) -> str:
    """Return a statistic that counts draws."""
    number = _number(result["statistic"])
    return f"{number:,.0f}" if math.isfinite(number) else "too many"


def _off(result: ResultDocument, who: str) -> str:
    """Say how far a mean is off: the statistic is its distance in standard errors."""
    score, error = _number(result["statistic"]), _number(result["error"])
    how_far = f"{abs(score * error):.2g} posterior sd " if math.isfinite(score * error) else ""
    return f"{who} {how_far}too {'high' if score > 0.0 else 'low'}."


def _wide(result: ResultDocument, who: str) -> str:
    """Say how far a spread is off, in per cent of the standard deviation."""
    score, error = _number(result["statistic"]), _number(result["error"])
    percent = ""
    if math.isfinite(score * error):
        percent = f"{abs(spread_off(score, error)):.2g} % "
    return f"{who} {percent}too {'wide' if score > 0.0 else 'narrow'}."


def _draws(result: ResultDocument) -> str:
    return f"The draws of {result['subject'].replace(', all groups', ' in all groups')}"


def _chain(result: ResultDocument) -> str:
    where = result["detail"].split(";")[0]
    return f"{_capital(where)}, by itself:{_draws(result).removeprefix('The')}"


def _share(result: ResultDocument) -> str:
    found, place = _SHARE.search(result["detail"]), _BELOW.search(result["check"])
    if found is None or place is None:
        return _other(result)
    share, expected = (100.0 * float(number) for number in found.groups())
    much = "No draw" if not share else "All draws" if share == 100.0 else f"{share:.3g} % of the draws"
    lies = "lies" if not share else "lie"
    return f"{much} of {result['subject']} {lies} below the exact {place[1]} % quantile, expected {expected:g} %."


def _product(result: ResultDocument) -> str:
    name = result["check"].removeprefix("product with ")
    return f"{_TOGETHER} {result['subject']}, depend on the {name} ({result['detail']})."


def _stay(result: ResultDocument) -> str:
    who = result["detail"].partition(" stays")[0]
    return f"{_capital(who)} stays where it is for {_how_many(result)} draws in a row."


def _derived(result: ResultDocument) -> str:
    found = _MEAN.search(result["detail"])
    if found is None:
        return _other(result)
    way = "high" if found[1] == "+" else "low"
    return f"The mean of {result['subject']}, a quantity of several variables, is {float(found[2]):.2g} sd too {way}."


def _another_model(result: ResultDocument) -> str:
    what, found = f"the {result['check']} of {result['subject']}", _VALUES.fullmatch(result["detail"])
    if found is None:
        return f"It is another model: {what} differs, {result['detail']}."
    value, expected = _told_apart(float(found[2]), float(found[3]))
    return f"It is another model: at point {found[1]} {what} is {value}, expected {expected}."


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return both with six digits, or with as many as tell them apart."""
    pairs = ((f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in range(_DIGITS, 18))
    return next((pair for pair in pairs if pair[0] != pair[1]), (repr(one), repr(other)))


def _other(result: ResultDocument) -> str:
    """Say what was compared, and what was found."""
    if result["check"].startswith(("log density", "gradient")):
        return _another_model(result)
    found = result["detail"] or result["text"]
    if result["check"] == "finite":
        return f"{found.removesuffix(' are not')} of {result['subject']} are no finite numbers."
    return f"{_capital(result['subject'])}, {result['check']}: {found}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_SENTENCES: Final[Mapping[str, Callable[[ResultDocument], str]]] = {
    "copy": lambda result: f"Chains are not independent: {result['detail']}.",
    "close rows": lambda result: f"Draws recur: {_how_many(result)}, {result['detail']}.",
    "stay": _stay,
    "pooled mean": lambda result: _off(result, f"{_draws(result)} lie on average"),
    "pooled variance": lambda result: _wide(result, f"{_draws(result)} are on average"),
    "mean": lambda result: _off(result, f"{_draws(result)} lie"),
    "variance": lambda result: _wide(result, f"{_draws(result)} are"),
    "proportion": _share,
    "chain mean": lambda result: _off(result, f"{_chain(result)} lie"),
    "chain variance": lambda result: _wide(result, f"{_chain(result)} are"),
    "pooled chain mean": lambda result: _off(result, f"{_chain(result)} lie"),
    "pooled chain variance": lambda result: _wide(result, f"{_chain(result)} are"),
    "conditional mean": lambda result: _off(result, f"{_GIVEN} the draws of all groups together lie"),
    "conditional variance": lambda result: _wide(result, f"{_GIVEN} the sum of the draws of all groups is"),
    "conditional squares mean": lambda result: _off(result, f"{_GIVEN} the squares of all groups' scores lie"),
    "conditional squares variance": lambda result: _wide(result, f"{_GIVEN} the sum of those squares is"),
    "derived": _derived,
    "sum x logit mean": _product,
    "sum x log concentration": _product,
    "squares x log concentration": _product,
    "sum x hyper-parameter": _product,
    "group x logit mean": _product,
}
"""Kind of comparison -> what is said of it."""
