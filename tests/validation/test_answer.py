"""What people ask of an exact answer: by names, as a document, and in a sentence."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.errors import AccuracyError, UsageError
from pplcompare.models.model_choice import choose_model, chosen_model
from pplcompare.validation.cli import main
from pplcompare.validation.commands.compared_groups import compared_groups
from pplcompare.validation.commands.typed_numbers import interval_typed, whole_number_typed
from pplcompare.validation.exact.by_names import exact
from pplcompare.validation.exact.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.exact.more_probable import log_most, more_probable
from pplcompare.validation.exact.wanted import Wanted
from pplcompare.validation.output.answer_words import answer_lines, answer_sentences
from pplcompare.validation.output.file_names import data_stem
from pplcompare.validation.output.page_tables import campaign_tables, exact_card, ranking_tables
from pplcompare.validation.output.points import points_between
from pplcompare.validation.output.ranking_words import ranking_lines
from pplcompare.validation.questions.coins import binomial_mixture
from pplcompare.validation.questions.counts_to_come import counts_to_come
from pplcompare.validation.questions.known_rate import counts_at_rate
from scipy import stats

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
    for group, place in (("B", 1), (None, None)):
        named = answer.predict(group, trials=100)
        assert named is answer.predict(group, trials=100)
        assert np.array_equal(named.pmf(np.arange(101)), answer.predictive(place, 100).pmf(np.arange(101)))


def test_a_name_is_taken_wherever_a_group_is(answer: ExactPosterior) -> None:
    assert answer.predictive("B", 500) is answer.predictive(1, 500)
    assert answer.marginal("rate", "B") is answer.marginal("rate", 1)
    assert answer.failure("B", 5) == answer.failure(1, 5)
    assert answer.probability_greater("B", "A") == answer.probability_greater(1, 0)
    assert answer.pair("B", "A") is answer.pair(1, 0)
    for question in (answer.predictive, lambda group: answer.marginal("rate", group), lambda g: answer.failure(g, 5)):
        with pytest.raises(UsageError, match="no such group, got 'X'"):
            question("X")
        with pytest.raises(UsageError, match=r"no such group, got 99; positions are 0 to 5; a text is a name"):
            question(99)
    with pytest.raises(UsageError, match="two different groups are needed"):
        answer.pair("A", 0)


def test_what_is_printed_says_what_it_is_in_a_line(answer: ExactPosterior) -> None:
    rate, come, difference = answer["rate", "B"], answer.predict("B", 500), answer.difference("B", "A")
    assert repr(rate) == "<distribution: mean 0.294118, sd 0.107397, 94 % between 0.115443 and 0.513906>"
    assert repr(come).startswith("<successes in 500 trials to come: mean 147.059, sd ")
    assert repr(difference).startswith("<difference of two rates: mean 0.192668, sd ")
    assert repr(answer.ratio("B", "A")).startswith("<ratio of two rates: mean ")
    assert repr(counts_to_come(answer, "B", 2000)).startswith("<successes in 2,000 trials to come of B: mean 588.235,")
    for each in (rate, come, difference, counts_to_come(answer, "B", 2000), binomial_mixture(2000, [0.3, 0.7])):
        assert len(repr(each)) < 120
        assert "object at" not in repr(each)
        assert "\n" not in repr(each)


@pytest.mark.parametrize("probability", [0.5, 0.94, 0.95])
def test_all_distributions_have_an_interval(answer: ExactPosterior, probability: float) -> None:
    ends = np.array([0.5 - probability / 2, 0.5 + probability / 2])
    rate, come = answer["rate", "B"], answer.predict("B", 500)
    assert rate.interval(probability) == pytest.approx(rate.quantile(ends).tolist(), abs=1e-9)
    low, high = come.interval(probability)
    assert come.cdf(np.array([low - 1, low, high - 1, high])) @ np.array([1, 0, 0, 0]) < ends[0]
    assert come.cdf(np.array([low]))[0] >= ends[0]
    assert come.cdf(np.array([high - 1]))[0] < ends[1] <= come.cdf(np.array([high]))[0]
    for each in (rate, come, answer.difference("B", "A")):
        with pytest.raises(UsageError, match=r"probability: must lie between 0 and 1, got 95; write for example 0\.95"):
            each.interval(95)


def test_a_group_may_be_called_like_a_statement(answer: ExactPosterior) -> None:
    assert answer.p("a > b > A") == answer.greater("a > b", "A")
    assert answer.greater("A > B", "A") == answer.probability_greater(3, 0)
    with pytest.raises(UsageError, match="cannot be read in one way only, got 'a > b > A > B'; use greater"):
        exact({**NAMES, "b > A > B": (1, 0)}, "independent").p("a > b > A > B")


@pytest.mark.parametrize(("statement", "unknown"), [("B > C", "C"), ("Bb > A", "Bb"), ("x > y", "x")])
def test_a_group_that_is_not_known_is_named(answer: ExactPosterior, statement: str, unknown: str) -> None:
    with pytest.raises(UsageError, match=f"no such group, got {unknown!r}; (did you mean|known: )"):
        answer.p(statement)


@pytest.mark.parametrize("statement", ["B", "B<A", "B < A", " > ", "", "B > A > A"])
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


def test_the_sentences_of_two_groups_are_those_of_the_document() -> None:
    documents = {name: exact_summary(exact("campaigns", name)) for name in ("independent", "hierarchical")}
    lines = answer_lines(documents)
    assert lines[:2] == [
        "B is better than A with probability 0.967 (independent model: 0.978).",
        "The difference is 18.0 points on average, 94 % between -0.3 and 40.6 points.",
    ]
    assert "Next 10 trials of B: mean 2.8 successes, 94 % between 0 and 6." in lines
    assert np.searchsorted(exact("campaigns").predict("B").cdf(np.arange(11)), [0.03, 0.97]).tolist() == [0, 6]
    assert max(map(len, lines)) <= 80
    two = documents["hierarchical"]["answer"]["two"]
    assert two["probability"] == pytest.approx(0.9674329580743289, abs=1e-9)
    assert two["error"] <= 1e-8
    low, high = two["difference"]["quantiles"]["3 %"], two["difference"]["quantiles"]["97 %"]
    assert f"94 % between {100 * low:.1f} and {100 * high:.1f} points." in lines[1]


def test_how_far_it_can_be_trusted_stands_below_all_that_it_covers() -> None:
    text = " ".join(answer_lines({"hierarchical": exact_summary(exact("campaigns"))}, verbose=True))
    before = exact("campaigns").before_the_data().new_group()
    low, high = (100 * x for x in before.quantile(np.array([0.03, 0.97])))
    assert text.index("trials of a new group") < text.index("Exact to ")
    expected = f"which expect a rate of {100 * before.mean:.3g} %, 94 % between {low:.2g} % and {high:.3g} %."
    assert text.endswith(f"if the hierarchical model and its priors hold, {expected}")


def test_what_is_not_certified_stands_in_no_sentence() -> None:
    document = exact_summary(exact("campaigns", "hierarchical_proportion"))
    assert document["quantities"]["rate before the data"]["quantiles"]["3 %"] == "not certified"
    text = " ".join(answer_lines({"hierarchical_proportion": document}))
    assert text.endswith("hold, which expect a rate of 50 %.")


def test_what_the_wrong_choice_costs_is_told(answer: ExactPosterior) -> None:
    a, b = stats.beta(21, 186), stats.beta(5, 12)
    draws = b.rvs(400_000, random_state=1) - a.rvs(400_000, random_state=2)
    worse = -draws[draws < 0]
    assert answer.loss_if_worse("B", "A") == pytest.approx(worse.mean(), abs=6 * worse.std() / np.sqrt(worse.size))
    assert answer.loss_if_worse("B", "A") * answer.greater("A", "B") == pytest.approx(answer.loss("B", "A"), abs=1e-9)
    document = exact_summary(exact("campaigns"))
    two, of = document["answer"]["two"], exact("campaigns")
    assert two["loss"] == {"B": of.loss("B", "A"), "A": of.loss("A", "B")}
    assert two["loss_if_worse"] == pytest.approx({"B": of.loss_if_worse("B", "A"), "A": of.loss_if_worse("A", "B")})
    text = " ".join(answer_lines({"hierarchical": document}))
    points = f"{100 * two['loss']['B']:#.2g} points on average, {100 * of.loss_if_worse('B', 'A'):#.2g} points if it is"
    assert f"Choosing B costs {points} the worse one; choosing A costs 18.0 points." in text


def test_a_loss_that_is_not_certified_is_left_out_and_never_a_number() -> None:
    counts = {"A": (2000, 100), "B": (2000, 400)}
    with pytest.raises(AccuracyError, match=r"with probability .*e-17, is not certified to three digits"):
        exact(counts).loss_if_worse("B", "A")
    document = exact_summary(exact(counts))
    assert document["answer"]["two"]["loss_if_worse"]["B"] == "not certified"
    assert "loss of choosing B if it is the worse one" in document["left_out"]
    text = " ".join(answer_lines({"hierarchical": document}))
    assert "Choosing B costs less than 0.001 points on average; choosing A costs 14.9 points." in text


def test_a_model_under_which_the_data_are_much_more_probable_is_told() -> None:
    rates = Counts([f"g{i}" for i in range(20)], [1000] * 20, [150 + i for i in range(20)])
    answers = [exact_posterior(choose_model(name), rates) for name in ("independent", "hierarchical")]
    found = more_probable(answers)
    assert found is not None
    assert found["model"] == "hierarchical_proportion"
    better = exact_posterior(choose_model("hierarchical_proportion"), rates)
    assert found["log_evidence"] == better.log_evidence
    assert more_probable([*answers, better]) is None
    document = exact_summary(answers[-1])
    assert "as probable" not in " ".join(answer_lines({"hierarchical": document}))
    document["answer"]["more_probable"] = found
    text = " ".join(answer_lines({"hierarchical": document}))
    assert text.endswith(
        "Under the hierarchical_proportion model these data are more than a million times as "
        "probable: see --model hierarchical_proportion."
    )


@pytest.mark.parametrize("counts", [{"A": (200, 19), "B": (10, 3)}, {"A": (20, 1)}])
def test_no_other_model_is_told_where_the_data_do_not_say_so(counts: dict[str, tuple[int, int]]) -> None:
    for name in ("independent", "hierarchical", "hierarchical_proportion"):
        assert more_probable([exact(counts, name)]) is None


@pytest.mark.parametrize("counts", [{"A": (200, 19), "B": (10, 3)}, {"A": (20, 0), "B": (5, 5), "C": (0, 0)}])
def test_no_model_makes_the_data_more_probable_than_their_own_rates(counts: dict[str, tuple[int, int]]) -> None:
    most = sum(stats.binom.logpmf(k, n, k / n if n else 0.0) for n, k in counts.values())
    assert log_most(load(counts)) == pytest.approx(most, abs=1e-12)
    sure = [exact(counts, "independent", [f"rate=Beta({a}, {b})"]).log_evidence for a, b in ((1, 1), (19, 181), (9, 1))]
    assert max(filter(None, sure)) < most


def test_an_improper_prior_has_no_evidence_to_compare() -> None:
    priors = ["mean=Uniform(0, 1)", "concentration=PowerLaw(1.5)"]
    assert more_probable([exact("rats", "hierarchical_proportion", priors)]) is None


def test_models_that_differ_much_are_told() -> None:
    counts = {"A": (1000, 300), "B": (1000, 300), "C": (1000, 301), "D": (4, 4)}
    documents = {name: exact_summary(exact(counts, name)) for name in ("independent", "hierarchical")}
    lines = answer_lines({name: documents[name] for name in documents}, 60)
    assert "D has the highest rate of 4 groups with probability" in lines[0]
    assert max(map(len, lines)) <= 60
    assert sum(documents["independent"]["answer"]["ranking"]["best"]) == pytest.approx(1.0, abs=1e-8)


def test_the_ranking_on_the_screen_has_the_order_of_the_document() -> None:
    """A small group may have the highest probability of being the best without the highest mean."""
    counts = {**{f"g{i}": (2000, 400 - i) for i in range(12)}, "small": (8, 1)}
    document = exact_summary(exact(counts, "independent"), Wanted(500))
    ranking = document["answer"]["ranking"]
    assert ranking["mean"] == sorted(ranking["mean"], reverse=True)
    assert ranking["group"] != sorted(ranking["group"], key=lambda name: -ranking["best"][ranking["group"].index(name)])
    answer = exact(counts, "independent")
    rows = [line.split() for line in ranking_lines(ranking, 80)]
    shown = [row for row in rows if row[0] in counts and len(row) == 6]
    places = [ranking["group"].index(row[0]) for row in shown]
    assert places == sorted(places)
    best = max(counts, key=lambda name: ranking["best"][ranking["group"].index(name)])
    assert best in [row[0] for row in shown]
    assert len(shown) in (10, 11)
    following = dict(itertools.pairwise(ranking["group"]))
    for row in shown:
        if row[0] in following:
            assert float(row[-2]) == pytest.approx(answer.p(f"{row[0]} > {following[row[0]]}"), abs=6e-4)
        else:
            assert row[-2] == "–"
        loss = ranking["loss"][ranking["group"].index(row[0])]
        assert float(row[-1]) == pytest.approx(100.0 * loss, rel=0.05)


def test_what_the_choice_of_the_leader_costs_is_told() -> None:
    counts = {"A": (200, 19), "B": (10, 3), "C": (4, 0)}
    document = exact_summary(exact(counts))
    rows = {row.group: row for row in exact(counts).ranking()}
    text = " ".join(answer_lines({"hierarchical": document}))
    assert (
        f"Choosing B costs {100 * rows['B'].loss:#.2g} points on average, because another group may be better." in text
    )


@pytest.mark.parametrize("trials", [2.5, "100", True])
def test_trials_to_come_are_whole(answer: ExactPosterior, trials: Any) -> None:
    with pytest.raises(UsageError, match="trials: a whole number is needed"):
        answer.predict("B", trials)


def test_the_ranking_on_a_page_has_the_order_of_the_document() -> None:
    counts = {**{f"g{i}": (2000, 400 - i) for i in range(12)}, "small": (8, 1)}
    answer = exact_summary(exact(counts, "independent"))["answer"]
    (table,) = ranking_tables({"independent": answer})
    assert [row[0] for row in table.rows] == answer["ranking"]["group"]
    assert table.headings[-1] == "loss, points"
    assert [float(row[-1]) for row in table.rows] == pytest.approx(
        [100.0 * loss for loss in answer["ranking"]["loss"]], rel=0.05
    )


def test_a_page_shows_the_interval_of_its_document() -> None:
    document = exact_summary(exact("campaigns"), Wanted(interval=0.9))
    tables = [exact_card("hierarchical", document).table, *campaign_tables({"hierarchical": document["answer"]})]
    for table in tables:
        at = [table.headings.index(name) for name in ("5 %", "50 %", "95 %")]
        assert all(
            row[i] not in ("", "–") for row in table.rows if not row[0].startswith(("mean", "conc", "log")) for i in at
        )
    assert answer_sentences({"hierarchical": document})[-1].startswith("Exact to ")


def test_up_to_ten_groups_all_have_a_next_campaign() -> None:
    for groups in (3, 10):
        counts = {f"g{i}": (100, 5 + i) for i in range(groups)}
        lines = answer_lines({"hierarchical": exact_summary(exact(counts), Wanted(500))})
        assert {line.split(":")[0].split()[-1] for line in lines if line.startswith("Next ")} == {*counts, "group"}


def test_of_many_groups_the_leaders_have_a_next_campaign() -> None:
    counts = {f"g{i}": (100, i % 7) for i in range(120)} | {"last": (100, 40)}
    document = exact_summary(exact(counts), Wanted(500))
    lines = answer_lines({"hierarchical": document})
    answer = exact(counts)
    to_come = [line for line in lines if line.startswith("Next 500 trials of ")]
    groups = [*[row.group for row in answer.ranking()[:3]], "a new group"]
    assert groups[0] == "last"
    assert [line.partition(":")[0].removeprefix("Next 500 trials of ") for line in to_come] == groups
    low, high = answer.predict("last", 500).quantile(np.array([0.03, 0.97]))
    assert f"mean {answer.predict('last', 500).mean:.1f} successes, 94 % between {low} and {high}." in to_come[0]


def test_one_group_has_its_rate_and_its_next_campaign() -> None:
    document = exact_summary(exact({"A": (20, 1)}), Wanted(7))
    lines = answer_lines({"hierarchical": document})
    rate = exact({"A": (20, 1)})["rate", "A"]
    low, high = (100 * x for x in rate.quantile(np.array([0.03, 0.97])))
    assert (
        lines[0] == f"The rate of A is {100 * rate.mean:.2g} % on average, 94 % between {low:.2g} % and {high:.3g} %."
    )
    assert lines[1].startswith("Next 7 trials of A: mean 0.7 successes, 94 % between 0 and ")
    assert document["answer"]["next"]["A"]["trials"] == document["answer"]["new"]["trials"] == 7


def test_another_interval_is_that_of_every_number() -> None:
    document = exact_summary(exact("campaigns"), Wanted(50, 0.9))
    answer = exact("campaigns")
    low, high = answer.difference("B", "A").interval(0.9)
    found = document["answer"]["two"]["difference"]["quantiles"]
    assert list(found) == ["5 %", "50 %", "95 %"]
    assert [found["5 %"], found["95 %"]] == pytest.approx([low, high], abs=1e-9)
    assert set(document["answer"]["new"]["quantiles"]) == {"5 %", "50 %", "95 %"}
    text = " ".join(answer_lines({"hierarchical": document}))
    assert text.count("90 % between") == 5
    assert "94 %" not in text
    for wrong in (0.0, 1.0, float("nan"), 95):
        with pytest.raises(UsageError, match="interval: must lie between 0 and 1"):
            exact_summary(answer, Wanted(50, wrong))
    shown = CliRunner().invoke(main, ["exact", "campaigns", "--interval", "90%", "--model", "hierarchical"]).stdout
    assert "90 % between" in shown
    assert "5 %" in shown
    assert "94 %" not in shown


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0.000023, 0.044), "2.2 points on average, 94 % between 0.0 and 4.4 points"),
        ((-0.0003, 0.41), "2.2 points on average, 94 % between 0.0 and 41.0 points"),
        ((-0.0026, 0.412), "2.2 points on average, 94 % between -0.3 and 41.2 points"),
        ((0.00001, 0.00052), "2.200 points on average, 94 % between 0.001 and 0.052 points"),
    ],
)
def test_points_have_a_unit_and_equal_decimals(ends: tuple[float, float], words: str) -> None:
    assert points_between(0.022, {"3 %": ends[0], "50 %": 0.022, "97 %": ends[1]}) == words


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
        (["A=3/2"], "more successes than trials (2), got 3; successes come first: A=2/3"),
        (["A=19/200", "B=3"], "a group without its trials, got 'B=3'; write its successes and trials: B=3/10"),
        (["A=1/2", "--next", "5OO"], "--trials: a whole number of at least 0 is needed, got '5OO'; write for example"),
        (["A=1/2", "--trials", "-3"], "--trials: a whole number of at least 0 is needed, got '-3'"),
        (
            ["A=1/2", "--interval", "950"],
            "--interval: must lie between 0 % and 100 %, got '950'; write for example 95%",
        ),
    ):
        refused = CliRunner().invoke(main, ["exact", *words])
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_results_of_groups_have_a_plain_folder() -> None:
    assert data_stem("A=19/200 B=3/10").startswith("A-19-200-B-3-10-")
    assert data_stem("A=19/200 B=3/10") != data_stem("A=19/200 B=3/11")


def test_campaigns_of_few_groups_have_an_interval_whatever_their_size() -> None:
    counts = load({"A": (23_100, 1510), "B": (2_287_000, 192_000)})
    document = exact_summary(exact_posterior(chosen_model("hierarchical"), counts))["answer"]
    assert {trials["trials"] for trials in document["next"].values()} == {23_100, 2_287_000}
    for campaign in document["next"].values():
        assert campaign["quantiles"]["3 %"] < campaign["mean"] < campaign["quantiles"]["97 %"]


STORES = {f"s{i}": (60 + 10 * i, 6 + i) for i in range(14)}


def test_two_of_many_groups_are_compared_within_all_of_them() -> None:
    answer = exact(STORES)
    document = exact_summary(answer, Wanted(compared=(2, 9)))
    two = document["answer"]["two"]
    better, other = sorted(("s2", "s9"), key=lambda group: -answer.greater(group, {"s2": "s9", "s9": "s2"}[group]))
    assert (two["better"], two["other"]) == (better, other)
    assert two["probability"] == pytest.approx(answer.greater(better, other), abs=1e-9)
    assert two["probability"] != pytest.approx(exact({g: STORES[g] for g in ("s2", "s9")}).greater(better, other))
    assert len(document["answer"]["ranking"]["group"]) == 14
    text = " ".join(answer_lines({"hierarchical": document}))
    assert f"{better} is better than {other} with probability " in text
    assert "has the highest rate of 14 groups" in text
    assert ("Next 80 trials of s2" in text, "Next 150 trials of s9" in text, "a new group" in text) == (
        True,
        True,
        False,
    )


def test_two_of_many_groups_on_the_command_line() -> None:
    groups = [*(f"{name}={k}/{n}" for name, (n, k) in STORES.items()), "Harbour=9/70"]
    said = CliRunner().invoke(main, ["exact", *groups, "--model", "hierarchical", "--compare", "s2, s9", "--json"])
    assert {json.loads(said.stdout)["hierarchical"]["answer"]["two"][key] for key in ("better", "other")} == {
        "s2",
        "s9",
    }
    for wrong, words in (
        ("s2,Harbor", "--compare: no such group, got 'Harbor'; did you mean Harbour?"),
        ("s2", "two groups are needed, with a comma between them, got 's2'; write for example s0,Harbour"),
        ("s2,s2", "two different groups are needed"),
    ):
        refused = CliRunner().invoke(main, ["exact", *groups, "--compare", wrong])
        assert refused.exit_code == 2
        assert words in refused.stderr


def test_names_with_commas_are_compared_where_there_is_one_way_to_read_them() -> None:
    assert compared_groups("a,b,c", ("c", "a,b")) == (1, 0)
    with pytest.raises(UsageError, match="more than one way"):
        compared_groups("a,b,c", ("c", "a,b", "a", "b,c"))
    assert compared_groups(None, ("a",)) is None


def test_the_last_row_of_a_ranking_is_compared_with_a_group_that_is_named() -> None:
    ranking = exact_summary(exact(STORES))["answer"]["ranking"]
    lines = ranking_lines(ranking, 80)
    last = next(line for line in lines if line.startswith(ranking["group"][9]))
    assert last.split()[-2] == f"{ranking['above_next'][9]:.3f}"
    named = f"of {ranking['group'][9]} than that of {ranking['group'][10]}, not shown here."
    assert " ".join(lines[:-1]).endswith(named)
    few = exact_summary(exact({name: STORES[name] for name in ("s1", "s2", "s3")}))["answer"]["ranking"]
    lines = ranking_lines(few, 80)
    assert [line.split()[-2] == "–" for line in lines[1:4]] == [False, False, True]
    assert lines[-2].endswith("the group in the next line.")


def test_two_groups_have_their_ratio_and_a_new_group_on_request() -> None:
    documents = {"hierarchical": exact_summary(exact("campaigns"))}
    low, median, high = exact("campaigns").ratio("B", "A").quantile(np.array([0.03, 0.5, 0.97]))
    short, long = (" ".join(answer_lines(documents, verbose=verbose)) for verbose in (False, True))
    said = f"B has {median:.3g} times the rate of A in the median, 94 % between {low:.3g} and {high:.3g} times."
    assert said in short
    assert ("of a new group" in short, "of a new group" in long) == (False, True)


def test_a_prior_that_is_not_of_the_model_of_the_answer_is_told() -> None:
    elsewhere = "The prior of rate that was given changes the independent model only: this is the answer of the "
    for priors, told in ((["--prior", "rate=Beta(1,1)"], True), (["--prior", "alpha=Gamma(16,9)"], False)):
        said = CliRunner().invoke(main, ["exact", "campaigns", *priors]).stdout
        assert (elsewhere in " ".join(said.split())) is told
        found = json.loads(CliRunner().invoke(main, ["exact", "campaigns", *priors, "--json"]).stdout)
        assert found["hierarchical"]["answer"].get("priors_elsewhere") == ({"rate": ["independent"]} if told else None)
    both = ["--prior", "rate=Beta(1,1)", "--model", "independent"]
    assert "that was given" not in CliRunner().invoke(main, ["exact", "campaigns", *both]).stdout


@pytest.mark.parametrize("typed", ["95%", "95", "0.95", " 95 %"])
def test_an_interval_is_typed_in_any_way(typed: str) -> None:
    assert interval_typed(typed, "--interval") == 0.95


@pytest.mark.parametrize("typed", ["0", "1", "100", "100%", "-5", "950", "1%1", "x"])
def test_an_interval_that_is_none_is_refused_by_the_option(typed: str) -> None:
    refused = CliRunner().invoke(main, ["exact", "campaigns", "--interval", typed])
    assert refused.exit_code == 2
    assert "--interval" in refused.stderr


def test_trials_may_have_commas() -> None:
    assert whole_number_typed("1,000", "--trials") == 1000
    assert whole_number_typed("12,345,678", "--trials") == 12_345_678
    for wrong in ("1,00", "0,100", "1,0000", ",100"):
        with pytest.raises(UsageError, match="--trials: a whole number"):
            whole_number_typed(wrong, "--trials")


def test_an_interval_that_is_text_is_refused_in_python() -> None:
    answer = exact("campaigns")
    wrong: Any = "95%"
    for of in (answer["rate", "B"], answer.difference("B", "A"), answer.predict("B")):
        with pytest.raises(UsageError, match=r"a number between 0 and 1 is needed.*write for example 0\.95"):
            of.interval(wrong)


def test_a_path_is_no_place_to_draw() -> None:
    answer = exact("campaigns")
    path: Any = "x.png"
    with pytest.raises(UsageError, match=r"write \.plot\(\)\.savefig\('x\.png'\)"):
        answer.plot(path)
    with pytest.raises(UsageError, match=r"write \.plot\(\)\.figure\.savefig\('x\.png'\)"):
        answer["rate", "B"].plot(path)


def test_blanks_of_a_statement_may_be_left_out_where_one_reading_is_left() -> None:
    answer = exact("campaigns")
    assert answer.p("B>A") == answer.p("B >A") == answer.p("B > A")
    with pytest.raises(UsageError, match="no such group, got 'C'"):
        answer.p("B>C")
    strange = exact({"a>b": (10, 3), "c": (10, 2), "a": (10, 1), "b>c": (10, 4)})
    assert strange.p("c>a>b") == strange.greater("c", "a>b")
    with pytest.raises(UsageError, match="cannot be read in one way only"):
        strange.p("a>b>c")


def test_intervals_of_any_width_have_names_of_their_own_and_those_without_are_refused() -> None:
    answer = exact_posterior(chosen_model("independent"), load("campaigns"))
    assert len(counts_to_come(answer, "B", 100, interval=1e-9).quantiles) == 3
    document = exact_summary(answer, Wanted(None, 1 - 1e-9))
    assert len(document["quantities"]["rate[A]"]["quantiles"]) == 3
    assert "99.9999999 % between " in " ".join(answer_sentences({"independent": document}))
    for probability in (1e-13, 1 - 1e-13):
        with pytest.raises(UsageError, match="too close to 0 or 1"):
            counts_to_come(answer, "B", 100, interval=probability)


@pytest.mark.parametrize("count", [1.5, "x", True])
def test_counts_that_are_asked_about_are_whole_numbers(count: Any) -> None:
    answer = exact_posterior(chosen_model("independent"), load("campaigns"))
    with pytest.raises(UsageError, match="whole numbers are needed"):
        counts_to_come(answer, "B", 100, at_least=[count])
    with pytest.raises(UsageError, match="whole numbers are needed"):
        counts_at_rate(0.1, 100, at_least=[count])
    assert counts_at_rate(0.1, 100, at_least=[0, -1]).at_least == {0: 1.0, -1: 1.0}
    text: Any = "0.1"
    with pytest.raises(UsageError, match="rate"):
        counts_at_rate(text, 100)
