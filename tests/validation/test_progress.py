"""Progress: which step of how many, about how long, few plain lines, one line on a terminal, nothing when quiet."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.datasets import load
from pplcompare.validation.bench.benchmark import carry_out_bench
from pplcompare.validation.bench.case import whole_case
from pplcompare.validation.output import progress
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.study import Plan, carry_out
from pplcompare.validation.study.tally import Step, Tally, about
from pplcompare.validation.wrapped.exact_backend import ExactBackend

from tests.validation.conftest import opener

ROOT: Final = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told_after(*seconds: float, of: int, alike: bool = False) -> tuple[str, Tally, Clock]:
    """Return what is told of the step after those that took so long."""
    told: list[str] = []
    clock = Clock()
    tally = Tally("fit", of, told.append, alike=alike, clock=clock)
    for taken in seconds:
        with tally.step() as announce:
            announce("sampling")
            clock.now += taken
    with tally.step() as announce:
        announce("stan: sampling")
    return told[-1], tally, clock


def test_the_time_left_is_that_of_what_is_finished() -> None:
    assert told_after(40.0, 40.0, 40.0, of=10)[0] == "fit 4 of 10, about 5 min left: stan: sampling"
    assert told_after(2.0, 2.0, of=5)[0] == "fit 3 of 5, a few seconds left: stan: sampling"


def test_nothing_is_said_of_the_rest_before_enough_is_finished() -> None:
    assert told_after(of=10)[0] == "fit 1 of 10: stan: sampling"
    assert told_after(40.0, of=10)[0] == "fit 2 of 10: stan: sampling"


def test_what_takes_next_to_nothing_says_nothing_of_the_others() -> None:
    """Exact draws come first and cost milliseconds: with a say of their own they would promise too much."""
    assert told_after(0.01, 0.01, of=10)[0].startswith("fit 3 of 10, a few seconds left")
    assert told_after(0.01, 0.01, 60.0, of=10)[0] == "fit 4 of 10: stan: sampling"
    assert told_after(0.01, 0.01, 60.0, 60.0, of=10)[0] == "fit 5 of 10, about 6 min left: stan: sampling"
    assert "about 3 min left" in told_after(0.01, 0.01, 60.0, 60.0, of=10, alike=True)[0]


def test_a_step_that_takes_longer_counts_down_and_then_says_nothing() -> None:
    text, tally, clock = told_after(60.0, 60.0, of=4)
    assert "about 2 min left" in text
    step = Step("stan: sampling", 3, tally)
    for seconds, words in ((50.0, ", about 10 s left"), (30.0, ""), (500.0, "")):
        clock.now += seconds
        left = tally.left()
        assert ("" if left is None else f", {about(left)} left") == words or seconds == 50.0
    assert step.now() == "fit 3 of 4: stan: sampling"


def test_steps_that_are_not_needed_are_not_counted() -> None:
    told: list[str] = []
    tally = Tally("program", 10, told.append)
    tally.leave_out(4)
    with tally.step() as announce:
        announce("stan: compiling")
    assert told == ["program 1 of 6: stan: compiling"]


def test_steps_side_by_side_each_have_a_number_of_their_own() -> None:
    told: list[str] = []
    tally = Tally("fit", 8, told.append)
    both = threading.Barrier(4)

    def work() -> None:
        with tally.step() as announce:
            both.wait()
            announce("")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(step.split(",")[0] for step in told) == [f"fit {number} of 8" for number in range(1, 5)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3.0, "a few seconds"),
        (44.0, "about 40 s"),
        (119.0, "about 2 min"),
        (3000.0, "about 50 min"),
        (9e3, "about 2 h"),
    ],
)
def test_a_rough_time_is_told_in_words(seconds: float, words: str) -> None:
    assert about(seconds) == words


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the plain lines without their seconds."""
    return [re.sub(r"^ *[\d.]+ s  ", "", line) for line in capsys.readouterr().err.splitlines()]


def test_a_pipe_has_one_line_for_each_step_and_none_for_what_is_done_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(quiet=False) as announce:
        tally = Tally("fit", 3, announce)
        for name in ("exact", "pymc", "stan"):
            with tally.step() as told:
                for what in ("sampling", "is the posterior right?", "are its predictions right?"):
                    told(f"{name}: {what}")
        announce("writing results")
    assert [re.sub(", .* left", "", line) for line in lines(capsys)] == [
        "fit 1 of 3: exact: sampling",
        "fit 2 of 3: pymc: sampling",
        "fit 3 of 3: stan: sampling",
        "writing results",
    ]


