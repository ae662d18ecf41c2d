"""A simulator of the user: a function in a file, which every worker loads by its name, and what it returns, checked."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, UsageError, did_you_mean, said
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Interval
from pplcompare.models.simulation import inside
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.random_streams import stream
from pplcompare.validation.calibrate.replication import Replication

type Simulate = Callable[[NDArray[np.int64], np.random.Generator], tuple[Mapping[str, Any], Any]]
"""Trials (group,) and a generator -> the value of every variable by its name, and successes (group,)."""

_SHAPE: Final = "write FILE.py:FUNCTION"
_PROMISE: Final = "return a dictionary of all variables, and the successes of each group"
_LOADING: Final = ContextVar("loading", default=False)


@dataclass(frozen=True, slots=True, eq=False)
class UserSimulator:
    """A function of the user, found again by its name in any process that sees its file.

    Attributes
    ----------
    name
        ``/folder/file.py:function``.
    function
        The function.
    digest
        The hash of its file.
    """

    name: str
    function: Simulate
    digest: str

    @property
    def where(self) -> str:
        """What errors name."""
        return f"simulator {self.name}"

    @classmethod
    def named(cls, name: str) -> UserSimulator:
        """Return the simulator FILE.py:FUNCTION; its file is loaded once in this process.

        Raises
        ------
        UsageError
            If there is none.
        """
        file, colon, attribute = name.rpartition(":")
        if not colon or not file.endswith(".py") or not attribute.isidentifier():
            raise UsageError("no source of truths", where="source", seen=name, mend=f"prior, posterior, or {_SHAPE}")
        path, where = Path(file).absolute(), f"simulator {name}"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=where, mend=_SHAPE) from error
        digest = hashlib.sha256(content).hexdigest()
        names = _loaded(path, digest, content)
        found = names.get(attribute)
        if not callable(found):
            known = [key for key, value in names.items() if inspect.isfunction(value)]
            mend = did_you_mean(attribute, known)
            raise UsageError("its file has no such function", where=where, mend=mend)
        return cls(f"{path}:{attribute}", found, digest)

    @classmethod
    def of(cls, function: Simulate) -> UserSimulator:
        """Return a function as a simulator.

        Raises
        ------
        UsageError
            If a worker could not find it: a lambda, a function within another, or one that was typed at a prompt.
        """
        attribute, file = getattr(function, "__qualname__", ""), _file_of(function)
        if not attribute.isidentifier() or file is None:
            what, mend = "workers cannot find this function", "define it with def at the top of a file"
            raise UsageError(what, where="source", seen=function, mend=mend)
        return cls.named(f"{file}:{attribute}")


def check_not_loading() -> None:
    """Refuse to calibrate while a file is loaded for its simulator: each worker would do it again.

    Raises
    ------
    UsageError
        If that is so.
    """
    if _LOADING.get():
        mend = 'call calibrate below `if __name__ == "__main__":`'
        raise UsageError("a calibration begins whenever the file of its simulator is loaded", where="source", mend=mend)


def _file_of(function: object) -> str | None:
    try:
        file = inspect.getsourcefile(function)  # type: ignore[arg-type]  # whatever it is, it says what it takes
    except TypeError:
        return None
    return file if file is not None and Path(file).is_file() else None


@cache
def _loaded(path: Path, digest: str, content: bytes) -> Mapping[str, Any]:
    """Return the names of a file, which is loaded once as long as it stays the same."""
    # Functions that are pickled or inspected need a module; ours is of no other name.
    name = f"pplcompare_simulator_{digest[:16]}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    loading = _LOADING.set(True)
    sys.path.insert(0, str(path.parent))  # as when the file is run
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no part of a document
            # Its loader would read again, and might take what Python has compiled of an earlier content.
            exec(compile(content, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - the user asked for it
    except BaseException as error:
        sys.modules.pop(name, None)  # half of it is nothing to find
        if isinstance(error, UsageError) or not isinstance(error, Exception | SystemExit):
            raise
        raise UsageError(f"its file cannot be loaded: {said(error)}", where=f"simulator {path}") from error
    finally:
        sys.path.remove(str(path.parent))
        _LOADING.reset(loading)
    return vars(module)


@dataclass(frozen=True, slots=True)
class UserSource:
    """Truths and counts by a function of the user; of our counts only groups and trials are used."""

    model: Model
    counts: Counts
    simulator: UserSimulator

    def replication(self, root: int, number: int, purpose: str) -> Replication:
        where = f"{self.simulator.where}, replication {number}"
        rng, trials = stream(root, number, purpose, "truth"), self.counts.trials.copy()
        try:
            with redirect_stdout(sys.stderr):
                found = self.simulator.function(trials, rng)
        except (Exception, SystemExit) as error:
            raise UsageError(f"raised {said(error)}", where=where) from error
        if not isinstance(found, tuple) or len(found) != 2 or not isinstance(found[0], Mapping):
            raise UsageError("not a truth and counts", where=where, seen=found, mend=_PROMISE)
        truth, successes = found
        return Replication(number, self._truth(truth, where), self._counts(successes, where))

    def _truth(self, given: Mapping[str, Any], where: str) -> dict[str, Float]:
        structure, groups = self.model.structure, len(self.counts.groups)
        names, supports = [v.name for v in structure.variables], structure.supports(self.model.bind(self.counts))
        for name in given:
            if name not in names:
                what = f"{self.model.name} has no such variable"
                raise UsageError(what, where=where, seen=name, mend=did_you_mean(str(name), names))
        if missing := [name for name in names if name not in given]:
            raise UsageError(f"no value of {', '.join(missing)}", where=where, seen=[*given], mend=_PROMISE)
        return {
            variable.name: _checked(
                given[variable.name],
                () if variable.plate is None else (groups,),
                supports[variable.name],
                f"{where}, {variable.name}",
            )
            for variable in structure.variables
        }

    def _counts(self, successes: Any, where: str) -> Counts:
        try:
            return Counts(self.counts.groups, self.counts.trials, successes)
        except (DataError, ValueError, TypeError) as error:
            raise UsageError(f"its successes cannot be used: {said(error)}", where=where, mend=_PROMISE) from error


def _checked(given: Any, shape: tuple[int, ...], support: Interval, where: str) -> Float:
    """Return a value of a variable; what float64 rounds to an end of its support is moved inside."""
    try:
        values = np.array(given, dtype=np.float64)
    except (ValueError, TypeError):
        values = np.empty(0)
    if values.shape != shape:
        mend = f"{shape[0]} numbers are needed" if shape else "one number is needed"
        raise UsageError("cannot be used", where=where, seen=given, mend=mend)
    if not np.all(np.isfinite(values) & (support.low <= values) & (values <= support.high)):
        raise UsageError("outside the support", where=where, seen=values.tolist(), mend=f"must lie within {support}")
    return np.asarray(inside(values, support))
