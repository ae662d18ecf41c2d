"""The commands `ask` and `simulate` as people meet them: width, names, numbers, a file that is read back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.validation.commands.ask_job import (
    AskRequest,
    correlations_job,
    predict_job,
    rates_job,
    redundant_job,
    together_job,
)
from pplcompare.validation.output.asked import show_coins, show_predicted, show_redundant, show_together
from pplcompare.validation.questions.coins import binomial_mixture
from rich.console import Console

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
    assert "61 more groups: name them with --group." in shown
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
