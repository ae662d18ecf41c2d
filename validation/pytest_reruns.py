"""Which tests would be run more than once, and what is said of them.

A red test that is run again until it is green says nothing of known level: a wrong sampler passes if it does so once.
`assert_right` has a second look of its own, with fresh draws and limits that are declared in advance, and needs no
other.

Plugins that repeat tests are asked what they would do with this one. They are not imported, only found where pytest has
loaded them. Whatever else runs a test again is noticed when it does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pplcompare.models.errors import UsageError

if TYPE_CHECKING:
    import pytest

_NO_LEVEL: Final = (
    "a red test that is repeated until it is green has no level, and assert_right has a declared second look of its own"
)
_SAME_SEEDS: Final = "repetitions have the same seeds, so that they say the same thing and are no evidence"


@dataclass(frozen=True, slots=True)
class Repeater:
    """A plugin that runs tests more than once.

    Attributes
    ----------
    name
        What people install.
    repeats
        The function that says whether this test would be repeated.
    why
        What is wrong with that.
    mend
        How a test says that it is not to be repeated.
    """

    name: str
    repeats: Callable[[pytest.Item], bool]
    why: str
    mend: str


def refusal(test: pytest.Item, *, again: bool) -> str:
    """Return why this test is not run, in one line; empty if it is.

    Parameters
    ----------
    again
        Whether it has been run in this session, and has checked something then.
    """
    for repeater in REPEATERS:
        if repeater.repeats(test):
            return _said(f"{repeater.name} would run this test more than once, but {repeater.why}", repeater.mend)
    return _said(f"this test is run again, but {_NO_LEVEL}", "let it be run once") if again else ""


def _said(what: str, mend: str) -> str:
    return str(UsageError(what, where="exact_target", mend=mend))


def _loaded(test: pytest.Item, module: str) -> object | None:
    """Return the module of a plugin if it is at work in this session, by whichever name."""
    found = sys.modules.get(module)
    return found if found is not None and test.config.pluginmanager.is_registered(found) else None


def _by_rerunfailures(test: pytest.Item) -> bool:
    """Ask it for the number of its repetitions, if it runs this test, whose runs it then counts."""
    count = getattr(_loaded(test, "pytest_rerunfailures"), "get_reruns_count", None)
    return callable(count) and hasattr(test, "execution_count") and bool(count(test))


def _by_flaky(test: pytest.Item) -> bool:
    """Look at what it has written on the test before its first run: from the command line, a decorator, or a mark."""
    if _loaded(test, "flaky.flaky_pytest_plugin") is None:
        return False
    return any((getattr(test, f"_flaky_{name}", None) or 1) > 1 for name in ("max_runs", "min_passes"))


def _by_retry(test: pytest.Item) -> bool:
    """Look for the mark that it gives to all tests if it is told to; it retries once with `retries=0`, too."""
    mark = test.get_closest_marker("flaky")
    at_work = _loaded(test, "pytest_retry.retry_plugin") is not None
    return at_work and mark is not None and mark.kwargs.get("condition") is not False


def _by_repeat(test: pytest.Item) -> bool:
    """Look for the parameter that it adds if there is more than one repetition."""
    return "__pytest_repeat_step_number" in getattr(getattr(test, "callspec", None), "params", ())


REPEATERS: Final = (
    Repeater("pytest-rerunfailures", _by_rerunfailures, _NO_LEVEL, "mark it with @pytest.mark.flaky(reruns=0)"),
    Repeater("flaky", _by_flaky, _NO_LEVEL, "decorate it with @flaky(max_runs=1)"),
    Repeater("pytest-retry", _by_retry, _NO_LEVEL, "mark it with @pytest.mark.flaky(condition=False)"),
    Repeater("pytest-repeat", _by_repeat, _SAME_SEEDS, "mark it with @pytest.mark.repeat(1)"),
)
