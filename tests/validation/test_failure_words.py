"""Draws that are wrong in one way each, and what the report says of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.models.plain import plain
from pplcompare.validation.checks.levels import KINDS
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, fault
from pplcompare.validation.checks.scores import pooled_variance_score, variance_of, variance_score
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.output.documents import FitDocument
from pplcompare.validation.output.failure_words import _SENTENCES, failure_sentences
from pplcompare.validation.output.summary import fit_document
from pplcompare.validation.study.fit_result import FitResult, judged
from pplcompare.validation.study.verdict import Verdict

type Draws = dict[str, NDArray[np.float64]]
CHAINS, LENGTH = 4, 5000


@cache
def answer() -> ExactPosterior:
    return exact_posterior(hierarchical(), load("campaigns"))


@cache
def right() -> Mapping[str, NDArray[np.float64]]:
    drawn = answer().simulate(CHAINS * LENGTH, np.random.default_rng(20))
    return {name: values.reshape((CHAINS, LENGTH, *values.shape[1:])) for name, values in drawn.items()}


def sd() -> float:
    return answer()["rate", "A"].sd


def rate_a(change: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Draws:
    """Return draws whose rate of group A is changed."""
    rate = right()["rate"].copy()
    rate[..., 0] = change(rate[..., 0])
    return {**right(), "rate": rate}


def narrow(values: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = answer()["rate", "A"].mean
    return mean + 0.945 * (values - mean)


def cut(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take other draws in the place of those beyond the exact 99 % quantile."""
    kept = values <= answer()["rate", "A"].quantile(np.array([0.99]))[0]
    return np.where(kept, values, np.roll(values[kept], 17)[: values.size].mean())


def stuck() -> Draws:
    found = {name: values.copy() for name, values in right().items()}
    for values in found.values():
        values[1, 100:400] = values[1, 100]
    return found


def copied() -> Draws:
    found = {name: values.copy() for name, values in right().items()}
    for values in found.values():
        values[1, 1000:] = values[0, :-1000]
    return found


def one_chain() -> Draws:
    """Move one chain: little enough for chains to have enough effective draws all the same."""
    rate = right()["rate"].copy()
    rate[2, :, 0] += 0.12 * sd()
    return {**right(), "rate": rate}


def document_of(draws: Draws) -> FitDocument:
    report = check_draws(answer(), draws).report
    return fit_document(judged(FitResult("hierarchical", "mine", Verdict.INCOMPLETE, posterior=report), report))


@pytest.mark.parametrize(
    ("draws", "sentence"),
    [
        (lambda: rate_a(narrow), r"The draws of rate\[A\] are (5\.\d|4\.\d|6\.\d|5|6) % too narrow\."),
        (lambda: rate_a(lambda x: x + 0.12 * sd()), r"The draws of rate\[A\] lie 0\.1[1-3] posterior sd too high\."),
        (lambda: rate_a(lambda x: x - 0.12 * sd()), r"The draws of rate\[A\] lie 0\.1[1-3] posterior sd too low\."),
        (lambda: rate_a(cut), r"All draws of rate\[A\] lie below the exact 99 % quantile, expected 99 %\."),
        (stuck, r"Chain 2 stays where it is for 2\d\d draws in a row\."),
        (copied, r"Chains are not independent: chain 2 has draws of chain 1 from \d+ on\."),
        (one_chain, r"Chain 3 of 4, by itself: draws of rate\[A\] lie 0\.1\d? posterior sd too high\."),
        (
            lambda: {**right(), "rate": right()["rate"][::-1]},
            r"Rates and hyper-parameters of a draw do not belong together: .*, depend on the logit mean \(slope -0\.",
        ),
        (lambda: rate_a(lambda x: np.where(x == x[0, 5], np.nan, x)), r"1 values of rate are no finite numbers\."),
    ],
)
def test_a_failure_is_a_sentence(draws: Callable[[], Draws], sentence: str) -> None:
    found = failure_sentences(document_of(draws()))
    assert 1 <= len(found) <= 3
    assert any(re.match(sentence, one) for one in found), found


