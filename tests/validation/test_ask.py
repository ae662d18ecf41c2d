"""The commands `ask` and `simulate` as people meet them: width, names, numbers, a file that is read back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.validation.commands.ask_job import (
    AskRequest,
    correlations_job,
    rates_job,
    redundant_job,
    together_job,
)
from pplcompare.validation.commands.predict_job import predict_job
from pplcompare.validation.exact.by_names import exact
from pplcompare.validation.output.asked import show_coins, show_predicted, show_redundant, show_together
from pplcompare.validation.questions.coins import binomial_mixture
from rich.console import Console
from scipy import stats

from tests.validation.test_cli import in_process

LONG = "a group whose name is a sentence that takes more than the width of most terminals, to its end"
COUNTS = Counts(["A", LONG], [200, 1000000], [19, 3])
REQUEST = AskRequest([independent(), hierarchical()], COUNTS, new_group=True, groups=COUNTS.groups)


def at_width(width: int) -> list[str]:
    """Every kind of answer, as lines."""
    to = Console(width=width, record=True, file=io.StringIO(), highlight=False)
    for name, document in predict_job(REQUEST, 10).items():
        show_predicted(name, document, to, 3)
    show_coins(binomial_mixture(10, [0.3, 0.7]), 9, to)
    show_redundant(redundant_job(REQUEST, 5), 5, to)
    show_redundant(rates_job(0.05, [0.0, 0.001, 0.1], 5), 5, to)
    show_together(together_job(REQUEST, 5), to)
    show_together(correlations_job(0.05, 1000, [0.0, 0.1, 1.0]), to)
    return to.export_text().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    lines = at_width(width)
    assert max(len(line.rstrip()) for line in lines) <= width
    text = "".join(line.strip() for line in lines)
    assert "…" not in text
    letters = "".join(text.split())
    for word in ("epistemic", "aleatoric", "Binomial(10,0.5)", "(newgroup)", "onehierarchy", "0.00121336", "0.074726"):
        assert word in letters, word


def test_a_long_name_is_whole() -> None:
    text = "\n".join(at_width(60))
    assert all(word in text for word in LONG.replace(",", "").split())


def test_one_short_campaign_shows_each_count() -> None:
    shown = in_process("ask", "predict", "--group", "B", "--trials", "10", "--model", "independent").stdout
    assert shown.count("#") > 60
    assert sum(line.startswith(f"{k} ") for k in range(11) for line in shown.splitlines()) == 11
    assert "#" not in in_process("ask", "predict", "--group", "B", "--trials", "100", "--model", "independent").stdout


def test_groups_beyond_the_first_are_counted() -> None:
    shown = in_process("ask", "predict", "rats", "--model", "independent").stdout
    assert "These are the groups with the highest means; 61 more: name them with --group." in shown
    answer = exact("rats", "independent")
    rows = [line.split()[0] for line in shown.splitlines() if line[:1].isdigit()]
    assert rows == [row.group for row in answer.ranking()[:10]]
    named = in_process("ask", "predict", "rats", "--model", "independent", "--group", "71").stdout
    assert "more groups" not in named


def test_before_the_data_all_groups_are_alike() -> None:
    asked = ("ask", "predict", "--before", "--trials", "10", "--model", "independent", "--json")
    rows = json.loads(in_process(*asked).stdout)["independent"]["counts_to_come"]
    assert [row.pop("group") for row in rows] == ["A", "B"]
    assert rows[0] == rows[1]
    after = json.loads(in_process(*(word for word in asked if word != "--before")).stdout)
    assert after["independent"]["counts_to_come"][0]["mean"] != rows[0]["mean"]


def test_what_is_simulated_is_data(tmp_path: Path) -> None:
    made = in_process("simulate", "--groups", "2", "--trials", "200,10", "--seed", "1")
    assert made.returncode == 0
    assert made.stderr.startswith("pplcompare: hierarchical, seed 1, alpha = ")
    file = tmp_path / "two.csv"
    file.write_text(made.stdout, encoding="utf-8")
    assert in_process("ask", "predict", str(file), "--model", "independent").returncode == 0
    document = json.loads(in_process("simulate", "--groups", "2", "--trials", "200,10", "--seed", "1", "--json").stdout)
    assert [f"{g},{n},{k}" for g, n, k in zip(document["group"], document["n"], document["k"], strict=True)] == (
        made.stdout.splitlines()[1:]
    )


def test_a_seed_that_was_drawn_is_told() -> None:
    told = in_process("simulate", "campaigns").stderr
    seed = told.split("seed ")[1].split(",")[0]
    assert in_process("simulate", "campaigns", "--seed", seed).stderr == told


def test_trials_of_a_file_are_read_as_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("variant;country;visitors;sales\nA;x;100;9\nA;y;100;10\nB;x;10;3\n", encoding="utf-8")
    made = in_process("simulate", str(file), "--by", "variant", "--seed", "1")
    assert [line.rpartition(",")[0] for line in made.stdout.splitlines()] == ["group,n", "A,200", "B,10"]


def test_counts_at_a_rate_that_is_known() -> None:
    shown = in_process("ask", "predict", "--rate", "10%", "--trials", "200").stdout
    assert shown == in_process("ask", "predict", "--rate", "0.1", "--next", "200").stdout
    assert "200 trials at a rate of 10 %: mean 20 successes, sd 4.243, 94 % between 12 and 28." in shown
    asked = (
        "ask",
        "predict",
        "--rate",
        "10%,0.3",
        "--trials",
        "20",
        "--at-least",
        "3,20",
        "--interval",
        "90%",
        "--json",
    )
    rows = json.loads(in_process(*asked).stdout)["counts_to_come"]
    assert [row["rate"]["mean"] for row in rows] == [0.1, 0.3]
    for row in rows:
        law = stats.binom(20, row["rate"]["mean"])
        assert row["pmf"] == pytest.approx(law.pmf(range(21)).tolist(), abs=1e-12)
        assert row["at_least"] == pytest.approx({"3": law.sf(2), "20": law.sf(19)}, rel=1e-9)
        assert row["quantiles"] == {"5 %": law.ppf(0.05), "50 %": law.ppf(0.5), "95 %": law.ppf(0.95)}
        assert (row["epistemic"], row["sd"]) == (0.0, pytest.approx(law.std()))
    assert in_process("ask", "predict", "--rate", "30%", "--trials", "3").stdout.count("#") > 30


def test_so_many_successes_or_more_are_those_of_the_distribution() -> None:
    asked = ("ask", "predict", "--trials", "5000", "--at-least", "0,400,5000,6000", "--model", "hierarchical", "--json")
    rows = json.loads(in_process(*asked).stdout)["hierarchical"]["counts_to_come"]
    law = exact("campaigns").predict("A", 5000)
    expected = {
        "0": 1.0,
        "400": 1.0 - float(law.cdf(np.array(399))),
        "5000": float(law.pmf(np.array(5000))),
        "6000": 0.0,
    }
    assert rows[0]["at_least"] == pytest.approx(expected, abs=1e-9)
    assert "P(400 or more)" in in_process(*asked[:-1]).stdout


def test_per_cent_is_understood_wherever_a_rate_is_given() -> None:
    pairs = (
        (("ask", "coins", "--rates", "30%,70%"), ("ask", "coins", "--rates", "0.3,0.7")),
        (("ask", "redundant", "--mean", "5%"), ("ask", "redundant", "--mean", "0.05")),
        (("ask", "together", "--mean", "5 %"), ("ask", "together", "--mean", "0.05")),
        (
            ("simulate", "campaigns", "--given", "rate=10%", "--seed", "1"),
            ("simulate", "campaigns", "--given", "rate=0.1", "--seed", "1"),
        ),
    )
    for one, other in pairs:
        assert in_process(*one).stdout == in_process(*other).stdout != ""


def test_groups_that_are_written_are_simulated_as_a_data_set_is() -> None:
    made = in_process("simulate", "A=19/200", "B=3/10", "--seed", "1")
    assert made.stdout == in_process("simulate", "campaigns", "--seed", "1").stdout
    rows = [line.split(",") for line in made.stdout.splitlines()[1:]]
    k, n = (sum(int(row[at]) for row in rows) for at in (2, 1))
    assert made.stderr.splitlines()[-1] == f"pplcompare: {k} successes in {n} trials, {100 * k / n:.3g} %"


def test_the_interval_is_that_of_every_question() -> None:
    shown = in_process("ask", "predict", "--model", "hierarchical", "--interval", "0.9").stdout
    low, high = exact("campaigns").predict("A").interval(0.9)
    row = next(line.split() for line in shown.splitlines() if line.startswith("A "))
    assert row[4:7:2] == [str(low), str(high)]
    assert "5 %  50 %  95 %" in shown
    redundant = in_process("ask", "redundant", "--mean", "0.05", "--sd", "0.01", "--interval", "90%").stdout
    assert "5 %" in redundant
    assert "97 %" not in redundant


def test_many_campaigns_are_summed_up() -> None:
    asked = ("simulate", "campaigns", "--given", "rate=10%", "--draws", "20000", "--seed", "1", "--interval", "90%")
    document = json.loads(in_process(*asked, "--json").stdout)
    for row, n in zip(document["groups"], (200, 10), strict=True):
        law = stats.binom(n, 0.1)
        error = law.std() / np.sqrt(20_000)
        assert row["trials"] == n
        assert row["mean"] == pytest.approx(law.mean(), abs=6 * error)
        assert row["sd"] == pytest.approx(law.std(), rel=0.05)
        low, high = row["quantiles"]["5 %"], row["quantiles"]["95 %"]
        # A hundredth is six standard errors of a distribution function.
        assert law.cdf(low) >= 0.04 > law.cdf(low - 1) - 0.02
        assert law.cdf(high) >= 0.94 > law.cdf(high - 1) - 0.02
    shown = in_process(*asked)
    assert "hierarchical: successes in 20,000 simulations" in shown.stdout
    assert shown.stderr == "pplcompare: hierarchical, seed 1\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--draws", "0"), "draws: at least 1"),
        (("--draws", "9" * 9), "counts"),
        (("--draws", "5", "--rates"), "--rates"),
    ],
)
def test_draws_that_cannot_be_made_are_refused(options: tuple[str, ...], words: str) -> None:
    refused = in_process("simulate", "campaigns", *options)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert refused.stdout == ""
