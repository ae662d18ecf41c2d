"""The worker process: what crashes, hangs or eats memory is a result; nothing outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import pytest
from pplcompare.backends.fit import Fit, Seconds
from pplcompare.backends.protocol import Status
from pplcompare.backends.registry import is_ours, load_backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, BackendUnavailable, StorageError, UnsupportedModel, WorkerFailure
from pplcompare.validation.bench.contestant import Contestant
from pplcompare.validation.process import vitals
from pplcompare.validation.process.message import decode, encode, remaining
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.process.replies import raised
from pplcompare.validation.process.worker_process import WorkerProcess
from pplcompare.validation.study.fit_result import FitResult, lost
from pplcompare.validation.study.verdict import Verdict, exit_code

from tests.validation.conftest import HEARING_PYTHON

FAKES = Path(__file__).parents[1] / "fakes"
MISBEHAVING = Path(__file__).parents[1] / "misbehaving"
CAPTURED: Final[dict[str, Any]] = {"capture_output": True, "text": True, "check": False, "timeout": 600}
MODEL = independent()
INPUTS = MODEL.bind(Counts(["A", "B"], [200, 10], [19, 3]))


def worker(name: str, environment: Mapping[str, str] | None = None, **limits: Any) -> WorkerProcess:
    return WorkerProcess(name, {"PYTHONPATH": f"{FAKES}:{MISBEHAVING}", **(environment or {})}, **limits)


def sample(process: WorkerProcess) -> Fit:
    program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
    return program.sample(INPUTS, NUTSSettings(), 1)


def flaky(folder: Path, crashes: int) -> WorkerProcess:
    for number in range(crashes):
        (folder / str(number)).touch()
    return worker("flaky", {"PPLCOMPARE_FAKE_CRASHES": str(folder)})


def test_a_crash_is_told_with_its_signal_and_the_last_words() -> None:
    with worker("crash") as process, pytest.raises(WorkerFailure, match="SIGSEGV") as caught:
        sample(process)
    assert "last words" in caught.value.tail


def test_a_hang_is_a_timeout_and_the_next_request_has_a_new_process() -> None:
    with worker("hang") as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        first, process.time_limit = process.pid, 0.5
        arguments = {"inputs": asdict(INPUTS), "settings": NUTSSettings().as_dict(), "seed": 1}
        with pytest.raises(WorkerFailure, match=r"timeout: sample took more than 0\.5 s"):
            process.request("sample", program=0, **arguments)
        assert not psutil.pid_exists(first)
        process.time_limit = 60.0
        assert program.native_settings(NUTSSettings()) == {}
        assert process.pid != first


def test_too_much_memory_is_told_and_not_tried_again() -> None:
    with worker("hungry", memory_limit=2**29) as process:
        with pytest.raises(WorkerFailure, match=r"out of memory: more than 0\.5 GiB"):
            sample(process)
        assert process.losses == 1


def test_memory_that_cannot_be_had_is_told() -> None:
    with worker("greedy") as process, pytest.raises(WorkerFailure, match="out of memory: Unable to allocate"):
        sample(process)


def test_a_fit_that_crashes_is_tried_twice_again_with_the_same_seed(tmp_path: Path) -> None:
    with flaky(tmp_path, crashes=2) as process:
        fit = sample(process)
    assert (fit.seed, fit.attempts, process.losses) == (1, 3, 2)


def test_after_three_crashes_the_fit_is_lost_and_the_next_goes_on(tmp_path: Path) -> None:
    with flaky(tmp_path, crashes=3) as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        with pytest.raises(WorkerFailure, match="SIGSEGV"):
            program.sample(INPUTS, NUTSSettings(), 1)
        assert program.sample(INPUTS, NUTSSettings(), 2).attempts == 1


def test_what_a_library_prints_does_not_end_up_among_the_answers() -> None:
    with worker("chatty") as process:
        assert sample(process).attempts == 1


def test_an_error_of_the_backend_is_raised_again_here() -> None:
    with worker("chatty") as process, pytest.raises(BackendError, match="IndexError"):
        process.request("source", program=0, inputs={})


def test_a_backend_that_cannot_be_imported_says_so() -> None:
    with worker("broken") as process, pytest.raises(BackendUnavailable, match="broken: its module cannot be imported"):
        RemoteBackend(process).status()


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_children_of_a_worker_do_not_outlive_a_killed_parent(how: str) -> None:
    code = f"""
        import sys
        from pplcompare.models.beta_binomial import independent
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from tests.validation.test_worker import sample, worker
        with worker("parent") as process:
            print(process.pid, flush=True)
            sample(process)
    """
    parent = subprocess.Popen([*HEARING_PYTHON, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    deadline = time.perf_counter() + 30.0
    while len(family := psutil.Process(pid).children(recursive=True)) < 2:  # its guard and its child
        assert time.perf_counter() < deadline, "the worker never started its child"
        time.sleep(0.05)
    time.sleep(0.2)  # now it is in C code
    parent.send_signal(getattr(__import__("signal"), how))
    parent.wait()
    parent.stdout.close()
    pids = [pid, *(process.pid for process in family)]
    assert psutil.wait_procs([psutil.Process(p) for p in pids if psutil.pid_exists(p)], timeout=5)[1] == []


def test_messages_keep_arrays_types_and_order() -> None:
    tree: dict[str, Any] = {
        "a": np.arange(6, dtype=np.int64).reshape(2, 3),
        "b": [1.5, None, "λ", {"c": np.array(True)}],
        "d": np.nan,
    }
    message = encode(tree)
    assert remaining(message[:3]) == 13
    assert remaining(message[:16]) == len(message) - 16
    back = decode(message)
    assert np.array_equal(back["a"], tree["a"])
    assert back["a"].dtype == np.int64
    assert back["b"][:3] == [1.5, None, "λ"]
    assert np.isnan(back["d"])


def test_messages_never_carry_pickles() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        encode({"a": np.array([object()], dtype=object)})


def kinds(table: str) -> dict[str, str]:
    """Return kinds of misbehaviour with the verdict that fits each, read where nothing of it can do harm."""
    code = f"import json, pplcompare_misbehaving as m; print(json.dumps({{k: v[2] for k, v in m.{table}.items()}}))"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(MISBEHAVING)}, **CAPTURED)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_whatever_a_backend_returns_or_raises_is_that_fits_error_and_the_next_fit_goes_on() -> None:
    values = kinds("VALUES")
    with worker("by-turns") as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        for seed, kind in enumerate(values):
            with pytest.raises(
                BackendError, match=r"cannot be used|Error: |Unspeakable|Interrupt|SystemExit|wrong|full"
            ):
                pytest.fail(f"{kind}: {program.sample(INPUTS, NUTSSettings(draws=10), seed)}")
        fit = program.sample(INPUTS, NUTSSettings(draws=10), len(values))
    assert process.losses == 0
    assert fit.draws["rate"].shape == (4, 10, 2)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("length-of-garbage", "is no message: lengths of"),
        ("no-json", "is no message: JSONDecodeError"),
        ("npz-bomb", "is no message: ValueError: a0.npy is compressed"),
        ("npz-liar", "is no message: ValueError: a0.npy is not as long as it says"),
        ("leaves-with-0", r"crashed \(exit code 0\)"),
    ],
)
def test_what_is_no_message_ends_the_worker(kind: str, words: str) -> None:
    with worker(kind) as process:
        RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        arguments = {"inputs": asdict(INPUTS), "settings": NUTSSettings(draws=10).as_dict(), "seed": 1}
        with pytest.raises(WorkerFailure, match=words):
            process.request("sample", program=0, **arguments)
        assert process.losses == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [("stopped", r"sample: stopped \(SIGSTOP\)"), ("freezes", "sample: silent: no sign of life for 5 s")],
)
def test_a_worker_without_a_pulse_is_noticed_within_seconds(
    kind: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "SILENCE", 5.0)  # the lock that is waited for costs a tick in two or three
    with worker(kind) as process:
        RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        arguments = {"inputs": asdict(INPUTS), "settings": NUTSSettings(draws=10).as_dict(), "seed": 1}
        start = time.perf_counter()
        with pytest.raises(WorkerFailure, match=words):
            process.request("sample", program=0, **arguments)
        assert time.perf_counter() - start < 20.0


def test_a_worker_without_a_pulse_that_works_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "SILENCE", 1.0)
    with worker("at-work") as process:
        RemoteBackend(process).status()
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        assert program.sample(INPUTS, NUTSSettings(draws=10), 1).attempts == 1


def test_a_stopped_worker_that_does_not_read_is_noticed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "SILENCE", 2.0)
    with worker("chatty") as process:
        RemoteBackend(process).status()
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(WorkerFailure, match="stopped"):
            process.request("source", program=0, inputs={"more": np.zeros(2**20)})  # than a pipe holds


def test_a_hang_before_the_first_answer_is_a_timeout() -> None:
    words = "timeout: status took more than 4 s"
    with worker("hangs-in-constructor", time_limit=4.0) as process, pytest.raises(WorkerFailure, match=words):
        RemoteBackend(process).status()


def test_a_time_limit_is_not_waited_for_again() -> None:
    with worker("hang") as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        process.time_limit = 0.5
        with pytest.raises(WorkerFailure, match="timeout"):
            program.sample(INPUTS, NUTSSettings(), 1)
        assert process.losses == 1


def test_a_backend_starts_with_the_environment_that_it_needs() -> None:
    with worker("needs-its-environment") as process:
        first = process.pid
        RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        assert process.pid == first


def test_a_child_that_left_the_session_ends_with_the_worker() -> None:
    with worker("daemon") as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        pid = int(program.source(INPUTS))
        assert psutil.pid_exists(pid)
        time.sleep(0.3)
    assert psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)[1] == []


def test_a_child_that_left_the_session_ends_even_if_its_worker_was_killed_before_anybody_saw_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vitals, "family", lambda _: [])
    with worker("daemon") as process:
        child = psutil.Process(int(RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes).source(INPUTS)))
        os.kill(process.pid, signal.SIGKILL)
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_what_a_worker_leaves_in_the_temporary_folder_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with worker("lingers") as process:
        sample(process)
        (scratch,) = tmp_path.iterdir()
        assert len(list(scratch.iterdir())) > 1  # the lock, and what the backend left
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_a_child_that_left_the_session_does_not_outlive_a_killed_parent() -> None:
    code = f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from tests.validation.test_worker import INPUTS, MODEL, RemoteBackend, worker
        with worker("daemon") as process:
            print(RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes).source(INPUTS), flush=True)
            time.sleep(600)
    """
    parent = subprocess.Popen([*HEARING_PYTHON, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_only_our_own_code_raises_errors_that_are_not_a_backends() -> None:
    told = {"error": "StorageError", "message": "is full"}
    assert type(raised("a", told, ours=True)) is StorageError
    assert type(raised("a", told, ours=False)) is BackendError
    assert type(raised("a", {**told, "error": "UnsupportedModel"}, ours=False)) is UnsupportedModel
    assert type(raised("a", {**told, "error": "difflib"}, ours=True)) is BackendError


def test_what_happened_in_a_worker_is_shown_to_those_who_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PPLCOMPARE_TRACEBACK", "1")
    with worker("raises-in-constructor") as process, pytest.raises(BackendUnavailable, match="no licence"):
        RemoteBackend(process).status()
    shown = capsys.readouterr().err
    assert "raises-in-constructor: Traceback" in shown
    assert "RuntimeError: no licence" in shown


def test_a_backend_that_cannot_say_what_it_used_takes_nothing_from_a_benchmark() -> None:
    with worker("no-json") as process:
        backend = RemoteBackend(process)
        backend.compile(MODEL.structure, INPUTS.sizes)
        assert Contestant(backend, Status({}), Seconds(1.0)).usage is None


LANDING = (
    *("exits-in-module", "exits-in-constructor", "draws-text", "seconds-nan"),
    *("predicts-text", "cannot-predict", "no-simulator", "earlier-protocol"),
)


def checked_beside_right_ones(chosen: Sequence[str], folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    names = ",".join(["exact", "honest", *chosen])
    command = [*HEARING_PYTHON, "-m", "pplcompare.validation.cli", "check", "campaigns", "--model", "independent"]
    command += ["--backends", names, "--draws", "400", "--json", "--quiet", *options]
    environment = {**os.environ, "PYTHONPATH": f"{FAKES}:{MISBEHAVING}", "PPLCOMPARE_REQUIRE": ""}
    done = subprocess.run(command, cwd=folder, env=environment, **CAPTURED)
    document = json.loads(done.stdout)  # nothing that anybody printed is in it
    assert document["exit_code"] == done.returncode != 0, done.stderr
    fits = {fit["backend"]: fit for fit in document["fits"]}
    assert list(fits) == sorted([*names.split(",")], key=lambda name: (name != "exact", name))
    return fits


def verdicts_fit(fits: Mapping[str, Mapping[str, Any]], expected: Mapping[str, str]) -> None:
    for name, fit in fits.items():
        assert fit["verdict"] == expected.get(name, "passed"), (name, fit["verdict"], fit["reason"])
        right = fit["verdict"] == "passed"
        # None beside two right backends leaves 0, and none goes without a line.
        beside = [("exact", Verdict.PASSED), ("honest", Verdict.PASSED), (name, Verdict(fit["verdict"]))]
        assert right or (exit_code(beside, {name}) != 0 and fit["reason"]), name


def test_backends_that_misbehave_take_nothing_from_right_ones(tmp_path: Path) -> None:
    fits = checked_beside_right_ones(LANDING, tmp_path, "--jobs", "2")
    verdicts_fit(fits, kinds("KINDS"))
    for name in ("predicts-text", "cannot-predict", "no-simulator"):
        assert fits[name]["posterior"]["outcome"] == "passed"
    assert fits["cannot-predict"]["reason"] == "no prediction: cannot simulate"
    assert fits["no-simulator"]["reason"] == "no prediction: the program has no simulator"


def test_a_backend_of_the_earlier_protocol_is_refused_by_name_with_the_new_names() -> None:
    words = (
        r"^earlier-protocol: its program has no simulator .*; move simulate_prior and simulate_posterior to .*rename"
    )
    with worker("earlier-protocol") as process, pytest.raises(BackendError, match=words) as caught:
        RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
    assert lost(FitResult("m", "earlier-protocol", Verdict.INCOMPLETE), caught.value).verdict is Verdict.INCOMPLETE


def test_a_backend_without_a_simulator_samples_and_says_that_it_cannot_predict() -> None:
    with worker("no-simulator") as process:
        program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
        assert program.simulator is None
        assert program.sample(INPUTS, NUTSSettings(draws=10), 1).draws["rate"].shape == (4, 10, 2)


@pytest.mark.nightly(twin="tests/validation/test_worker.py::test_backends_that_misbehave_take_nothing_from_right_ones")
def test_backends_of_all_kinds_of_misbehaviour_take_nothing_from_right_ones(tmp_path: Path) -> None:
    expected = kinds("KINDS")
    verdicts_fit(checked_beside_right_ones([*expected], tmp_path, "--time-limit", "20", "--jobs", "8"), expected)


def test_what_cannot_be_computed_with_an_answer_takes_nothing_from_others() -> None:
    row = FitResult("m", "b", Verdict.INCOMPLETE)
    found = lost(row, KeyError("alpha"))
    assert (found.verdict, found.reason) == (
        Verdict.INCOMPLETE,
        "what it answered cannot be checked: KeyError: 'alpha'",
    )
    with pytest.raises(StorageError):
        lost(row, StorageError("is full"))


def test_nobody_can_take_a_name_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(MISBEHAVING))
    assert is_ours("stan")
    assert load_backend("stan").name == "stan"  # another distribution has registered this name, too
    assert not is_ours("exits-in-module")


def test_a_name_of_two_others_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text("[pplcompare.backends]\nmine = json:JSONDecoder\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BackendUnavailable, match=r"mine: registered more than once, got \['one', 'two'\]"):
        load_backend("mine")


def test_the_program_of_anothers_backend_is_shown_by_its_worker(tmp_path: Path) -> None:
    command = [*HEARING_PYTHON, "-m", "pplcompare.validation.cli", "show", "independent", "--as"]
    environment = {**os.environ, "PYTHONPATH": str(MISBEHAVING)}
    shown = subprocess.run([*command, "prints"], cwd=tmp_path, env=environment, **CAPTURED)
    assert (shown.returncode, shown.stdout.splitlines()[0]) == (0, "from pplcompare.models.counts import Counts")
    gone = subprocess.run([*command, "exits-in-module"], cwd=tmp_path, env=environment, **CAPTURED)
    assert (gone.returncode, gone.stdout) == (3, "")
    assert gone.stderr == "pplcompare: exits-in-module: its module cannot be imported: SystemExit: 0\n"
