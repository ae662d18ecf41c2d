"""A worker process seen from its parent: requests with a time and a memory limit, and an ear for its pulse."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from pplcompare.models.errors import OUT_OF_MEMORY, TIMEOUT, WorkerFailure, said
from pplcompare.validation.process.guard import MARK
from pplcompare.validation.process.message import decode, encode, remaining
from pplcompare.validation.process.replies import raised
from pplcompare.validation.process.threads import ONE_THREAD
from pplcompare.validation.process.vitals import Vitals
from pplcompare.validation.storage.scratch import Scratch

_POLL: Final = 0.2
_STDERR_TAIL: Final = 2000
_CHUNK: Final = 2**20
STARTING: Final = 120.0
"""Seconds that a backend may take until its first answer, where the time limit is not less."""
SECONDS: Final = 900.0
BYTES: Final = 8 * 2**30


class WorkerProcess:
    """One backend in a process of its own, in a session of its own; a context manager.

    A worker that was lost is replaced by the next request; what it had compiled is gone.

    Parameters
    ----------
    name
        The backend. Nothing of it is imported here.
    environment
        Set before anything is imported there; the backend adds what it needs itself.
    ours
        Whether our own distribution registered it, so that it may raise any error of ours.
    time_limit
        Seconds that one request may take.
    memory_limit
        Bytes that the worker and its children may hold.
    cores
        Numbers of the cores that they may run on, where the system can be told; None allows all.

    Attributes
    ----------
    losses
        How many processes were lost so far.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str] | None = None,
        *,
        ours: bool = False,
        time_limit: float = SECONDS,
        memory_limit: int = BYTES,
        cores: Collection[int] = (),
    ) -> None:
        self.name = name
        self.time_limit, self.memory_limit = time_limit, memory_limit
        self._environment, self._cores, self._ours = environment or {}, cores, ours
        self.losses = 0
        self._ended = False
        self._in_use = threading.RLock()
        self._start()

    def _start(self) -> None:
        self._scratch = Scratch()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        scratch = str(self._scratch.folder)
        pipes = [os.pipe() for _ in range(4)]
        (asked, self._requests), (self._answers, told), (self._pulse, pulse), (guard, self._alive) = pipes
        theirs = [asked, told, pulse, guard]
        command = [sys.executable, "-P", "-m", "pplcompare.validation.process.worker", self.name, *map(str, theirs)]
        self._process: subprocess.Popen[bytes] | None = None
        try:
            # What a library prints, from its first line on, must not end up among the answers.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                env={**os.environ, **ONE_THREAD, "TMPDIR": scratch, MARK: scratch, **self._environment},
                pass_fds=theirs,
                start_new_session=True,
            )
        finally:
            for descriptor in theirs:
                os.close(descriptor)
            if self._process is None:
                self._close()
        for descriptor in (self._requests, self._answers, self._pulse):
            os.set_blocking(descriptor, False)
        self._vitals = Vitals(self._process.pid, scratch)
        self._answered = False
        if self._cores and hasattr(os, "sched_setaffinity"):  # at once: before any library counts cores
            os.sched_setaffinity(self._process.pid, self._cores)

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self.stop()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End the worker and everything it started, in whatever session that is, now."""
        process = self._process
        if process is None:
            return
        self._vitals.end()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        # Another thread that waits for an answer sees that the worker has gone, and must have let go of the pipes:
        # their numbers may be those of other files as soon as they are closed.
        with self._in_use:
            if self._process is None:
                return
            with contextlib.suppress(subprocess.TimeoutExpired):  # a disk that does not answer holds it
                process.wait(timeout=10)
            self._process = None
            self._close()

    def _close(self) -> None:
        for descriptor in (self._requests, self._answers, self._pulse, self._alive):
            os.close(descriptor)
        self._stderr.close()
        self._scratch.remove()

    def request(self, call: str, **arguments: Any) -> Any:
        """Ask and wait for the answer.

        Raises
        ------
        WorkerFailure
            If the worker crashed, fell silent, took too long or too much memory, or if what it answered is no message;
            it is ended.
        PplCompareError
            What the backend raised.
        """
        with self._in_use:
            return self._asked(call, arguments)

    def _asked(self, call: str, arguments: Mapping[str, Any]) -> Any:
        if self._process is None:
            if self._ended:  # another thread may still ask
                raise WorkerFailure("ended", where=self.name)
            self._start()
        received = self._exchange(call, encode({"call": call, "arguments": arguments}))
        try:
            reply = decode(received)
            error = raised(self.name, reply, ours=self._ours) if "error" in reply else None
            answer = None if error is not None else reply["answer"]
        except Exception as fault:  # there is no end to what it may be instead
            raise self._failure(f"its answer to {call} is no message: {said(fault)}") from fault
        self._answered = True
        if error is not None:
            self._tell("\n".join(error.__notes__))
            raise error
        return answer

    def _exchange(self, call: str, message: bytes) -> bytearray:
        """Send a message and return the bytes of the answer."""
        limit = self.time_limit if self._answered else min(self.time_limit, STARTING)
        start = look = time.perf_counter()
        received, unsent, vitals = bytearray(), memoryview(message), self._vitals
        vitals.heard()
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._answers, self._pulse):
                selector.register(descriptor, selectors.EVENT_READ)
            selector.register(self._requests, selectors.EVENT_WRITE)
            while missing := self._remaining(call, received):
                ready = {key.fd for key, _ in selector.select(_POLL)}
                if self._requests in ready:
                    unsent = unsent[self._sent(unsent) :]
                    if not unsent:
                        selector.unregister(self._requests)
                if self._pulse in ready:
                    vitals.heard()
                    if not os.read(self._pulse, _CHUNK):
                        selector.unregister(self._pulse)
                if self._answers in ready:
                    data = os.read(self._answers, min(missing, _CHUNK))
                    if not data:
                        raise self._failure("crashed")
                    received += data
                    vitals.heard()
                now = time.perf_counter()
                if now - start > limit:
                    raise self._failure(f"{TIMEOUT}: {call} took more than {limit:g} s")
                if now - look >= _POLL:
                    look = now
                    self._look(call)
        return received

    def _remaining(self, call: str, received: bytearray) -> int:
        try:
            return remaining(received, self.memory_limit)
        except ValueError as error:
            raise self._failure(f"its answer to {call} is no message: {error}") from error

    def _sent(self, unsent: memoryview) -> int:
        try:
            return os.write(self._requests, unsent[:_CHUNK])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._failure("crashed") from error

    def _look(self, call: str) -> None:
        assert self._process is not None
        if self._process.poll() is not None:  # what it started may still hold the pipes
            raise self._failure("crashed")
        self._vitals.look()
        if self._vitals.memory > self.memory_limit:
            raise self._failure(f"{OUT_OF_MEMORY}: more than {self.memory_limit / 2**30:.2g} GiB")
        if silent := self._vitals.silent:
            raise self._failure(f"{call}: {silent}")

    def _failure(self, what: str) -> WorkerFailure:
        assert self._process is not None
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
        self._tell(tail)
        return WorkerFailure(what, where=self.name, tail=tail)

    def _tell(self, words: str) -> None:
        """Show what happened there, for those who ask for it."""
        if os.environ.get("PPLCOMPARE_TRACEBACK"):
            sys.stderr.write("".join(f"{self.name}: {line}\n" for line in words.splitlines()))
