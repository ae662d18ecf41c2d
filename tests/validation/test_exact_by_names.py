"""The exact posterior of data and models by their names, and its distributions by theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pplcompare.models.beta_binomial import DEFAULT_FAMILY, hierarchical, independent
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Gamma
from pplcompare.models.errors import DataError, SpecificationError, UsageError
from pplcompare.validation.draws.checked_draws import check
from pplcompare.validation.exact.by_names import exact
from pplcompare.validation.exact.exact import ExactPosterior, exact_posterior
from pplcompare.validation.pytest_targets import ExactTargets
from pplcompare.validation.target.target import target


@pytest.fixture(scope="module")
def answer() -> ExactPosterior:
    return exact({"A": (200, 19), "B": (10, 3), "1": (20, 1)})


def test_an_answer_by_names_is_that_of_the_objects() -> None:
    expected = exact_posterior(hierarchical(Gamma(3, 1)), load("campaigns"))
    found = exact("campaigns", "hierarchical", priors=["alpha=Gamma(3, 1)"])
    assert found.log_evidence == expected.log_evidence
    assert found.model == expected.model
    assert exact("campaigns", hierarchical(Gamma(3, 1))).log_evidence == expected.log_evidence
    assert exact("campaigns").model.name == DEFAULT_FAMILY == hierarchical().name
    assert exact("campaigns", "independent").scalars == ()


TABLE = {"site": ["A", "A", "B"], "week": [1, 2, 1], "visits": [150, 50, 10], "sold": [11, 8, 3]}
ROLES = {"n": "visits", "k": "sold"}


@pytest.mark.parametrize("ask", [exact, target])
def test_columns_are_named_as_for_load(ask: Any) -> None:
    found = ask(pd.DataFrame(TABLE), "independent", columns=ROLES, by="site").counts
    assert found.groups == ("A", "B")
    assert (found.trials.tolist(), found.successes.tolist()) == ([200, 10], [19, 3])
    with pytest.raises(DataError, match=r"it has 'site', 'week', 'visits', 'sold'; .*columns=\{.*\} says which"):
        ask(pd.DataFrame(TABLE))


def test_draws_are_checked_against_an_answer_not_against_data() -> None:
    answer: Any = pd.DataFrame(TABLE)
    with pytest.raises(UsageError, match=r"no exact answer, got 'DataFrame'; .* columns= and by= as load does"):
        check(answer, {"rate": np.zeros((4, 10, 2))})


def test_a_text_is_the_name_of_a_group_and_a_whole_number_its_position(answer: ExactPosterior) -> None:
    assert answer["rate", "B"] is answer["rate", 1] is answer["rate", np.int64(1)] is answer.marginal("rate", 1)
    assert answer["rate", "1"] is answer.marginal("rate", 2)
    assert answer["alpha"] is answer.marginal("alpha")
    assert answer["rate", "A"].mean < answer["rate", "B"].mean


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("alfa", "exact: no such variable, got 'alfa'; did you mean alpha"),
        ("rate", r"rate cannot be asked for so, got 'rate'; give a group, its name or its position: \['rate', 'A'\]"),
        (("rate",), r"rate cannot be asked for so, got \('rate',\); give a group"),
        (("alpha", "A"), r"alpha cannot be asked for so, got \('alpha', 'A'\); it has no groups"),
        (("rate", "b"), "rate: no such group, got 'b'; known: A, B, 1"),
        (("rate", 3), "rate: no such group, got 3; positions are 0 to 2; a text is a name"),
        (("rate", -1), "rate: no such group, got -1; positions are 0 to 2"),
        (("rate", True), "rate: no such group, got True; positions are 0 to 2"),
        (("rate", 1.0), "rate: no such group, got 1.0; positions are 0 to 2"),
        (("rate", "A", "B"), "rate cannot be asked for so"),
        ((), "no such variable"),
        (3, "no such variable, got 3"),
    ],
)
def test_what_is_not_there_is_an_error_that_names_what_is(answer: ExactPosterior, key: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        answer[key]


def test_an_answer_is_no_sequence(answer: ExactPosterior) -> None:
    """What has keys is iterated by them, or not at all: not by numbers until one is refused."""
    any_answer: Any = answer
    with pytest.raises(TypeError, match="not iterable"):
        iter(any_answer)


def test_a_name_that_is_close_is_proposed() -> None:
    with pytest.raises(UsageError, match="got 'north'; did you mean North"):
        exact({"North": (10, 3), "South": (9, 1)}, independent())["rate", "north"]


PRIORS: dict[str, Any] = {
    "a text": "alpha=Gamma(4, 2)",
    "texts": ["alpha=Gamma(4, 2)"],
    "texts, in a tuple": ("alpha=Gamma(4, 2)",),
    "a distribution by variable": {"alpha": Gamma(4, 2)},
    "a text by variable": {"alpha": "Gamma(4, 2)"},
}


@pytest.mark.parametrize("priors", PRIORS.values(), ids=PRIORS)
@pytest.mark.parametrize("ask", [exact, target, ExactTargets(1e-6, nightly=False, refuse=lambda: None)])
def test_priors_are_given_as_texts_or_by_variable(ask: Any, priors: Any) -> None:
    assert ask("campaigns", "hierarchical", priors=priors).model == hierarchical(Gamma(4, 2))


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"alpha": 4}, r"priors: a prior cannot be read, got 4; write for example {\"alpha\": \"Gamma\(16, 9\)\"}"),
        ({"alpha": Gamma("beta", 2)}, r"priors: arguments must be numbers, got 'Gamma\(beta, 2\)'"),
        ({"alfa": Gamma(4, 2)}, "priors: no such variable in the models chosen, got 'alfa'; did you mean alpha"),
        ([Gamma(4, 2)], r"priors: a prior cannot be read, got Gamma\(.*; write for example \"alpha=Gamma\(16, 9\)\""),
        (Gamma(4, 2), r"priors: a prior cannot be read, got Gamma\(.*; write for example \"alpha=Gamma\(16, 9\)\""),
        (5, r"priors: a prior cannot be read, got 5; write for example \"alpha=Gamma\(16, 9\)\""),
        ("alpha=Gamma(4, 2)".ljust(201), "priors: a prior cannot be read"),
        (["alpha=Gamma(4, 2)", "alpha=Gamma(3, 2)"], "priors: two priors for one variable"),
    ],
)
def test_a_prior_that_cannot_be_used_says_what_to_write(priors: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        exact("campaigns", "hierarchical", priors=priors)


def test_a_new_group_is_proposed_where_one_may_stand(answer: ExactPosterior) -> None:
    with pytest.raises(UsageError, match="got 'new group'; known: A, B, 1; None, without quotes, is a new group"):
        answer.predict("new group", 2000)
    with pytest.raises(UsageError, match="got 3; positions are 0 to 2; a text is a name; None, without quotes, is"):
        answer.greater("A", 3)
    with pytest.raises(UsageError, match=r"known: A, B, 1$"):
        answer["rate", "new group"]


def test_places_are_called_as_in_python() -> None:
    with pytest.raises(SpecificationError, match=r"^priors: a prior cannot be read"):
        exact("campaigns", priors=["alpha"])
    with pytest.raises(SpecificationError, match=r"got 'rate'; independent has it: add model='independent'$"):
        exact("campaigns", priors=["rate=Beta(1, 1)"])
    with pytest.raises(SpecificationError, match=r"^model: unknown model, got 'poisson'"):
        exact("campaigns", "poisson")
    with pytest.raises(DataError, match=r"^DATA: no such data set"):
        exact("campaign")


def test_the_short_check_is_the_long_one(answer: ExactPosterior) -> None:
    flat = answer.simulate(4000, np.random.default_rng(2))
    draws = {name: values.reshape(4, 1000, *values.shape[1:]) for name, values in flat.items()}
    checked = check(answer, draws, level=1e-5)
    assert checked.passed
    assert checked.level == 1e-5
    assert not check(answer, {**draws, "alpha": draws["alpha"] + 0.2})
