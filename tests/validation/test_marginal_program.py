"""A backend without rates is a backend like any other: what it samples, times what it draws after, is the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import LogDensity, Points, Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.joint import DRAWN_HERE, planned_joint
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.same_model import check_same_model
from pplcompare.validation.study.study import Plan, carry_out
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram
from pplcompare.validation.wrapped.marginal_program import MarginalBackend

from tests.reference.fixtures import (
    Fixture,
    foreign,
    foreign_chain,
    hierarchical_asymmetric,
    hierarchical_integers,
    independent_asymmetric,
    long_chain,
    proportion_beta,
    proportion_bounded,
    proportion_improper,
    reserved_words,
)

MADE = (
    foreign,
    foreign_chain,
    hierarchical_asymmetric,
    hierarchical_integers,
    long_chain,
    proportion_beta,
    proportion_bounded,
    proportion_improper,
    reserved_words,
)


class Reduced:
    """Exact draws of the hyper-parameters, as if sampled without rates; the structure tells that it has none."""

    timing = ExactProgram.timing

    def __init__(self, structure: Structure, whole: Fixture, shift: int) -> None:
        self._density, self._whole, self._shift = ExactProgram(structure), whole, shift

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        moved = {name: counts - self._shift * (counts > 1) for name, counts in inputs.observed.items()}
        return self._density.log_density(replace(inputs, observed=moved), points, jacobian=jacobian)

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        pass

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        model = self._whole.model
        fit = ExactProgram(model.structure).sample(model.bind(self._whole.counts), settings, seed)
        return replace(fit, draws={name: x for name, x in fit.draws.items() if name != marginalise(model).rate.name})


class ReducedBackend(ExactBackend):
    def __init__(self, whole: Fixture, shift: int = 0) -> None:
        self._whole, self._shift = whole, shift

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> Program:  # type: ignore[override]
        assert all(variable.plate is None for variable in structure.variables)
        return Reduced(structure, self._whole, self._shift)  # type: ignore[return-value]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("shift", [0, 1], ids=["right", "one success too few"])
def test_what_is_left_times_the_rates_given_it_is_the_model(make: Callable[[], Fixture], shift: int) -> None:
    structure, inputs = make().model.structure, make().model.bind(make().counts)
    program = MarginalBackend(ReducedBackend(make(), shift)).compile(structure, inputs.sizes)
    outcome = check_same_model(program, structure, inputs).outcome
    assert outcome is (Outcome.FAILED if shift else Outcome.PASSED)


def test_recovered_rates_pass_every_check_of_the_study() -> None:
    whole = Fixture("", hierarchical_asymmetric().model, Counts(list("abc"), [20, 7, 100], [1, 7, 30]))
    plan = Plan(whole.counts, [whole.model], ["exact"], NUTSSettings(chains=4, warmup=1, draws=2500), seed=11)
    backend = MarginalBackend(ReducedBackend(whole))
    (row,) = carry_out(plan, lambda _: nullcontext(backend), lambda _: None).rows
    assert row.verdict is Verdict.PASSED, row.reason
    assert {result.subject for result in row.posterior.results} >= {"alpha", "rate[b]"}
    noted = [result for result in row.posterior.results if DRAWN_HERE in result.detail]
    assert len(noted) == planned_joint(whole.model.structure, whole.model.bind(whole.counts)).total()


def test_rates_of_another_group_fail_the_study() -> None:
    whole = Fixture("", hierarchical_asymmetric().model, Counts(list("abc"), [20, 7, 100], [1, 7, 30]))
    plan = Plan(whole.counts, [whole.model], ["exact"], NUTSSettings(chains=4, warmup=1, draws=2500), seed=11)

    class Rolled(MarginalBackend):
        def compile(self, structure: Structure, sizes: Mapping[str, int]) -> Program:  # type: ignore[override]
            program = super().compile(structure, sizes)
            sample = program.sample

            def rolled(inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
                fit = sample(inputs, settings, seed)
                return replace(fit, draws={**fit.draws, "rate": np.roll(fit.draws["rate"], 1, axis=2)})

            program.sample = rolled  # type: ignore[method-assign]
            return program

    (row,) = carry_out(plan, lambda _: nullcontext(Rolled(ReducedBackend(whole))), lambda _: None).rows
    assert row.verdict is Verdict.FAILED


def test_a_model_without_hyper_parameters_is_unsupported_and_says_why() -> None:
    fixture = independent_asymmetric()
    plan = Plan(fixture.counts, [fixture.model], ["exact"], NUTSSettings(chains=4, warmup=1, draws=100), seed=1)
    (row,) = carry_out(plan, lambda _: nullcontext(MarginalBackend(ExactBackend())), lambda _: None).rows
    assert row.verdict is Verdict.UNSUPPORTED
    assert "rate has no hyper-parameters" in row.reason
    with pytest.raises(UnsupportedModel):
        marginalise(fixture.model)
