"""A worker process seen from its parent: requests with a time and a memory limit."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import psutil
from pplcompare.models import errors
from pplcompare.models.errors import OUT_OF_MEMORY, BackendError, PplCompareError, WorkerFailure
from pplcompare.validation.process.message import decode, encode, remaining
from pplcompare.validation.process.threads import ONE_THREAD

_POLL: Final = 0.2
_STDERR_TAIL: Final = 2000


class WorkerProcess:
    """One backend in a process of its own, in a session of its own; a context manager.

    A worker that was lost is replaced by the next request; what it had compiled is gone.

    Parameters
    ----------
    name
        The backend.
    environment
        Set before anything is imported there.
    time_limit
        Seconds that one request may take.
    memory_limit
        Bytes that the worker and its children may hold.
    cores
        Numbers of the cores that they may run on, where the system can be told; without, all.

    Attributes
    ----------
    losses
        How many processes were lost so far.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        *,
        time_limit: float = 900.0,
        memory_limit: int = 8 * 2**30,
        cores: Collection[int] = (),
    ) -> None:
        self.name = name
        self.time_limit, self.memory_limit = time_limit, memory_limit
        self._environment, self._cores = environment, cores
        self.losses = 0
        self._start()

    def _start(self) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        theirs, ours = os.pipe()
        self._alive = os.fdopen(ours, "wb")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pplcompare.validation.process.worker", self.name, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**os.environ, **ONE_THREAD, **self._environment},
                pass_fds=[theirs],
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        if self._cores and hasattr(os, "sched_setaffinity"):  # at once: before any library counts cores
            os.sched_setaffinity(self._process.pid, self._cores)

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def stop(self) -> None:
        """End the worker and everything it started, now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._stderr, self._alive):
            if stream is not None and not stream.closed:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def request(self, call: str, **arguments: Any) -> Any:
        """Ask and wait for the answer.

        Raises
        ------
        WorkerFailure
            If the worker crashed, took too long or too much memory; it is ended.
        PplCompareError
            What the backend raised.
        """
        if self._process.returncode is not None:
            self._start()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(encode({"call": call, "arguments": arguments}))
            self._process.stdin.flush()
        except OSError as error:
            raise self._failure("crashed") from error
        reply = self._receive(call)
        if "error" in reply:
            kind = getattr(errors, reply["error"], BackendError)
            raise (kind if issubclass(kind, PplCompareError) else BackendError)(reply["message"])
        return reply["answer"]

    def _receive(self, call: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor, deadline = self._process.stdout.fileno(), time.perf_counter() + self.time_limit
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while missing := remaining(received):
                if selector.select(_POLL):
                    data = os.read(descriptor, min(missing, 2**20))
                    if not data:
                        raise self._failure("crashed")
                    received += data
                elif self._memory() > self.memory_limit:
                    raise self._failure(f"{OUT_OF_MEMORY}: more than {self.memory_limit / 2**30:.2g} GiB")
                if time.perf_counter() > deadline:
                    raise self._failure(f"timeout: {call} took more than {self.time_limit:g} s")
        decoded: dict[str, Any] = decode(received)
        return decoded

    def _memory(self) -> int:
        total = 0
        try:
            parent = psutil.Process(self._process.pid)
            for process in (parent, *parent.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
        except psutil.NoSuchProcess:
            pass
        return total

    def _failure(self, what: str) -> WorkerFailure:
        if what == "crashed":
            try:
                code = self._process.wait(timeout=2)
                what += f" ({signal.Signals(-code).name})" if code < 0 else f" (exit code {code})"
            except subprocess.TimeoutExpired:
                what += " (closed its output)"
        self._stderr.seek(max(0, os.fstat(self._stderr.fileno()).st_size - _STDERR_TAIL))
        tail = self._stderr.read().decode(errors="replace").strip()
        self.stop()
        self.losses += 1
        return WorkerFailure(what, where=self.name, tail=tail)
