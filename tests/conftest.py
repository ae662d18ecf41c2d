"""The same examples on every machine, busy or not; two of three tiers; what shares programs runs on one worker.

`uv run pytest` is the landing tier: every kind of fault, check, engine and example once. `uv run pytest --nightly` runs
what is marked `nightly` and nothing else: whole grids, each of which names the test of the landing tier that sees the
same kind of fault. Benchmarks are programs of their own.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")

LAST_NIGHTLY: Final = Path(__file__).parents[1] / ".ci" / "last_nightly.json"
LEFT_OUT: Final = pytest.StashKey[int]()

# Of these files each test may run on another core: they share nothing.
SPREAD: Final = ("tests/test_main_job.py",)
BACKEND: Final = re.compile(r"tests/backends/.*\[(exact|numpyro|nutpie|pymc|stan)[]-]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder beside a home and a cache; nothing anywhere may be another after the test."""
    work = tmp_path / "work"
    work.mkdir()
    for variable in ("HOME", "PPLCOMPARE_CACHE", "TMPDIR"):
        (tmp_path / variable).mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for place in (tmp_path, work):
        (place / "precious.txt").write_text("x")
    monkeypatch.chdir(work)
    return work


def pytest_runtest_setup() -> None:
    """Let nobody's terminal say how wide the tables of a test are; workers of pytest-xdist inherit that of theirs."""
    os.environ.pop("COLUMNS", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="run only the tests that are left to `.ci/nightly`")


def unit(node: str) -> str:
    """Return what a test must stay together with: its backend, its file, or nothing else."""
    if (found := BACKEND.match(node)) is not None:
        return found[1]
    file = node.partition("::")[0]
    return node if file in SPREAD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep units together; xdist's own groups are lost with pytest 9.2, which computes the names of its nodes."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    return Units(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one tier, and begin with the units that take longest, so that no core waits for the other."""
    nightly = config.getoption("nightly")
    chosen, others = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        of_this_tier = (item.get_closest_marker("nightly") is not None) is nightly
        (chosen if of_this_tier else others).append(item)
    config.stash[LEFT_OUT] = len(others)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = config.stash[LEFT_OUT]
    config.hook.pytest_deselected(items=others)
    units: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in chosen:
        units[unit(item.nodeid)].append(item)
    items[:] = [item for members in sorted(units.values(), key=_seconds, reverse=True) for item in members]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """Learn from a worker how many tests were left out: the process that prints the summary collects none itself."""
    config, output = node.config, getattr(node, "workeroutput", {})  # type: ignore[attr-defined]
    config.stash[LEFT_OUT] = output.get("left_out", config.stash.get(LEFT_OUT, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out and not config.getoption("nightly"):
        terminalreporter.write_line(f"{left_out} nightly tests were not run (.ci/nightly); {_last_nightly()}.")


def _last_nightly() -> str:
    if not LAST_NIGHTLY.exists():
        return "no nightly run is on record"
    last = json.loads(LAST_NIGHTLY.read_text(encoding="utf-8"))
    return f"the last whole green one: {last['date']}, commit {last['commit']}"


def _seconds(members: list[pytest.Item]) -> float:
    """Return about how long a unit takes, by the marks of its tests or files."""
    files = {item.path: item.get_closest_marker("seconds") for item in members}
    return float(sum(marker.args[0] for marker in files.values() if marker is not None))
