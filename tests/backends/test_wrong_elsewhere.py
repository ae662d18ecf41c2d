"""A sampler that is wrong on data that nobody has: no check of a data set that ships with us can see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.spec import Model
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.check_job import SETTINGS, CheckRequest, check_job
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import FOR_CALIBRATIONS

from tests.validation.conftest import opener

FAULT = "wrong-where-none"


@pytest.fixture(autouse=True)
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody else say which backends there must be."""
    monkeypatch.setenv("PPLCOMPARE_REQUIRE", "")


def verdicts(
    data: Mapping[str, Counts], models: Sequence[Model], known: Backends, settings: NUTSSettings = SETTINGS
) -> dict[tuple[str, str, str], str]:
    """Check backends with the fault; return what ``pplcompare check`` says of each data set, model and backend."""
    broken = known.mutated(FAULT, FOR_CALIBRATIONS)
    request = CheckRequest(data, models, broken, Delivery(lambda _: 0, quiet=True), settings, jobs=2)
    return {(fit["data"], fit["model"], fit["backend"]): fit["verdict"] for fit in check_job(request)["fits"]}


def test_a_fault_elsewhere_passes_a_check_of_our_data_and_fails_where_it_is() -> None:
    """Data of its own kind show that the fault is there."""
    data = {"campaigns": load("campaigns"), "none": Counts(("A", "B"), (200, 10), (19, 0))}
    known = Backends(["exact"], opener({"exact": ExactBackend()})).selected((), ())
    found = verdicts(data, [independent()], known, NUTSSettings(draws=1000))
    assert found == {
        ("campaigns", "independent", "exact"): "passed",
        ("none", "independent", "exact"): "failed",
    }


@pytest.mark.nightly(
    twin="tests/backends/test_wrong_elsewhere.py::"
    "test_a_fault_elsewhere_passes_a_check_of_our_data_and_fails_where_it_is"
)
def test_a_fault_elsewhere_passes_the_checks_of_all_data_that_ship_with_us() -> None:
    names = ("exact", "nutpie", "stan")
    data = {name: load(name) for name in DATASETS}
    found = verdicts(data, [independent(), hierarchical()], Workers().backends.selected(names, ()))
    assert len(found) == len(DATASETS) * 2 * len(names)
    assert set(found.values()) == {"passed"}
