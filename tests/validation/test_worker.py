"""The worker process: what crashes, hangs or eats memory is a result; nothing outlives its parent."""

from __future__ import annotations

import subprocess
import textwrap
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from pplcompare.backends.fit import Fit
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, WorkerFailure
from pplcompare.validation.process.message import decode, encode, remaining
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.process.worker_process import WorkerProcess

from tests.validation.conftest import HEARING_PYTHON

FAKES = Path(__file__).parents[1] / "fakes"
MODEL = independent()
INPUTS = MODEL.bind(Counts(["A", "B"], [200, 10], [19, 3]))


def worker(name: str, environment: Mapping[str, str] | None = None, **limits: Any) -> WorkerProcess:
    return WorkerProcess(name, {"PYTHONPATH": str(FAKES), **(environment or {})}, **limits)


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


def test_a_backend_that_cannot_be_imported_says_so_and_ends() -> None:
    with worker("broken") as process, pytest.raises(WorkerFailure, match="crashed"):
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
