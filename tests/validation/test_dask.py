"""Batches on a Dask cluster: the same ranks as in one process, whatever becomes of its workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from pplcompare.models.errors import StorageError
from pplcompare.validation.calibrate.batch_store import BatchStore
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.batches_job import Hands, do_batches
from pplcompare.validation.commands.dask_executor import EndingWithItsClient
from pplcompare.validation.study.tally import ignore

from tests.validation.conftest import HEARING_PYTHON, know_fakes
from tests.validation.test_calibrate_command import ended, ranks

pytestmark = [pytest.mark.slow, pytest.mark.seconds(60)]

PLENTY = 120.0
CALIBRATE = ("calibrate", "campaigns", "--thin", "1", "--seed", "3", "--quiet")
HONEST = (*CALIBRATE, "--model", "independent", "--backends", "honest", "--replications", "400")


def know(patch: pytest.MonkeyPatch) -> None:
    """Let the backends of tests be known, here and in processes that are started here."""
    know_fakes(patch)
    patch.setenv("PPLCOMPARE_REQUIRE", "")
    # How long a client looks for a scheduler that has gone.
    patch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "3s")


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know(monkeypatch)


@contextmanager
def started_cluster() -> Iterator[LocalCluster]:
    with pytest.MonkeyPatch.context() as patch:
        know(patch)
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as found:
            yield found


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with started_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the ranks that one process makes."""
    store = tmp_path_factory.mktemp("whole") / "store"
    with pytest.MonkeyPatch.context() as patch:
        know(patch)
        assert ended(*HONEST, "--jobs", "1", "--out", str(store)) == 0
    found = ranks(store)
    assert len(found) == 16
    return found


@contextmanager
def started(asked: tuple[str, ...], cluster: LocalCluster, store: Path) -> Iterator[subprocess.Popen[str]]:
    command = (*HEARING_PYTHON, "-m", "pplcompare.validation.cli", *asked, "--json")
    whereto = ("--dask", cluster.scheduler_address, "--out", str(store))
    with subprocess.Popen([*command, *whereto], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()  # one that does not end would be waited for without end


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PLENTY
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def killed_in_a_batch(client: Client, process: subprocess.Popen[str]) -> None:
    """Stop a worker, wait until nobody else has anything to do, so that batches are missing for it alone, and kill it.

    A new worker takes its place.
    """
    numbers = client.run(os.getpid)

    def busy() -> list[str]:
        return [address for address, batches in client.processing().items() if batches]

    until(lambda: set(busy()) & set(numbers))
    held = next(address for address in busy() if address in numbers)
    os.kill(numbers[held], signal.SIGSTOP)
    until(lambda: busy() == [held])
    assert process.poll() is None
    os.kill(numbers[held], signal.SIGKILL)


def test_a_cluster_makes_the_ranks_of_one_process_though_a_worker_is_killed(
    tmp_path: Path, cluster: LocalCluster, whole: dict[str, bytes]
) -> None:
    store = tmp_path / "store"
    with Client(cluster, set_as_default=False) as client, started(HONEST, cluster, store) as process:
        until(lambda: ranks(store))
        killed_in_a_batch(client, process)
        said, words = process.communicate(timeout=PLENTY)
    assert process.returncode == 0, words
    assert json.loads(said)["calibrated"][0]["replications"] == 400
    assert ranks(store) == whole


class Gone:
    """A client that lost its scheduler while a result was on its way, of which its executor never hears."""

    def __init__(self) -> None:
        self.status = "running"
        self.futures: list[Future[None]] = []

    def get_executor(self, **_options: object) -> Any:
        return self

    def submit(self, *_arguments: object) -> Future[None]:
        self.futures.append(Future())
        return self.futures[-1]


def test_what_was_on_its_way_when_a_client_ended_is_given_up() -> None:
    client: Any = Gone()
    with EndingWithItsClient(client) as executor:
        lost, told = (executor.submit(lambda: None) for _ in range(2))
        told.set_result(None)
        assert wait([lost], timeout=0.1).done == set()
        client.status = "closed"
        assert wait([lost, told], timeout=PLENTY).not_done == set()
    assert isinstance(lost.exception(), CancelledError)
    assert told.exception() is None


def test_a_cluster_that_is_gone_leaves_a_store_that_is_resumed(tmp_path: Path, whole: dict[str, bytes]) -> None:
    store = tmp_path / "store"
    with started_cluster() as gone, started(HONEST, gone, store) as process:
        until(lambda: ranks(store))
        gone.close()
        said, words = process.communicate(timeout=PLENTY)
    assert process.returncode == 6, words
    (one,) = json.loads(said)["calibrated"]
    assert one["verdict"] == "incomplete"
    assert "given up by its executor" in one["reason"]
    assert len(ranks(store)) < 16
    assert ended(*HONEST, "--out", str(store), "--resume") == 0
    assert ranks(store) == whole


@pytest.mark.nightly(
    twin="tests/validation/test_dask.py::test_a_cluster_makes_the_ranks_of_one_process_though_a_worker_is_killed"
)
@pytest.mark.parametrize("engine", ["nutpie", "numpyro", "stan"])
def test_backends_make_their_ranks_though_a_worker_is_killed(
    tmp_path: Path, cluster: LocalCluster, engine: str
) -> None:
    asked = (*CALIBRATE, "--model", "hierarchical", "--backends", engine, "--replications", "500")
    code = ended(*asked, "--out", str(tmp_path / "here"))
    store = tmp_path / "store"
    with Client(cluster, set_as_default=False) as client, started(asked, cluster, store) as process:
        until(lambda: ranks(store))
        killed_in_a_batch(client, process)
        _, words = process.communicate(timeout=600)
    assert process.returncode == code, words
    assert ranks(store) == ranks(tmp_path / "here")


def test_what_an_executor_loses_is_incomplete_and_what_is_wrong_with_a_store_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert ended(*HONEST, "--out", str(folder), "--plan") == 0
    store = BatchStore.open(folder)

    class Fails(Executor):
        def __init__(self, error: BaseException) -> None:
            self.error = error

        def submit(self, job: Any, /, *_arguments: Any, **_options: Any) -> Any:
            future: Future[str] = Future()
            future.set_exception(self.error)
            return future

    def done(error: BaseException) -> list[str]:
        return list(do_batches(store, store.missing()[:1], Hands(Workers(), executor=Fails(error)), ignore).values())

    (why,) = done(RuntimeError("four workers died"))
    assert why == "batch 0: lost by its executor (RuntimeError: four workers died)"
    with pytest.raises(StorageError, match="no space"):
        done(StorageError("no space"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--dask", "127.0.0.1:9"), "--dask: needs the folder of a store"),
        (("--dask", "127.0.0.1:9", "--out", "store", "--plan"), "--dask: means nothing with --plan"),
        (("--dask", "nowhere", "--out", "store"), "--dask: no scheduler answers, got 'nowhere'"),
        (("--dask", "foo://here:1", "--out", "store"), "--dask: no scheduler answers, got 'foo://here:1'"),
        (("--dask", "127.0.0.1:9", "--out", "store"), "--dask: no scheduler answers, got '127.0.0.1:9'"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused(
    wrong: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        assert ended(*HONEST, *wrong) == 2
    assert words in capsys.readouterr().err
    assert not Path("store").exists()


def test_without_its_library_the_option_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert ended(*HONEST, "--dask", "127.0.0.1:9", "--out", str(tmp_path / "store")) == 3
    assert "pip install 'pplcompare[dask]'" in capsys.readouterr().err
