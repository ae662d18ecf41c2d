"""The workers of a Dask cluster, as an executor of batches."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Final

from pplcompare.models.errors import BackendUnavailable, UsageError
from pplcompare.validation.commands.batch_job import OPEN

_OPTION: Final = "--dask"
_MEND: Final = "pip install 'pplcompare[dask]'"


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
        # Impure: another client's result of the same batch is not ours, for its file may be gone.
        yield client.get_executor(pure=False)
        if client.status == "running":
            with suppress(OSError):  # of a cluster that goes just now
                client.run(release, on_error="ignore")


def release() -> None:
    """End the idle processes of backends, which a worker of Dask, staying alive, would keep."""
    OPEN.close()
