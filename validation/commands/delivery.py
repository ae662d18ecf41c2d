"""Where the document of a job goes: the end that all jobs have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pplcompare.validation.storage import KEPT

type Again = Callable[..., str]
"""Returns the command line of this call, quoted for a shell, with the options changed that are given by name."""

type Missing = Callable[[], Sequence[str]]
"""Returns the backends that are not finished."""


def _no_command(**_changes: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Delivery[D]:
    """Where the document of a job goes.

    Attributes
    ----------
    show
        The function that shows the finished document and returns the exit code.
    folders
        The results folder of each data set; empty where nothing is stored.
    out
        The results folder as it was asked for; None where it was not.
    again
        The function that returns the command line of this call with options changed.
    quiet
        Whether steps are not announced.
    force
        Whether earlier results of ours are replaced.
    """

    show: Callable[[D], int]
    folders: Mapping[str, Path] = field(default_factory=dict)
    out: str | None = None
    again: Again = _no_command
    quiet: bool = True
    force: bool = False

    @property
    def folder(self) -> Path:
        """The results folder of a job that has one."""
        (folder,) = self.folders.values()
        return folder

    def repeated(self, **always: Any) -> Again:
        """Return `again` with some options always changed, such as the seed that was drawn."""
        return lambda **changes: self.again(**(always | changes))

    @contextmanager
    def telling_the_rest(self, missing: Missing | None, seed: int) -> Iterator[None]:
        """Add to an interruption, or to storage that failed, the command for what is missing, where anything was kept.

        Seeds of fits depend on the seed, the model and the backend, so that the rest is what it would have been. It
        goes into a folder beside the one that was asked for.

        Parameters
        ----------
        missing
            The function that returns the backends that are not finished; None where all must run together again.
        seed
            That of this call.
        """
        try:
            yield
        except (KeyboardInterrupt, OSError) as error:
            names = () if missing is None else missing()
            kept = any(note.startswith(KEPT) for note in getattr(error, "__notes__", ()))
            if kept and (names or missing is None):
                changes: dict[str, Any] = {"seed": seed}
                if names:
                    changes |= {"backends": (",".join(names),), "require": ()}
                if self.out is not None:
                    changes["out"] = f"{self.out.rstrip('/')}-rest"
                error.add_note(f"{KEPT}missing: {self.again(**changes)}")
            raise


class Request[D](Protocol):
    """What a job is asked for."""

    @property
    def delivery(self) -> Delivery[D]:
        """Where its document goes."""
        ...


def deliver[D](document: D, request: Request[D]) -> int:
    """Show the document of a job where its request says; return the exit code.

    Raises
    ------
    OSError
        If it cannot be shown.
    """
    return request.delivery.show(document)
