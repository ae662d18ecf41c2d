"""Backends in this process: for tests of the harness, where a worker would only cost time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from pplcompare.backends.protocol import Backend
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan, PlanEntry
from pplcompare.validation.commands import backends
from pplcompare.validation.study.study import OpenBackend, Plan
from pplcompare.validation.wrapped.exact_backend import ExactBackend

FAKES = str(Path(__file__).parents[1] / "fakes")

_HEAR = "import os, signal, sys; [signal.signal(each, signal.SIG_DFL) for each in (1, 2, 15)]"
# A job in the background of a script inherits SIGINT as ignored, hands it on, and Python then leaves it so.
HEARING_PYTHON = [sys.executable, "-c", f"{_HEAR}; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"]
"""This Python as the start of a command, in a process that signals end whatever it inherits."""


CAMPAIGNS_PLAN = CalibrationPlan(
    data="campaigns",
    counts=load("campaigns"),
    models=(independent(),),
    engines=("exact",),
    source="prior",
    multiple=1,
    warmup=500,
    seed=3,
    level=1e-4,
    mutant="",
    processor="",
    versions={},
    entries=(PlanEntry("independent", "exact", 1),),
)
"""The plan of a small calibration."""


def know_fakes(patch: pytest.MonkeyPatch) -> None:
    """Register the backends of `tests/fakes`, here and in worker processes."""
    patch.syspath_prepend(FAKES)
    patch.setenv("PYTHONPATH", FAKES)


def know_calibrated(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Register the backends of `tests/fakes`; a calibration knows these backends, and none is required."""
    know_fakes(patch)
    patch.setenv("PPLCOMPARE_REQUIRE", "")
    patch.setattr(backends, "names", lambda: names)


def opener(backends: Mapping[str, Backend]) -> OpenBackend:
    @contextmanager
    def opened(name: str) -> Iterator[Backend]:
        yield backends[name]

    return opened


@pytest.fixture
def exact_only() -> OpenBackend:
    return opener({"exact": ExactBackend()})


@pytest.fixture
def campaigns() -> Counts:
    return load("campaigns")


@pytest.fixture
def plan(campaigns: Counts) -> Plan:
    return Plan(campaigns, [independent(), hierarchical()], ["exact"], NUTSSettings(draws=5000), seed=1)
