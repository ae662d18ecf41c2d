"""What is computed once may be refused, and is then refused once: the refusal is kept in its place."""

from __future__ import annotations

from collections.abc import Callable

from pplcompare.models.errors import AccuracyError


def attempted[T](how: Callable[[], T]) -> T | AccuracyError:
    """Return what `how` returns, or why it was refused."""
    try:
        return how()
    except AccuracyError as error:
        # A traceback would keep what was computed in vain.
        return error.with_traceback(None)


def answered[T](found: T | AccuracyError) -> T:
    """Return what was found.

    Raises
    ------
    AccuracyError
        If it was refused.
    """
    if isinstance(found, AccuracyError):
        raise found.with_traceback(None)
    return found