@pytest.mark.parametrize(("of", "most"), [(20, 20), (21, 11), (1000, 11)])
def test_many_steps_have_few_lines(of: int, most: int, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(quiet=False) as announce:
        tally = Tally("mutant", of, announce)
        for _ in range(of):
            with tally.step() as told:
                told("")
    found = lines(capsys)
    assert most - 1 <= len(found) <= most
    assert found[0] == f"mutant 1 of {of}"
    assert found[-1].startswith(f"mutant {of} of {of}")


def test_a_long_step_is_told_again_at_growing_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    told = progress._PlainLines(clock)
    told.tell("sampling")
    again = []
    for second in range(1, 1000):
        clock.now += 1.0
        if told.is_due():
            told.tell_again()
            again.append(second)
    assert again == [30, 90, 210, 450, 930]
    assert set(lines(capsys)[1:]) == {"still sampling"}


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(quiet=True) as announce:
        announce("sampling")
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_gone_ends_no_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    told = progress._PlainLines()
    told.tell_again()
    with pytest.raises(BrokenPipeError):
        told.tell("sampling")


SCRIPT: Final = """
import sys, time
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.study.tally import Tally
with Progress(quiet=False) as announce:
    tally = Tally("fit", 2, announce)
    for name in ("exact", "s" * 300):
        with tally.step() as told:
            told(f"{name}: sampling – now")
            time.sleep(0.8)
    sys.stderr.write("a warning\\n")
"""


def on_a_terminal(**environment: str) -> str:
    """Return what is printed where standard error is a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    unset = ("CI", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    environment = {"TERM": "xterm", "COLUMNS": "80", **environment}
    command = [sys.executable, "-c", SCRIPT]
    process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env={**kept, **environment})
    os.close(theirs)
    found = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        found += more
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return found.decode()


def test_a_terminal_has_one_line_that_changes_and_is_gone_at_the_end() -> None:
    found = on_a_terminal()
    assert "fit 1 of 2: exact: sampling" in found
    assert "fit 2 of 2: sss" in found
    assert "a warning" in found
    written = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", found)
    assert max(len(line) for line in re.split(r"[\r\n]+", written)) <= 80
    assert found.rstrip().endswith(("\x1b[2K", "\x1b[?25h"))


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}], ids=str)
def test_a_terminal_that_nobody_watches_has_plain_lines(environment: dict[str, str]) -> None:
    found = on_a_terminal(**environment, PYTHONIOENCODING="ascii")
    assert "\x1b" not in found
    assert found.count("fit ") == 2
    assert "sampling - now" in found


class Absent(ExactBackend):
    name = "absent"

    def status(self) -> Status:
        return Status({}, "no such library", "pip install it")


def test_a_study_counts_its_programs_and_its_fits(plan: Plan) -> None:
    told: list[str] = []
    backends = opener({"exact": ExactBackend(), "absent": Absent()})
    few = replace(plan, backends=["absent", "exact"], settings=NUTSSettings(draws=100))
    carry_out(few, backends, told.append)
    places = list(dict.fromkeys(re.sub("[,:].*", "", text) for text in told))
    assert places[:2] == ["exact posterior 1 of 2", "exact posterior 2 of 2"]
    # How many programs there are is known when the absent backend has been asked, beside the other: the number of all
    # may change while the first is being made.
    assert list(dict.fromkeys(re.sub(" of .*", "", place) for place in places[2:-2])) == ["program 1", "program 2"]
    assert places[-2:] == ["fit 1 of 2", "fit 2 of 2"]


def test_a_benchmark_counts_its_rounds() -> None:
    told: list[str] = []
    settings = NUTSSettings(warmup=10, draws=400)
    one = whole_case(Plan(load("campaigns"), [independent()], ["exact"], settings, 1, data="two"), independent())
    carry_out_bench([one], Backends(["exact"], opener({"exact": ExactBackend()})), told.append, rounds=2)
    places = list(dict.fromkeys(re.sub("[,:].*", "", text) for text in told))
    assert places == ["check 1 of 1", "round 1 of 2", "round 2 of 2", "one chain each"]
