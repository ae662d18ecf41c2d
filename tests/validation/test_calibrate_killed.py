"""A calibration that is killed at any moment: --resume makes it what it would have been."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.validation.conftest import FAKES, HEARING_PYTHON
from tests.validation.test_calibrate_command import ranks

CALIBRATE = [
    *(*HEARING_PYTHON, "-m", "pplcompare.validation.cli", "calibrate", "campaigns", "--model", "independent"),
    *(
        "--backends",
        "honest",
        "--thin",
        "1",
        "--seed",
        "5",
        "--jobs",
        "2",
        "--quiet",
        "--json",
    ),
]


def started(store: Path, *more: str, number: int = 400) -> subprocess.Popen[str]:
    asked = [*CALIBRATE, "--replications", str(number), "--out", str(store), *more]
    return subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def until(store: Path, batches: int) -> None:
    """Wait until so many batches are there."""
    end = time.monotonic() + 120.0
    while len(list(store.glob("*.npz"))) < batches:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", FAKES)
    monkeypatch.setenv("PPLCOMPARE_REQUIRE", "")


def ranks_of_all(store: Path, number: int) -> dict[str, bytes]:
    """Return the ranks of a calibration that nobody ends."""
    with started(store, number=number) as process:
        assert process.wait(300) == 0
    found = ranks(store)
    assert len(found) == number // 25
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the ranks of 400 replications, made in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", FAKES)
        patch.setenv("PPLCOMPARE_REQUIRE", "")
        return ranks_of_all(tmp_path_factory.mktemp("whole") / "store", 400)


def killed_and_resumed(store: Path, kills: int, seed: int, number: int = 400) -> dict[str, bytes]:
    """Kill a calibration that often, each time after a batch or two more, and return the ranks at its end."""
    rng = random.Random(seed)
    wanted, more = 0, tuple[str, ...]()
    for _ in range(kills):
        wanted = min(wanted + rng.randint(1, 2), number // 25 - 1)
        with started(store, *more, number=number) as process:
            until(store, wanted)
            time.sleep(0.02 * rng.random())
            process.kill()
        more = ("--resume",)
        wanted = len(list(store.glob("*.npz")))
    with started(store, "--resume", number=number) as process:
        assert process.wait(300) == 0
    return ranks(store)


def test_a_killed_calibration_is_resumed_to_the_same_ranks(tmp_path: Path, whole: dict[str, bytes]) -> None:
    assert killed_and_resumed(tmp_path / "store", 2, 1) == whole


@pytest.mark.nightly(
    twin="tests/validation/test_calibrate_killed.py::test_a_killed_calibration_is_resumed_to_the_same_ranks"
)
@pytest.mark.parametrize("seed", range(2, 6))
def test_it_is_the_same_however_often_it_is_killed(tmp_path: Path, whole: dict[str, bytes], seed: int) -> None:
    assert killed_and_resumed(tmp_path / "store", 5, seed) == whole


@pytest.mark.nightly(
    twin="tests/validation/test_calibrate_killed.py::test_a_killed_calibration_is_resumed_to_the_same_ranks"
)
def test_a_thousand_replications_that_are_killed_twenty_times_are_the_same(tmp_path: Path) -> None:
    whole = ranks_of_all(tmp_path / "whole", 1000)
    assert killed_and_resumed(tmp_path / "store", 20, 6, 1000) == whole


def test_two_processes_on_one_store_make_the_same_ranks(tmp_path: Path, whole: dict[str, bytes]) -> None:
    store = tmp_path / "store"
    with started(store) as first:
        until(store, 1)
        with started(store, "--resume") as second:
            assert second.wait(300) == 0
        assert first.wait(300) == 0
    assert ranks(store) == whole


def test_an_interrupted_calibration_says_how_to_go_on(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with started(store) as process:
        until(store, 1)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume does the rest" in words
