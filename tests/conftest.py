"""The same examples on every machine, busy or not; the longest files first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first: at the end of a run no core should wait for the other."""
    seconds: dict[Path, int] = {}
    for item in items:
        if (marker := item.get_closest_marker("long_file")) is not None:
            seconds[item.path] = marker.args[0]
    items.sort(key=lambda item: -seconds.get(item.path, 0))
