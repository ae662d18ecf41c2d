"""What people ask of an exact answer: by names, as a document, and in a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pplcompare.models.errors import UsageError
from pplcompare.validation.cli import main
from pplcompare.validation.exact.by_names import exact
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.answer_words import answer_lines
from pplcompare.validation.output.file_names import data_stem

NAMES = {"A": (200, 19), "B": (10, 3), "a > b": (20, 1), "A > B": (5, 0), "b": (3, 3), "a": (4, 1)}


@pytest.fixture(scope="module")
def answer() -> ExactPosterior:
    return exact(NAMES, "independent")


def test_questions_are_asked_by_names_or_positions(answer: ExactPosterior) -> None:
    assert answer.greater("B", "A") == answer.greater(1, 0) == answer.probability_greater(1, 0)
    assert answer.p("B > A") == answer.greater("B", "A")
    assert answer.greater("B", None) == answer.probability_greater(1, None)
    difference = answer.difference("B", "A")
    assert difference.mean == pytest.approx(answer["rate", "B"].mean - answer["rate", "A"].mean, abs=1e-12)
    assert float(difference.sf(np.array(0.0))) == pytest.approx(answer.p("B > A"), abs=1e-8)
    assert float(answer.ratio("B", "A").sf(np.array(1.0))) == pytest.approx(answer.p("B > A"), abs=1e-8)
    low, high = difference.interval()
    assert (low, high) == pytest.approx(difference.quantile(np.array([0.03, 0.97])).tolist(), abs=1e-12)
    assert answer.loss("B", "A") - answer.loss("A", "B") == pytest.approx(-difference.mean, abs=2e-8)
    assert answer.predict("B").n == 10
    assert answer.predict("B", trials=100) is answer.predictive(1, 100)
    assert answer.predict(None, trials=100) is answer.predictive(None, 100)


def test_a_group_may_be_called_like_a_statement(answer: ExactPosterior) -> None:
    assert answer.p("a > b > A") == answer.greater("a > b", "A")
    assert answer.greater("A > B", "A") == answer.probability_greater(3, 0)
    with pytest.raises(UsageError, match="cannot be read in one way only, got 'a > b > A > B'; use greater"):
        exact({**NAMES, "b > A > B": (1, 0)}, "independent").p("a > b > A > B")


@pytest.mark.parametrize("statement", ["B", "B > C", "B>A", "B < A", " > ", "", "B > A > A"])
def test_other_statements_are_refused(answer: ExactPosterior, statement: str) -> None:
    with pytest.raises(UsageError, match="must name two groups with ' > ' between them"):
        answer.p(statement)


@pytest.mark.parametrize("ask", ["greater", "difference", "ratio", "loss"])
def test_a_group_is_not_compared_with_itself_or_with_none_that_is_known(answer: ExactPosterior, ask: str) -> None:
    question: Any = getattr(answer, ask)
    with pytest.raises(UsageError, match="two different groups are needed"):
        question("A", 0)
    with pytest.raises(UsageError, match="no such group, got 'new'"):
        question("A", "new")


def test_a_new_group_needs_its_trials(answer: ExactPosterior) -> None:
    with pytest.raises(UsageError, match="a new group needs its number of trials"):
        answer.predict(None)


def test_the_sentence_of_two_groups_is_that_of_the_document() -> None:
    documents = {name: exact_summary(exact("campaigns", name)) for name in ("independent", "hierarchical")}
    lines = answer_lines(documents)
    text = " ".join(lines)
    assert text.startswith("B is better than A with probability 0.967 (independent model: 0.978); by 18 points, ")
    assert "94 % between -0.26 and 41." in text
    assert "if the hierarchical model and its priors hold." in text
    assert "Next campaign of B, 10 trials: 2.796 successes on average, 94 % between 0 and 6." in text
    assert np.searchsorted(exact("campaigns").predict("B").cdf(np.arange(11)), [0.03, 0.97]).tolist() == [0, 6]
    assert max(map(len, lines)) <= 80
    two = documents["hierarchical"]["answer"]["two"]
    assert two["probability"] == pytest.approx(0.9674329580743289, abs=1e-9)
    assert two["error"] <= 1e-8


def test_models_that_differ_much_are_told() -> None:
    counts = {"A": (1000, 300), "B": (1000, 300), "C": (1000, 301), "D": (4, 4)}
    documents = {name: exact_summary(exact(counts, name)) for name in ("independent", "hierarchical")}
    lines = answer_lines({name: documents[name] for name in documents}, 60)
    assert "D has the highest rate of 4 groups with probability" in lines[0]
    assert max(map(len, lines)) <= 60
    assert sum(documents["independent"]["answer"]["ranking"]["best"]) == pytest.approx(1.0, abs=1e-8)


def test_one_group_has_no_comparison() -> None:
    document = exact_summary(exact({"A": (20, 1)}), 7)
    assert not answer_lines({"hierarchical": document})
    assert document["answer"]["next"]["A"]["trials"] == document["answer"]["new"]["trials"] == 7


def test_groups_can_be_written_on_the_command_line() -> None:
    found = CliRunner().invoke(main, ["exact", "A=19/200", "B=3/10", "--json", "--next", "50"])
    assert found.exit_code == 0
    answers = json.loads(found.stdout)
    named = CliRunner().invoke(main, ["exact", "campaigns", "--json", "--next", "50"])
    assert answers == json.loads(named.stdout)
    assert answers["hierarchical"]["answer"]["next"]["B"]["trials"] == 50
    for words, message in (
        (["A=1/2", "rats"], "groups and data sets cannot be mixed, got 'rats'"),
        (["rats", "campaigns"], "one data set is needed, got 'campaigns'"),
        (["A=3/2"], "more successes than trials"),
    ):
        refused = CliRunner().invoke(main, ["exact", *words])
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_results_of_groups_have_a_plain_folder() -> None:
    assert data_stem("A=19/200 B=3/10").startswith("A-19-200-B-3-10-")
    assert data_stem("A=19/200 B=3/10") != data_stem("A=19/200 B=3/11")
