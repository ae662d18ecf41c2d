"""Speeds over time: the exact false alarm of the ranks, a planted slowdown, the file, and the command."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Final, cast

import numpy as np
import pytest
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError
from pplcompare.validation.bench.bench_document import bench_document
from pplcompare.validation.bench.changes import Change
from pplcompare.validation.bench.history import (
    ENTRIES,
    KIND,
    LAST,
    LEVEL,
    RULE,
    VERSION,
    Rule,
    RunLine,
    SpeedLine,
    history_document,
    line_of,
    read_history,
    since,
)
from pplcompare.validation.bench.precedence import fall, lowest_rank
from pplcompare.validation.commands.bench_job import in_history
from pplcompare.validation.output.bench.bench_documents import BenchDocument
from pplcompare.validation.output.bench.bench_terminal import over_time
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.storage.line_file import append_line
from pplcompare.validation.study.machine import machine

from tests.validation.test_bench import Paced, carried_out
from tests.validation.test_cli import assert_refused, in_process

SPEEDS: Final = 4


def run(*speeds: float) -> RunLine:
    lines: list[SpeedLine] = [
        {"case": "rats", "backend": f"b{i}", "key": f"k{i}", "speed": speed} for i, speed in enumerate(speeds)
    ]
    return {"kind": KIND, "version": VERSION, "created": "", "pplcompare": "0", "speeds": lines}


def changes(runs: list[RunLine], rule: Rule) -> list[str]:
    return [each["change"] for each in since(runs, rule)]


@pytest.mark.parametrize(("old", "new"), [(5, 2), (6, 3), (4, 1)])
def test_the_probability_of_a_rank_is_that_of_counting_all_orders(old: int, new: int) -> None:
    orders = [*combinations(range(old + new), new)]
    for rank in range(1, old + 1):
        # Places of the new runs among all; those of the old ones are the others.
        below = sum(max(places) < [i for i in range(old + new) if i not in places][rank - 1] for places in orders)
        exact = below / len(orders)
        assert lowest_rank(old, new, exact) >= rank
        assert lowest_rank(old, new, exact * (1 - 1e-12)) < rank


@pytest.mark.parametrize("spread", [0.05, 0.3])
def test_equal_speeds_are_called_slower_as_rarely_as_is_said(spread: float) -> None:
    """A slowdown of 1 makes the rule as sharp as it can be; the law of the speeds does not matter."""
    rng, repetitions = np.random.default_rng(3), 2000
    rule = Rule(slowdown=1.0)
    alarms = 0
    for _ in range(repetitions):
        speeds = np.exp(spread * rng.standard_t(3, size=(ENTRIES + LAST, SPEEDS)))
        alarms += Change.SLOWER in changes([run(*each) for each in speeds], rule)
    assert alarms <= most(repetitions, LEVEL)


def test_two_hundred_histories_of_equal_speeds_stay_green_at_the_stated_slowdown() -> None:
    rng = np.random.default_rng(4)
    failed = 0
    for _ in range(200):
        speeds = np.exp(0.05 * rng.standard_normal((40, SPEEDS)))
        runs = [run(*each) for each in speeds]
        failed += any(Change.SLOWER in changes(runs[: n + 1], Rule()) for n in range(25, 40, 5))
    assert failed <= most(200, 3 * LEVEL)


def test_what_is_slower_by_a_planted_factor_is_found_within_five_runs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        speeds = np.exp(0.03 * rng.standard_normal((ENTRIES + LAST, SPEEDS)))
        speeds[ENTRIES:, 2] /= 1.3
        runs = [run(*each) for each in speeds]
        found = next(n for n in range(1, LAST + 1) if Change.SLOWER in changes(runs[: ENTRIES + n], Rule()))
        assert found <= LAST
        assert changes(runs, Rule())[2] == Change.SLOWER


def test_few_runs_decide_nothing_and_other_machines_and_versions_do_not_count() -> None:
    assert set(changes([run(1.0)], Rule())) == {Change.INCONCLUSIVE}
    old, new = [run(1.0) for _ in range(30)], [run(0.1) for _ in range(5)]
    assert changes([*old, *new], Rule()) == [Change.SLOWER]
    for each in new:
        each["speeds"][0]["key"] = "another machine"
    assert changes([*old, *new], Rule()) == [Change.INCONCLUSIVE]
    assert since([*old, *new], Rule())[0]["runs"] == len(new)


def test_a_fall_is_told_with_the_largest_ratio_that_is_not_excluded() -> None:
    found = fall([1.0, 1.1, 1.2, 1.3], [0.5, 0.6], 0.5)
    assert found is not None
    assert lowest_rank(4, 2, 0.5) == 3  # (1 + 2 + 3) of 15 orders, and 4 more would be too many
    assert (found.new, found.old, found.most) == (2, 4, 0.6 / 1.2)
    assert found.ratio == pytest.approx(0.55 / 1.15)


def test_a_file_grows_by_a_line_and_what_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "new" / "speeds.jsonl"
    assert read_history(file) == []
    runs = [run(1.0, 2.0), run(1.5, 2.5)]
    for each in runs:
        append_line(file, each)
    assert read_history(file) == runs
    assert history_document(str(file), runs, Rule())["runs"] == 2
    for wrong in ("x", "{}", json.dumps(run(1.0) | {"version": 2}), json.dumps(run(-1.0)), json.dumps(run(0.0))):
        file.write_text(f"{json.dumps(runs[0])}\n{wrong}\n")
        with pytest.raises(DataError, match="line 2"):
            read_history(file)


def test_a_benchmark_is_appended_compared_and_failed(tmp_path: Path) -> None:
    file = tmp_path / "speeds.jsonl"
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    document = bench_document(carried_out(counts, Paced()), (), machine(), seed=1)
    first = in_history(document, file, RULE)
    assert first["exit_code"] == 0
    assert "history" in first
    assert [each["change"] for each in first["history"]["changes"]] == [Change.INCONCLUSIVE]
    (line,) = read_history(file)
    speed = document["cases"][0]["entries"][0]["speed"]
    assert speed is not None
    assert line["speeds"][0]["speed"] == speed["median"]
    # Runs before that were a hundred times as fast.
    fast: RunLine = json.loads(json.dumps(line))
    fast["speeds"][0]["speed"] *= 100
    file.write_text(f"{json.dumps(fast)}\n" * 30 + f"{json.dumps(line)}\n" * 4)
    last = in_history(document, file, RULE)
    assert last["exit_code"] == 1
    assert len(read_history(file)) == 35
    told = [*over_time(last.get("history"))]
    assert told[0].startswith("Slower over time: exact, two, independent, centred: the last 4 runs have 0.01 of ")
    assert "History of 35 runs" in told[1]
    assert "1 slower" in told[1]


def test_a_benchmark_without_a_speed_that_is_believed_decides_nothing(tmp_path: Path) -> None:
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    document = bench_document(carried_out(counts, Paced(), rounds=2), (), machine(), seed=1)
    document["cases"][0]["entries"][0]["doubts"] = ["unstable times"]
    assert document["exit_code"] == 0
    found = in_history(document, tmp_path / "speeds.jsonl", RULE)
    assert found["exit_code"] == 0
    (told,) = over_time(found.get("history"))
    assert "no speed that is believed, so that nothing was compared" in told
    assert in_history({**document, "exit_code": 1}, tmp_path / "speeds.jsonl", RULE)["exit_code"] == 1


def test_a_benchmark_that_was_broken_on_purpose_is_another_thing() -> None:
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    bench = carried_out(counts, Paced())
    right, broken = (bench_document(bench, (), machine(), seed=1, mutant=mutant) for mutant in (None, "slow"))
    assert line_of(right)["speeds"][0]["key"] != line_of(broken)["speeds"][0]["key"]


def test_a_sampler_has_one_history_over_its_versions_and_another_over_those_of_its_libraries() -> None:
    """Where each commit has a version of its own, nothing would ever be compared."""
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    document = bench_document(carried_out(counts, Paced()), (), machine(), seed=1)
    (entry,) = document["cases"][0]["entries"]

    def key(**versions: str) -> object:
        one = {**document, "cases": [{**document["cases"][0], "entries": [{**entry, "versions": versions}]}]}
        return line_of(cast("BenchDocument", one))["speeds"][0]["key"]

    entry["registered"] = "mine"
    assert key(mine="0.1.dev1", jax="1") == key(mine="0.1.dev2", jax="1") != key(mine="0.1.dev1", jax="2")


def test_the_command_appends_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PPLCOMPARE_REQUIRE", raising=False)
    monkeypatch.chdir(tmp_path)
    bench = ("bench", "A=19/200", "B=3/10", "--model", "independent", "--backends", "exact", "--rounds", "2", "--quiet")
    found = in_process(*bench, "--history", "speeds.jsonl", "--out", "one")
    assert "History of 1 runs in speeds.jsonl: " in " ".join(found.stdout.split())
    history = json.loads((tmp_path / "one" / "results.json").read_text())["history"]
    assert history["runs"] == 1
    assert found.returncode == 0, found.stderr
    assert len(read_history(tmp_path / "speeds.jsonl")) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--entries", "5"), ["--entries", "is for --history"]),
        (("--slowdown", "2"), ["--slowdown", "nothing is compared"]),
        (("--history", "speeds.jsonl", "--slowdown", "0.5"), ["--slowdown", "at least 1"]),
        (("--history", "wrong.jsonl"), ["--history wrong.jsonl, line 1", "no JSON"]),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_timed(
    options: tuple[str, ...], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.jsonl").write_text("x\n")
    assert_refused(in_process("bench", "--backends", "exact", *options), words)
