"""The plugin for pytest: exact targets in other people's tests, and what was checked there at the end.

It is loaded in every session of an environment that has this package, whether or not a test uses it. Therefore it
imports nothing but the standard library and pytest, prints nothing and changes nothing, until a test asks for the
fixture `exact_target`. What `docs/pytest.md` says to users is done here and in the files that are imported then.

Each process of a session watches its own tests. What a test checked travels with its reports, as an attribute of them,
to the process that prints the summary; pytest-xdist carries it there. It is no property of the test
(`user_properties`), which would become a part of JUnit files that their schema does not allow.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from pplcompare.validation.pytest_targets import ExactTargets
    from pplcompare.validation.target.record import Checked

FIXTURE: Final = "exact_target"
ATTRIBUTE: Final = "pplcompare_checked"
"""The attribute of reports that says what their test has checked so far."""

LEVEL: Final = "1e-7"
"""What `assert_right` has, too."""
LEAST_LEVEL: Final = 1e-9
MORE_THAN_ANY_LEVEL: Final = 0.05
"""The level of a first look: two looks have less."""

_LEVEL_HELP: Final = (
    "probability that one `assert_right` of an `exact_target` calls a right sampler wrong, at least "
    f"{LEAST_LEVEL:g} and less than {MORE_THAN_ANY_LEVEL:g} (default: {LEVEL})"
)
_NIGHTLY_HELP: Final = "look at four times as many draws by default, to find errors half as large at the same level"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the settings of the same names."""
    group = parser.getgroup("pplcompare", "samplers against exact posteriors (pplcompare)")
    group.addoption("--pplcompare-level", metavar="LEVEL", help=_LEVEL_HELP)
    group.addoption("--pplcompare-nightly", action="store_true", default=None, help=_NIGHTLY_HELP)
    # As text: releases of pytest that know no numbers here would refuse to start.
    parser.addini("pplcompare_level", _LEVEL_HELP, type="string", default=LEVEL)
    parser.addini("pplcompare_nightly", _NIGHTLY_HELP, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch; an option that cannot be used ends the session."""
    option, nightly = config.getoption("pplcompare_level"), config.getoption("pplcompare_nightly")
    where, text = ("pplcompare_level", config.getini("pplcompare_level"))
    if option is not None:
        where, text = "--pplcompare-level", option
    watch = _Watch(_level(where, text), config.getini("pplcompare_nightly") if nightly is None else nightly)
    config.stash[_WATCH] = watch
    config.pluginmanager.register(watch, "pplcompare watch")


def _level(where: str, text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not LEAST_LEVEL <= level < MORE_THAN_ANY_LEVEL:
        what = f"must be at least {LEAST_LEVEL:g} and less than {MORE_THAN_ANY_LEVEL:g}"
        raise pytest.UsageError(f"{where}: {what}, got {text!r}")
    return level


@pytest.fixture(scope="session")
def exact_target(pytestconfig: pytest.Config) -> Iterator[ExactTargets]:
    """Posteriors with known exact answers: ``exact_target("rats", "hierarchical").assert_right(fit)``."""
    from pplcompare.validation.pytest_targets import ExactTargets
    from pplcompare.validation.target.record import CHECKED

    watch = pytestconfig.stash[_WATCH]
    CHECKED.set(watch.made)
    yield ExactTargets(watch.level, watch.nightly, watch.refuse_reruns)
    CHECKED.set(None)


class _Watch:
    """What one process knows: which test runs, what it has checked, and what all tests have, as reports tell it."""

    def __init__(self, level: float, nightly: bool) -> None:
        self.level: Final = level
        self.nightly: Final = nightly
        # What was checked since the last report.
        self.made: Final[list[Checked]] = []
        self._test: pytest.Item | None = None
        # A test has several reports, and each tells all that was checked so far: by process, test and number.
        self._told: Final[dict[tuple[object, str, int], dict[str, Any]]] = {}

    def refuse_reruns(self) -> None:
        """Fail the test that runs if it would be run again after a failure, or is run again.

        It does nothing while fixtures are made: one of the whole session would fail in all tests.
        """
        from pplcompare.validation.pytest_reruns import refusal

        if self._test is not None and (reason := refusal(self._test, again=self._test.stash.get(_AGAIN, False))):
            pytest.fail(reason, pytrace=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if _CHECKED in item.stash:
            item.stash[_AGAIN] = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._test = item
        if FIXTURE in getattr(item, "fixturenames", ()) or item.stash.get(_AGAIN, False):
            self.refuse_reruns()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self._test = None
        if self.made:
            item.stash.setdefault(_CHECKED, []).extend(map(asdict, self.made))
            self.made.clear()
        if _CHECKED in item.stash:
            setattr(report, ATTRIBUTE, [*item.stash[_CHECKED]])
            _say_once(report, call)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for number, fields in enumerate(getattr(report, ATTRIBUTE, ())):
            self._told[getattr(report, "node", None), report.nodeid, number] = fields

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._told:
            from pplcompare.validation.pytest_summary import summary

            terminalreporter.write_sep("=", "exact posteriors")
            for line in summary((test, fields) for (_, test, _), fields in self._told.items()):
                terminalreporter.write_line(line)


def _say_once(report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """Leave the first line of our error for the line of the test in pytest's last summary.

    Where the variable `CI` is set pytest does not cut that line, and would print the whole table a second time.
    """
    from pplcompare.models.errors import CheckNotPassed

    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and call.excinfo is not None and isinstance(call.excinfo.value, CheckNotPassed):
        crash.message = crash.message.partition("\n")[0]


_WATCH: Final = pytest.StashKey[_Watch]()
_CHECKED: Final = pytest.StashKey[list[dict[str, Any]]]()
_AGAIN: Final = pytest.StashKey[bool]()
