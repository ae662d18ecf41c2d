"""What to do about the part of a job that an interruption left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pplcompare.validation.storage import KEPT

type Again = Callable[..., str]
"""Returns the command line of this call, quoted for a shell, with the options changed that are given by name."""


@contextmanager
def telling_the_rest(
    again: Again, missing: Callable[[], Sequence[str]] | None, seed: int, out: str | None
) -> Iterator[None]:
    """Add to an interruption, or to storage that failed, the command for what is missing, where something was kept.

    Seeds of fits depend on the seed, the model and the backend, so that the rest is what it would have been.

    Parameters
    ----------
    missing
        The function that returns the backends that are not finished; None where all must run together again.
    seed, out
        The options of this call; the rest goes into a folder beside the one that was asked for.
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
            if out is not None:
                changes["out"] = f"{out.rstrip('/')}-rest"
            error.add_note(f"{KEPT}missing: {again(**changes)}")
        raise
