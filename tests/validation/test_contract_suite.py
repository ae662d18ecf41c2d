"""The shipped contract on trial: a right backend keeps every promise, and each broken one breaks its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from pplcompare import CheckNotPassed, NUTSSettings, Target
from pplcompare.models.counts import Counts
from pplcompare.models.errors import SamplingError, UsageError
from pplcompare.testing import ContractReport, SamplerBackend, check_backend
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.testing.contract import PROMISES
from pplcompare.validation.testing.contract_case import MODEL, SHORTEST

from tests.validation.conftest import FAKES

pytestmark = pytest.mark.seconds(20)

COUNTS = Counts(["A", "B"], [20, 9], [7, 1])
OURS = {
    *("density", "no Jacobian", "gradient", "other density"),
    *("prior", "blind prior", "next counts", "new groups", "simulated seeds", "order", "right counts"),
}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, type[SamplerBackend]]:
    monkeypatch.syspath_prepend(FAKES)
    found: Mapping[str, type[SamplerBackend]] = import_module("pplcompare_broken").BROKEN
    return found


def tried(kind: type[SamplerBackend]) -> ContractReport:
    return check_backend(kind(), counts=COUNTS, draws=250)


def test_a_right_backend_keeps_every_promise_and_what_is_ours_is_called_so(
    broken: Mapping[str, type[SamplerBackend]],
) -> None:
    report = tried(import_module("pplcompare_broken").Right)
    assert {result.name: result.outcome for result in report.results} == {
        name: Outcome.OURS if name in OURS else Outcome.PASSED for name in PROMISES
    }
    assert report
    assert report.verdict is Verdict.PASSED
    report.raise_if_failed()
    assert json.loads(json.dumps(report.to_dict()))["verdict"] == "passed"


def test_every_promise_has_a_backend_that_breaks_it(broken: Mapping[str, type[SamplerBackend]]) -> None:
    assert set(broken) == set(PROMISES)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_backend_that_breaks_one_promise_fails_by_its_name_and_no_other(
    promise: str, broken: Mapping[str, type[SamplerBackend]]
) -> None:
    report = tried(broken[promise])
    assert [result.name for result in report.failures] == [promise], str(report)
    assert report.verdict is Verdict.FAILED
    assert not report
    with pytest.raises(CheckNotPassed, match=f"\n  {promise}: failed"):
        report.raise_if_failed()


def test_what_says_nothing_after_a_failure_is_not_tested_with_the_reason(
    broken: Mapping[str, type[SamplerBackend]],
) -> None:
    found = {result.name: result for result in tried(broken["sample"]).results}
    assert found["right draws"].outcome is Outcome.NOT_TESTED
    assert found["right draws"].detail == "see “sample”"
    assert not found["right draws"]


def test_a_backend_without_a_simulator_keeps_the_contract_and_nothing_of_it_is_passed_silently(
    broken: Mapping[str, type[SamplerBackend]],
) -> None:
    right = import_module("pplcompare_broken").Right
    without = type("Without", (right.program,), {"__init__": lambda self, *given: _without(self, right, *given)})
    report = tried(type("Silent", (right,), {"program": without, "__module__": right.__module__}))
    left_out = [result for result in report.results if result.outcome is Outcome.NOT_TESTED]
    assert {result.name for result in left_out} == OURS - {"density", "no Jacobian", "gradient", "other density"}
    assert {result.detail for result in left_out} == {"its program has no simulator"}
    assert report.passed


def _without(program: object, right: type[SamplerBackend], *given: object) -> None:
    import_module("pplcompare_broken").SamplerProgram.__init__(program, *given)
    program.simulator = None  # type: ignore[attr-defined]


def test_a_backend_whose_library_is_missing_is_unavailable(broken: Mapping[str, type[SamplerBackend]]) -> None:
    right = import_module("pplcompare_broken").Right
    report = tried(type("Missing", (right,), {"requires": ("no-such-library",), "__module__": right.__module__}))
    assert report.verdict is Verdict.UNAVAILABLE
    assert report.missing == "no-such-library is not installed; pip install no-such-library"
    assert not report.failures
    with pytest.raises(CheckNotPassed, match="unavailable: no-such-library is not installed"):
        report.raise_if_failed()


def test_too_few_effective_draws_are_no_pass(broken: Mapping[str, type[SamplerBackend]]) -> None:
    report = check_backend(import_module("pplcompare_broken").Right(), counts=COUNTS, draws=50)
    assert report.verdict is Verdict.UNDERPOWERED
    assert not report


def test_sentences_fit_beside_names_in_80_columns() -> None:
    assert max(len(promise.sentence) for promise in PROMISES.values()) <= 80 - 15 - 17
    assert max(map(len, PROMISES)) < 17
    order = list(PROMISES)
    assert all(order.index(before) < order.index(name) for name, it in PROMISES.items() for before in it.after)


def test_the_text_of_a_program_runs_and_gives_the_target(broken: Mapping[str, type[SamplerBackend]]) -> None:
    program = import_module("pplcompare_broken").Right().compile(MODEL.structure, {"group": 2})
    found: dict[str, Any] = {}
    exec(program.source(MODEL.bind(COUNTS)), found)
    assert found["posterior"].inputs.values.keys() == MODEL.bind(COUNTS).values.keys()
    assert found["posterior"].dimension == 4


def test_a_function_is_a_backend_too_and_its_statistics_are_told() -> None:
    def sample(target: Target, settings: NUTSSettings, seed: int) -> Any:
        draws = np.random.default_rng(seed).normal(size=(settings.chains, settings.draws, target.dimension))
        return draws, {"lp": draws[:, :, 0]}

    program = SamplerBackend("mine", sample).compile(MODEL.structure, {"group": 2})
    fit = program.sample(MODEL.bind(COUNTS), SHORTEST, 3)
    assert {name: values.shape for name, values in fit.draws.items()} == {
        "alpha": (3, 53),
        "beta": (3, 53),
        "rate": (3, 53, 2),
    }
    assert np.all((fit.draws["rate"] > 0) & (fit.draws["rate"] < 1))
    assert set(fit.statistics) == {"lp"}
    assert fit.native == SHORTEST.as_dict()


def test_what_cannot_be_a_backend_is_refused_with_the_mend() -> None:
    with pytest.raises(UsageError, match="a backend needs a name"):
        SamplerBackend()
    program = SamplerBackend("mine").compile(MODEL.structure, {"group": 2})
    with pytest.raises(UsageError, match="there is nothing that samples"):
        program.sample(MODEL.bind(COUNTS), SHORTEST, 1)
    for returned in (np.zeros((3, 53)), 7):
        program = SamplerBackend("mine", lambda *_, it=returned: it).compile(MODEL.structure, {"group": 2})
        with pytest.raises(SamplingError, match=r"must return an array \(chain, draw, 4\)"):
            program.sample(MODEL.bind(COUNTS), SHORTEST, 1)
