"""The worker process: what crashes, hangs or eats memory is a result; nothing outlives its parent."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendError, WorkerFailure
from pplcompare.validation.message import decode, encode, remaining
from pplcompare.validation.remote import RemoteBackend
from pplcompare.validation.worker_process import WorkerProcess

FAKES = Path(__file__).parents[1] / "fakes"
MODEL = independent()
INPUTS = MODEL.bind(Counts(["A", "B"], [200, 10], [19, 3]))


def worker(name: str, **limits: float) -> WorkerProcess:
    return WorkerProcess(name, {"PYTHONPATH": str(FAKES)}, **limits)  # type: ignore[arg-type]


def sample(process: WorkerProcess) -> object:
    program = RemoteBackend(process).compile(MODEL.structure, INPUTS.sizes)
    return program.sample(INPUTS, NUTSSettings(), 1)


def test_a_crash_is_told_with_its_signal_and_the_last_words() -> None:
    with worker("crash") as process, pytest.raises(WorkerFailure, match="SIGSEGV") as caught:
        sample(process)
    assert "last words" in caught.value.tail


def test_a_hang_is_a_timeout() -> None:
    with worker("hang", time_limit=20.0) as process, pytest.raises(WorkerFailure, match="timeout: sample"):
        sample(process)
    assert not psutil.pid_exists(process.pid) or psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE


def test_too_much_memory_is_told() -> None:
    with worker("hungry", memory_limit=2**29) as process, pytest.raises(WorkerFailure, match="out of memory"):
        sample(process)


def test_what_a_library_prints_does_not_end_up_among_the_answers() -> None:
    with worker("chatty") as process:
        assert sample(process) is not None


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
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    deadline = time.perf_counter() + 30.0
    while not (family := psutil.Process(pid).children(recursive=True)):
        assert time.perf_counter() < deadline, "the worker never started its child"
        time.sleep(0.05)
    parent.send_signal(getattr(__import__("signal"), how))
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs([psutil.Process(p) for p in (pid, family[0].pid) if psutil.pid_exists(p)], timeout=5)
    assert not alive


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