def test_right_draws_have_no_sentence() -> None:
    assert failure_sentences(document_of(dict(right()))) == []


def test_all_groups_off_are_told_first() -> None:
    logit = np.log(right()["rate"]) - np.log1p(-right()["rate"])
    middle = logit.mean(axis=(0, 1))
    wide = 1.0 / (1.0 + np.exp(-middle - 1.1 * (logit - middle)))
    first = failure_sentences(document_of({**right(), "rate": wide}))[0]
    assert re.match(r"The draws of rate in all groups are on average (9\.\d|1\d|10) % too wide\.", first), first


def test_another_model_is_told_as_such() -> None:
    report = CheckReport((fault("log density", "the model with Jacobian", "no value"),))
    row = judged(FitResult("hierarchical", "mine", Verdict.INCOMPLETE, same_model=report), report)
    (sentence,) = failure_sentences(fit_document(row))
    assert sentence.startswith("It is another model: the log density of the model with Jacobian differs")


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        (-203.1150352856058, -163.64797620749715, "is -203.115, expected -163.648."),
        (12.345678901234, 12.345678954321, "is 12.3456789, expected 12.345679."),
        (float("nan"), 1.5, "is nan, expected 1.5."),
    ],
)
def test_numbers_of_another_model_have_the_digits_that_tell_them_apart(
    found: float, expected: float, words: str
) -> None:
    report = CheckReport((fault("gradient by beta", "the model", f"at point 3: {found!r}, expected {expected!r}"),))
    row = judged(FitResult("hierarchical", "mine", Verdict.INCOMPLETE, same_model=report), report)
    assert failure_sentences(fit_document(row)) == [
        f"It is another model: at point 3 the gradient by beta of the model {words}"
    ]


def test_what_is_undecided_has_its_reason() -> None:
    row = FitResult("hierarchical", "mine", Verdict.INCOMPLETE, reason="the process ended")
    assert failure_sentences(fit_document(row)) == ["the process ended"]


@pytest.mark.parametrize("variance", [0.2, 0.893, 0.99, 1.0, 1.12, 3.0])
@pytest.mark.parametrize("ess", [100.0, 20_000.0])
def test_a_variance_is_found_again_from_its_score(variance: float, ess: float) -> None:
    error = float(np.sqrt(2.0 / ess))
    assert variance_of(float(variance_score(variance, ess)), error) == pytest.approx(variance, rel=1e-6)
    # A pooled variance has its error in units of itself.
    spread = 0.7
    score = float(pooled_variance_score(variance, spread * variance, ess))
    assert variance_of(score, spread / np.sqrt(ess)) == pytest.approx(variance, rel=0.02 if abs(score) < 37.0 else 1.0)


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_every_kind_has_a_sentence_whatever_its_numbers(kind: str) -> None:
    for numbers in ((-7.5, 5.0, 0.01), (400.0, 5.0, 0.02), (math.inf, 5.0, math.nan), (math.nan, math.nan, math.nan)):
        result = CheckResult("a check", "rate[A]", *numbers[:2], Outcome.FAILED, "detail", kind, error=numbers[2])
        report = CheckReport((result,))
        row = judged(FitResult("hierarchical", "mine", Verdict.INCOMPLETE, posterior=report), report)
        (sentence,) = failure_sentences(plain(fit_document(row)))
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper()
        assert "nan" not in sentence.replace("a check", "")


def test_sums_over_fits_are_told_as_such() -> None:
    result = CheckResult("k", "all fits", 9.0, 5.0, Outcome.FAILED, "", "pooled mean over fits", error=0.01)
    report = CheckReport((result,))
    row = judged(FitResult("hierarchical", "mine", Verdict.INCOMPLETE, over_fits=report), report)
    assert failure_sentences(fit_document(row)) == ["The draws of all fits lie on average 0.09 posterior sd too high."]


def test_every_kind_with_a_sentence_exists() -> None:
    assert set(_SENTENCES) <= set(KINDS)
