"""Every exception that pplcompare raises, and the one place where their messages are put together.

::

    PplCompareError
    ├── SpecificationError (ValueError)    a model or a prior that cannot be built
    ├── DataError (ValueError)             counts, columns or files that cannot be used
    ├── UsageError (ValueError)            an option or a setting that cannot be used
    ├── ImproperPosterior (ValueError)     the posterior asked for does not exist
    ├── AccuracyError (ArithmeticError)    an exact answer whose error could not be certified
    ├── StorageError (OSError)             a file or folder that cannot be written or trusted
    │   └── Locked                             another run is writing there
    ├── CheckNotPassed (AssertionError)    a check that has failed, or has not passed for another reason
    │   └── NotRight                           a sampler that was found wrong
    └── BackendError
        ├── BackendUnavailable (ImportError)   a library, compiler or program is missing
        ├── UnsupportedModel                   valid, but not for this backend
        ├── CompilationError                   the backend could not build its program
        ├── EvaluationError                    the model refused points of its support
        ├── SamplingError                      the sampler stopped without a result
        └── WorkerFailure                      its process crashed, hung or took too much memory
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

_NOTHING: Final = object()
_LONGEST_VALUE: Final = 120
_LONGEST_PLACE: Final = 400
_LONGEST_MESSAGE: Final = 2000
_MOST_NAMES: Final = 20


class PplCompareError(Exception):
    """What is wrong, where, the value seen and how to mend it, as one line.

    Parameters
    ----------
    what
        The fault, a clause without its final stop.
    where
        The field, option, file or variable that it concerns.
    seen
        The offending value; shown by its ``repr``.
    mend
        What the user can do about it.

    Attributes
    ----------
    reason
        The message without the place that it concerns.

    Notes
    -----
    Whatever the parts hold, the message is one line: what does not print (line ends, control and bidirectional
    characters) is shown escaped.
    """

    def __init__(self, what: str, *, where: str = "", seen: object = _NOTHING, mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        self.reason = _one_line(what, "", seen, mend)
        super().__init__(_one_line(what, where, seen, mend))

    def _repr_html_(self) -> str:
        from html import escape

        words = escape(str(self))
        return f'<div style="white-space: pre; font-family: monospace">{type(self).__name__}: {words}</div>'


def _one_line(what: str, where: str, seen: object, mend: str) -> str:
    place, words = (
        text if len(text) <= longest else text[:longest] + "…"
        for text, longest in ((where, _LONGEST_PLACE), (what, _LONGEST_MESSAGE))
    )
    line = f"{place}: {words}" if where else words
    if seen is not _NOTHING:
        value = shown(seen)
        line += f", got {value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + '…'}"
    line = f"{line}; {mend}" if mend else line
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def said(error: BaseException) -> str:
    """Return the kind of a foreign exception and its message, which may be anything."""
    try:
        words = str(error)
    except Exception:  # somebody's own __str__
        words = "its message cannot be shown"
    return f"{type(error).__name__}: {words[:_LONGEST_MESSAGE]}"


def shown(value: object) -> str:
    """Return a value as Python writes it, or its type where that cannot be written."""
    try:
        return repr(value)
    except (ValueError, RecursionError):  # an integer of too many digits, a value nested too deep
        return f"a value of type {type(value).__name__} too long to show"


def closest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that is close to an unknown one; None if none is."""
    return next(iter(difflib.get_close_matches(name[:_LONGEST_VALUE], known, n=1)), None)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return what to do about an unknown name: the known one that is close to it, else all that are known."""
    close = closest(name, known)
    return f"known: {', '.join(known[:_MOST_NAMES]) or 'none'}" if close is None else f"did you mean {close}?"


class DataWarning(UserWarning):
    """Data that can be used and probably say something else than is meant; its message is built like an error's."""

    def __init__(self, what: str, *, where: str = "", seen: object = _NOTHING, mend: str = "") -> None:
        super().__init__(_one_line(what, where, seen, mend))


class SpecificationError(PplCompareError, ValueError):
    """A model, distribution or prior that cannot be built."""


class DataError(PplCompareError, ValueError):
    """Counts, columns or data files that cannot be used."""


class UsageError(PplCompareError, ValueError):
    """An option or a setting that cannot be used."""


def unknown_backend(name: str, where: str, known: Sequence[str]) -> UsageError:
    """Return the error of a name that no backend has."""
    mend = f"known: {', '.join(known)}; another one needs its distribution installed here"
    return UsageError("unknown backend", where=where, seen=name, mend=mend)


class ImproperPosterior(PplCompareError, ValueError):
    """The prior is improper and the data do not make the posterior proper."""


class AccuracyError(PplCompareError, ArithmeticError):
    """The error of an exact answer could not be certified; no number is given instead."""


class StorageError(PplCompareError, OSError):
    """A file or folder that cannot be written, or whose content is not what was stored."""


class Locked(StorageError):
    """A results folder that another run, which is alive, is writing."""


class CheckNotPassed(PplCompareError, AssertionError):
    """A check that has failed, or is underpowered, not certified or not tested: raised only where somebody asks for it.

    Parameters
    ----------
    what, where
        The outcome, and what was checked.
    table
        What led to it: the lines that follow the first one of the message.
    """

    def __init__(self, what: str, table: Sequence[str] = (), *, where: str = "") -> None:
        super().__init__(what, where=where)
        self.args = ("\n  ".join([*self.args, *(_one_line(line, "", _NOTHING, "") for line in table)]),)


class NotRight(CheckNotPassed):
    """A sampler whose draws were found wrong: `assert_right` raises it; what is only not certified is no such error."""


class BackendError(PplCompareError):
    """A backend could not do what was asked."""


class BackendUnavailable(BackendError, ImportError):
    """A library, compiler or program that the backend needs is missing."""


class UnsupportedModel(BackendError):
    """A valid model that this backend, or the exact answer, does not cover."""


class CompilationError(BackendError):
    """The backend could not build its program."""


class EvaluationError(BackendError):
    """The model itself refused points of its support: another model. A tool that breaks is no reason to say so."""


class SamplingError(BackendError):
    """The sampler stopped without a result."""


OUT_OF_MEMORY: Final = "out of memory"
TIMEOUT: Final = "timeout"
FINAL: Final = (OUT_OF_MEMORY, TIMEOUT)
"""How the messages of a `WorkerFailure` begin that is not worth another try."""


class WorkerFailure(BackendError):
    """The process of a backend crashed, hung or took too much memory; `tail` is the end of what it printed."""

    def __init__(self, what: str, *, where: str = "", tail: str = "") -> None:
        self.tail = tail
        super().__init__(what, where=where)
