"""The same examples on every machine, busy or not."""

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
