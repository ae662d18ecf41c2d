"""The workers of a Dask cluster, as an executor of batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from pplcompare.models.errors import BackendUnavailable, UsageError
from pplcompare.validation.commands.batch_job import OPEN

if TYPE_CHECKING:
    from distributed import Client

_OPTION: Final = "--dask"
_MEND: Final = "pip install 'pplcompare[dask]'"
_SECONDS: Final = 1.0
"""Between two looks at whether a client has ended; so long, too, its own futures have to end by themselves."""
_ENDED: Final = ("closing", "closed")


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Give the workers of a cluster, which may come and go; at the end they let go of what they hold for us.

    A batch whose worker dies is done by another one; Dask gives up a batch over which four have died.

    Parameters
    ----------
    address
        That of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    BackendUnavailable
        If the library is missing.
    UsageError
        If nobody answers there.
    """
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError as error:
        raise BackendUnavailable("distributed cannot be imported", where=_OPTION, mend=_MEND) from error
    try:
        get_address_host_port(address)  # a client that cannot read it waits for itself when it ends
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        mend = "start one with dask scheduler, and give the address that it prints"
        raise UsageError("no scheduler answers", where=_OPTION, seen=address, mend=mend) from error
    with client:
        with EndingWithItsClient(client) as executor:
            yield executor
        if client.status == "running":
            with suppress(OSError):  # of a cluster that goes just now
                client.run(release, on_error="ignore")


class EndingWithItsClient(Executor):
    """The executor of a client, whose futures all end when the client does.

    Dask cancels the futures of a client that lost its scheduler, but not one whose result was on its way: whoever waits
    for that would wait for ever.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        # Impure: another client's result of the same batch is not ours, for its file may be gone.
        self._executor: Executor = client.get_executor(pure=False)
        self._futures: list[Future[Any]] = []
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit to the client's executor."""
        future = self._executor.submit(fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def __exit__(self, *_: object) -> None:
        """Stop watching; a client's executor would wait here for what nobody asks for any more."""
        self._done.set()

    def _watch(self) -> None:
        while self._client.status not in _ENDED:
            if self._done.wait(_SECONDS):
                return
        self._done.wait(_SECONDS)
        for future in self._futures:
            with suppress(InvalidStateError):  # of one that is done
                # To cancel it would ask the scheduler, before those who wait for it were told.
                future.set_exception(CancelledError())


def release() -> None:
    """End the idle processes of backends, which a worker of Dask, staying alive, would keep."""
    OPEN.close()
