"""What workers answer: the one border that foreign values cross, and nothing but what was asked for.

Each function makes of a decoded answer what the protocol promises, or raises. `understood` calls them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import STATISTICS, Draws, Seconds, Timing
from pplcompare.backends.protocol import LogDensity, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models import errors
from pplcompare.models.errors import BackendError, PplCompareError, said
from pplcompare.models.float_array import Float
from pplcompare.validation.bench.usage import Usage
from pplcompare.validation.calibrate.batch_layout import fault
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.process.message import Received

_LONGEST_WORDS: Final = 10_000
_DEEPEST: Final = 20
_WHOLE: Final[Mapping[str, type[np.generic]]] = {"diverging": np.bool_, "tree_depth": np.int64, "n_steps": np.int64}
"""Statistics that are whole numbers; the others may be anything real, infinite and NaN too."""


def understood[T](backend: str, call: str, reading: Callable[[Any], T], answer: Any) -> T:
    """Return what an answer says.

    Raises
    ------
    BackendError
        If it is not what was asked for, whatever it is instead.
    """
    try:
        return reading(answer)
    except Exception as error:  # there is no end to what may be wrong with it
        raise BackendError(f"its answer to {call} cannot be used: {said(error)}", where=backend) from error


def raised(backend: str, answer: Received, *, ours: bool) -> PplCompareError:
    """Return the error that an answer tells of.

    Parameters
    ----------
    ours
        Whether it comes from our own code. Others can raise for themselves alone: what is no error of a backend is
        made one.
    """
    kind, message = getattr(errors, _words(answer["error"]), None), _words(answer["message"])
    if isinstance(kind, type) and issubclass(kind, PplCompareError if ours else BackendError):
        error: PplCompareError = kind(message)
    else:
        error = BackendError(message, where=backend)
    error.add_note(str(answer.get("traceback", "")))
    return error


def status(answer: Any) -> Status:
    """Return versions, and what is missing."""
    versions = {_words(name): _words(version) for name, version in _mapping(answer["versions"]).items()}
    return Status(versions, *(_words(answer[name]) for name in ("problem", "mend", "registered")))


def promise(answer: Received) -> tuple[Outcome, str]:
    """Return what became of a promise, and why."""
    return Outcome(_words(answer["outcome"])), _words(answer["detail"])


def ranked(answer: Any, shapes: Mapping[str, tuple[int, ...]]) -> RankedBatch:
    """Return a batch whose arrays have these shapes."""
    found = {name: answer[name] for name in shapes}
    if wrong := fault(found, shapes):
        raise ValueError(wrong)
    return RankedBatch(**found)


def piloted(answer: Any, shape: tuple[int, int, int]) -> Float:
    """Return autocorrelations of this shape."""
    found = _real(answer["autocorrelation"], "autocorrelation")
    if found.shape != shape:
        raise ValueError("autocorrelations of another shape")
    return found


def usage(answer: Any) -> Usage:
    """Return what a process has used."""
    threads = {_words(name): _words(value) for name, value in _mapping(answer["threads"]).items()}
    return Usage(_second(answer["cpu"]), _whole(answer["peak_memory"]), tuple(map(_whole, answer["cores"])), threads)


def compiled(answer: Any) -> tuple[int, Timing, bool]:
    """Return the number of a program, what it took to make it and whether it has a simulator."""
    if not isinstance(answer["simulates"], bool):
        raise TypeError("whether it simulates is yes or no")
    return _whole(answer["program"]), timing(answer["timing"]), answer["simulates"]


def text(answer: object) -> str:
    """Return a program."""
    if not isinstance(answer, str):
        raise TypeError(f"{type(answer).__name__} is no text")
    return answer


def nothing(answer: object) -> None:
    """Read an answer that only says that something is done."""


def native(answer: Any) -> dict[str, object]:
    """Return settings as they were passed to a library: names, numbers, words, lists and dictionaries of them."""
    _plain(_mapping(answer), _DEEPEST)
    return dict(answer)


def density(answer: Any) -> LogDensity:
    """Return real values and gradients; what their numbers and shapes must be is for the check to say."""
    gradient = {_words(name): _real(by, name) for name, by in _mapping(answer["gradient"]).items()}
    return LogDensity(_real(answer["value"], "the density"), gradient)


def fit(answer: Any, settings: NUTSSettings) -> dict[str, Any]:
    """Return draws, statistics, timing and native settings of a fit."""
    return {
        "draws": draws(answer["draws"]),
        "statistics": statistics(answer["statistics"], (settings.chains, settings.draws)),
        "timing": timing(answer["timing"]),
        "native": native(answer["native"]),
    }


def fits(answer: object, settings: NUTSSettings, number: int) -> list[dict[str, Any]]:
    """Return what `fit` returns, of as many fits as were asked for."""
    if not isinstance(answer, list) or len(answer) != number:
        raise ValueError(f"not {number} fits")
    return [fit(one, settings) for one in answer]


def draws(answer: object) -> Draws:
    """Return float64 arrays by name; missing ones, their shapes and NaN are for the checks to name."""
    found = {}
    for name, values in _mapping(answer).items():
        if not isinstance(values, np.ndarray) or values.dtype != np.float64:
            raise TypeError(f"draws of {_words(name)} are {_kind(values)}, expected float64")
        found[name] = values
    return found


def statistics(answer: object, shape: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Return what the sampler did, each of the shape (chain, draw)."""
    found = {}
    for name, values in _mapping(answer).items():
        if name not in STATISTICS:
            raise ValueError(f"statistic {_words(name)!r} is none of {', '.join(STATISTICS)}")
        real = _real(values, name)
        if real.shape != shape:
            raise ValueError(f"statistic {name} has shape {real.shape}, expected {shape} (chain, draw)")
        if name in _WHOLE:
            whole = np.rint(real)
            if not (np.all(np.isfinite(real)) and np.all(real == whole) and np.all(real >= 0.0)):
                raise ValueError(f"statistic {name} is no whole number from 0")
            found[name] = values if values.dtype.kind in "biu" else whole.astype(_WHOLE[name])
        else:
            found[name] = real
    return found


