"""Backends in this process: for tests of the harness, where a worker would only cost time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from pplcompare.backends.protocol import Backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.validation.exact_backend import ExactBackend
from pplcompare.validation.study import Opener, Plan


def opener(backends: Mapping[str, Backend]) -> Opener:
    @contextmanager
    def opened(name: str) -> Iterator[Backend]:
        yield backends[name]

    return opened


@pytest.fixture
def exact_only() -> Opener:
    return opener({"exact": ExactBackend()})


@pytest.fixture
def campaigns() -> Counts:
    return load("campaigns")


@pytest.fixture
def plan(campaigns: Counts) -> Plan:
    return Plan(campaigns, [independent(), hierarchical()], ["exact"], NUTSSettings(draws=5000), seed=1)


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
