"""Runs that are ended before their end: by a signal, by SIGKILL, by a full disk, by another run in the same place."""

from __future__ import annotations

import contextlib
import json
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
import xarray as xr

from tests.validation.conftest import HEARING_PYTHON
from tests.validation.test_cli import in_process

pytestmark = [pytest.mark.slow, pytest.mark.seconds(90)]

FAKES: Final = str(Path(__file__).parents[1] / "fakes")
CLI: Final = [*HEARING_PYTHON, "-m", "pplcompare.validation.cli"]
SMALL: Final = ["--model", "independent", "--draws", "400"]
MARK: Final = "PPLCOMPARE_WORKER"
AWKWARD: Final = "it's $HOME; touch pwned"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder beside a temporary folder of its own, with a file `wait` that a fake backend waits for."""
    for name in ("work", "temporary"):
        (tmp_path / name).mkdir()
    (tmp_path / "wait").touch()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.syspath_prepend(FAKES)
    monkeypatch.setattr("tempfile.tempdir", None)
    for name, value in {
        "PYTHONPATH": FAKES,
        "PPLCOMPARE_REQUIRE": "",
        "PPLCOMPARE_FAKE_WAITS": str(tmp_path / "wait"),
        "TMPDIR": str(tmp_path / "temporary"),
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "work"


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*CLI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextlib.contextmanager
def waiting(words: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command and give it when it has said these words."""
    with started(*arguments) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if words in line:
                break
        else:
            pytest.fail(f"it never said {words!r}")
        try:
            yield process
        finally:
            process.kill()


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def marked(temporary: Path) -> list[psutil.Process]:
    """Return all processes that workers with scratch folders in this one have started, whoever is their parent."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(str(temporary)):
                found.append(process)
    return found


def gone(processes: Sequence[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=5)[1] == []


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return found


def verdicts(folder: Path) -> dict[str, str]:
    return {fit["backend"]: fit["verdict"] for fit in document(folder)["fits"]}


def draws(folder: Path, backend: str) -> Any:
    with xr.open_dataset(folder / "draws" / f"independent-{backend}.nc", group="posterior") as posterior:
        return posterior["rate"].to_numpy().copy()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_keeps_what_is_finished_and_says_how_to_get_the_rest(stop: signal.Signals, place: Path) -> None:
    data = place / f"{AWKWARD}.csv"
    data.write_text("group,n,k\nA,200,19\nB,10,3\n")
    asked = [data.name, *SMALL, "--prior", "rate=Beta(2, 6)", "--backends", "honest,waits", "--out", AWKWARD]
    with waiting("waits, independent: sampling", "run", *asked) as process:
        children = descendants(process)
        process.send_signal(stop)
        printed, words = process.communicate(timeout=60)
    assert (process.returncode, printed) == (128 + stop, "")
    assert gone(children)
    assert names(place.parent / "temporary") == []
    kept = f"{AWKWARD}-interrupted"
    lines = [line.removeprefix("pplcompare: ") for line in words.splitlines()]
    assert lines[-3:-1] == ["interrupted", f"what is finished is kept in {kept}/"]
    assert names(place) == sorted([data.name, kept])
    assert verdicts(place / kept) == {"honest": "passed", "waits": "incomplete"}
    found = document(place / kept)
    assert (found["interrupted"], found["exit_code"]) == (True, 130)
    assert "Interrupted: what is missing" in (place / kept / "report.html").read_text(encoding="utf-8")
    if stop is signal.SIGINT:
        (place.parent / "wait").unlink()
        command = lines[-1].removeprefix("what is missing: ")
        rest = subprocess.run(["sh", "-c", f"{command} --quiet"], capture_output=True, text=True, check=False)
        assert rest.returncode == 0, rest.stderr
        assert verdicts(place / f"{AWKWARD}-rest") == {"waits": "passed"}
        assert document(place / f"{AWKWARD}-rest")["interrupted"] is False
        whole = in_process("run", *asked[:-1], "whole", "--seed", str(found["seed"]), "--quiet")
        assert whole.returncode == 0, whole.stderr
        for part, backend in ((kept, "honest"), (f"{AWKWARD}-rest", "waits")):
            assert (draws(place / part, backend) == draws(place / "whole", backend)).all()


def test_a_check_keeps_what_is_finished_of_each_data_set(place: Path) -> None:
    asked = ["check", "campaigns", "surgical", *SMALL, "--jobs", "2", "--backends", "honest,waits", "--out", "out"]
    with started(*asked, "--junit", "check.xml") as process:
        deadline = time.perf_counter() + 120.0
        while len(list(place.glob("out/.*.pplcompare-unfinished/results.json"))) < 2:
            assert time.perf_counter() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 130, words
    assert names(place) == ["out"]
    assert names(place / "out") == ["campaigns-interrupted", "surgical-interrupted"]
    for folder in (place / "out").iterdir():
        assert verdicts(folder)["waits"] == "incomplete"
        assert document(folder)["interrupted"] is True
    (command,) = (line for line in words.splitlines() if "what is missing" in line)
    assert "waits" in command
    assert "--seed 0" in command
    assert "--out out-rest" in command
    assert shlex.split(command)[-2:] == ["campaigns", "surgical"]


def test_a_benchmark_keeps_its_whole_rounds(place: Path) -> None:
    (place.parent / "wait").unlink()
    asked = ["bench", "campaigns", *SMALL, "--backends", "honest,waits", "--rounds", "500", "--out", "out"]
    with waiting("round 50 of", *asked) as process:
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 130, words
    assert names(place) == ["out-interrupted"]
    found = document(place / "out-interrupted")
    assert (found["interrupted"], found["rounds"]) == (True, found["rounds"])
    assert {len(entry["rounds"]) for entry in found["cases"][0]["entries"]} == {found["rounds"]}
    assert 2 <= found["rounds"] < 500
    assert "This run was interrupted" in (place / "out-interrupted" / "report.html").read_text(encoding="utf-8")
    assert "--out out-rest" in words
    told = in_process("bench", "--compare", "out-interrupted", "out-interrupted").stdout
    assert f"The old benchmark was interrupted after round {found['rounds']}." in told


def test_a_second_signal_ends_at_once_and_leaves_nothing_half_done(place: Path) -> None:
    with waiting("waits, independent: sampling", "run", *SMALL, "--backends", "honest,waits", "--out", "o") as process:
        children = descendants(process)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(ProcessLookupError):
            for _ in range(3):
                process.send_signal(signal.SIGINT)
                time.sleep(0.02)
        process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert gone(children)
    assert in_process("run", *SMALL, "--backends", "honest", "--out", "next", "--quiet").returncode == 0
    assert names(place) == ["next", "o-interrupted"]
    assert verdicts(place / "o-interrupted") == {"honest": "passed", "waits": "incomplete"}


def test_what_is_started_with_signals_ignored_ignores_them(place: Path) -> None:
    """As `nohup` does."""
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-m", "pplcompare.validation.cli", "run"]
    asked = [*SMALL, "--backends", "waits", "--out", "o"]
    with subprocess.Popen([*command, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "waits, independent: sampling" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGHUP)
        (place.parent / "wait").unlink()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert names(place) == ["o"]


def test_two_runs_in_one_place_are_one_run_and_exit_5(place: Path) -> None:
    asked = ["run", *SMALL, "--backends", "waits", "--seed", "1", "--out", "o"]
    with waiting("waits, independent: sampling", *asked) as process:
        second = in_process(*asked)
        assert second.returncode == 5
        assert second.stdout == ""
        assert second.stderr.splitlines() == [
            f"pplcompare: o: another run (process {process.pid}) is writing there; "
            "wait for it, or choose another folder with --out"
        ]
        (place.parent / "wait").unlink()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert names(place) == ["o"]


def killed_at_a_random_moment(seed: int, place: Path) -> None:
    """Kill a run at a moment that the seed chooses; see what is left, then what the next run leaves."""
    chosen = random.Random(seed)
    asked = ["run", *SMALL, "--backends", "honest,lingers", "--seed", "1", "--out", f"o{seed}"]
    with started(*asked) as process:
        assert process.stderr is not None
        for _ in range(chosen.randrange(6)):
            process.stderr.readline()
        time.sleep(chosen.uniform(0.0, 0.8))
        process.kill()
    temporary = place.parent / "temporary"
    deadline = time.perf_counter() + 5.0
    while left := marked(temporary):
        assert time.perf_counter() < deadline, left
        time.sleep(0.1)
    after = in_process("run", *SMALL, "--backends", "honest", "--seed", "1", "--out", f"next{seed}", "--quiet")
    assert after.returncode == 0, after.stderr
    assert names(temporary) == []
    assert {f"next{seed}"} <= set(names(place)) <= {f"next{seed}", f"o{seed}", f"o{seed}-interrupted"}
    for name in names(place):
        for backend, verdict in verdicts(place / name).items():
            if verdict == "passed":
                assert draws(place / name, backend).shape == (4, 400, 2)
        if name == f"o{seed}":
            assert verdicts(place / name) == {"honest": "passed", "lingers": "passed"}
        if "passed" in verdicts(place / name).values() and name != f"next{seed}":
            assert (draws(place / name, "honest") == draws(place / f"next{seed}", "honest")).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_loses_nothing_that_was_finished_and_leaves_nothing(seed: int, place: Path) -> None:
    killed_at_a_random_moment(seed, place)


@pytest.mark.nightly(
    twin="tests/validation/test_interrupted.py::test_a_killed_run_loses_nothing_that_was_finished_and_leaves_nothing"
)
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_run_killed_at_any_moment_loses_nothing_that_was_finished(seed: int, place: Path) -> None:
    killed_at_a_random_moment(seed, place)


def test_executables_of_stan_are_gone_when_a_run_is_killed(place: Path) -> None:
    asked = ["run", "rats", "--model", "independent", "--backends", "stan", "--draws", "200000", "--out", "o"]
    with waiting("stan, independent: sampling", *asked) as process:
        deadline = time.perf_counter() + 60.0
        while not (running := [one for one in descendants(process) if one.name().startswith("model_")]):
            assert time.perf_counter() < deadline
            time.sleep(0.1)
        process.kill()
        process.wait()
        assert gone(running)
    deadline = time.perf_counter() + 5.0
    while names(place.parent / "temporary"):
        assert time.perf_counter() < deadline, names(place.parent / "temporary")
        time.sleep(0.1)


def test_files_that_may_not_grow_are_exit_4_and_what_is_finished_is_kept(place: Path) -> None:
    """A limit on the size of files stands for a full disk: it needs no right to mount one."""
    limited = ["sh", "-c", 'ulimit -f 24; exec "$@"', "sh", sys.executable, "-m", "pplcompare.validation.cli"]
    asked = ["run", "--model", "independent", "--backends", "honest", "--draws", "2000", "--quiet", "--out", "o"]
    done = subprocess.run([*limited, *asked], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines() == [
        "pplcompare: o: cannot be written: File too large; choose another folder with --out"
    ]
    assert names(place) == []
    assert names(place.parent / "temporary") == []


def test_a_home_that_cannot_be_written_is_named_by_those_who_need_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "/proc/nowhere"  # not even for a superuser
    monkeypatch.setenv("HOME", home)
    for variable in ("PPLCOMPARE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    done = in_process("run", *SMALL, "--backends", "honest,stan", "--quiet", "--out", "o")
    assert done.returncode == 4, done.stderr
    assert f"pplcompare: {home}/.cache/pplcompare: no cache folder" in done.stderr
    assert names(place) == []
    assert in_process("run", *SMALL, "--backends", "honest", "--quiet", "--out", "o").returncode == 0


@pytest.mark.parametrize("backend", ["numpyro", "stan"])
def test_a_cache_without_room_is_named_at_once(backend: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = place.parent / "cache"
    cache.mkdir(mode=0o700)
    monkeypatch.setenv("PPLCOMPARE_CACHE", str(cache))
    limited = ["sh", "-c", 'ulimit -f 512; exec "$@"', "sh", sys.executable, "-m", "pplcompare.validation.cli"]
    asked = ["run", *SMALL, "--backends", backend, "--quiet", "--out", "o"]
    done = subprocess.run([*limited, *asked], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith(f"pplcompare: {cache}: the cache folder cannot be used: File too large; ")
    assert names(cache) == names(place) == []


def held() -> tuple[int, int, int, int]:
    """Return how many handles, threads and children this process has, and how many bytes."""
    this = psutil.Process()
    return this.num_fds(), this.num_threads(), len(this.children(recursive=True)), this.memory_info().rss


def checks_in_a_row(number: int, place: Path) -> None:
    (place.parent / "wait").unlink()
    seen = []
    for _ in range(number):
        done = in_process("check", "campaigns", *SMALL, "--backends", "honest,waits", "--jobs", "2", "--quiet")
        assert done.returncode == 0, done.stdout
        seen.append(held())
    assert names(place) == names(place.parent / "temporary") == []
    settled = seen[1]  # the first one imports and fills caches
    for last, then in zip(seen[-1][:3], settled[:3], strict=True):
        assert last <= then, seen
    assert seen[-1][3] - settled[3] < 32 * 2**20, seen


def test_checks_in_a_row_let_nothing_grow(place: Path) -> None:
    checks_in_a_row(3, place)


@pytest.mark.nightly(twin="tests/validation/test_interrupted.py::test_checks_in_a_row_let_nothing_grow")
def test_ten_checks_in_a_row_let_nothing_grow(place: Path) -> None:
    checks_in_a_row(10, place)


def test_a_worker_that_is_killed_is_replaced_and_nothing_of_it_is_left(place: Path) -> None:
    with waiting("waits, independent: sampling", "run", *SMALL, "--backends", "waits", "--out", "o") as process:
        (worker,) = (one for one in psutil.Process(process.pid).children() if one.is_running())
        worker.kill()
        (place.parent / "wait").unlink()
        process.communicate(timeout=60)
    assert process.returncode == 0
    (fit,) = document(place / "o")["fits"]
    assert (fit["verdict"], fit["attempts"]) == ("passed", 2)
    assert names(place.parent / "temporary") == []