def timing(answer: Any) -> Timing:
    """Return seconds by phase: finite, none of them negative."""
    return Timing(**{field.name: _seconds(answer[field.name]) for field in fields(Timing)})


def _seconds(given: Any) -> Seconds | None:
    if given is None:
        return None
    return Seconds(_second(given["wall"]), None if given["cpu"] is None else _second(given["cpu"]))


def _second(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(f"{type(given).__name__} is no number of seconds")
    if not 0.0 <= given < math.inf:
        raise ValueError(f"{float(given)!r} is no number of seconds")
    return float(given)


def _whole(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 2**63:
        raise ValueError("a whole number is needed")
    return given


def _words(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{type(given).__name__} is no text")
    return given[:_LONGEST_WORDS]


def _mapping(given: object) -> Received:
    if not isinstance(given, dict):
        raise TypeError(f"{type(given).__name__}, expected names and values")
    return given


def _real(given: Any, name: str) -> NDArray[np.float64]:
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "biuf":
        raise TypeError(f"{_words(name)} is {_kind(given)}, expected real numbers")
    return given.astype(np.float64)


def _kind(given: object) -> str:
    return str(given.dtype) if isinstance(given, np.ndarray) else type(given).__name__


def _plain(given: object, deepest: int) -> None:
    if deepest == 0:
        raise ValueError("nested too deep")
    if isinstance(given, dict | list):
        for one in given.values() if isinstance(given, dict) else given:
            _plain(one, deepest - 1)
    elif not (given is None or isinstance(given, str | bool | int | float)):
        raise TypeError(f"settings hold {_kind(given)}")
