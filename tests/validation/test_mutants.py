"""Mutations alter what they say and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.density import reference_density
from pplcompare.validation.checks.same_model import probe_points
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS, TrialModel
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import EQUIVALENT, MUTANTS, RIGHT, MutantBackend, Mutation
from pplcompare.validation.wrapped.mutants.mutation import Question
from pplcompare.validation.wrapped.mutants.parts import added, everything, likelihood, prior

SETTINGS = NUTSSettings(chains=3, draws=200)


def draws_of(case: TrialModel, mutation: Mutation) -> Draws:
    program = MutantBackend(ExactBackend(), mutation).compile(case.model.structure, case.inputs.sizes)
    return program.sample(case.inputs, SETTINGS, 4).draws


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_alters_something_on_a_known_case(name: str) -> None:
    mutation = MUTANTS[name]
    assert mutation.on in TRIAL_MODELS
    assert mutation.alters
    assert mutation.what


def test_equivalent_mutants_are_known() -> None:
    assert all(it.mutant in MUTANTS and it.on in TRIAL_MODELS and it.reason for it in EQUIVALENT)
    assert all(it.on != MUTANTS[it.mutant].on for it in EQUIVALENT)


def test_the_mutation_that_alters_nothing_leaves_everything_as_it_is() -> None:
    case, nothing = TRIAL_MODELS["shapes"], Mutation("nothing")
    assert not nothing.alters
    sound = ExactBackend().compile(case.model.structure, case.inputs.sizes)
    for name, values in sound.sample(case.inputs, SETTINGS, 4).draws.items():
        np.testing.assert_array_equal(draws_of(case, nothing)[name], values)


@pytest.mark.parametrize("name", ["sd-0.95", "roll-trials", "prior-twice", "divergent-replaced"])
def test_many_fits_are_altered_like_one(name: str) -> None:
    case = TRIAL_MODELS["rates"]
    program = MutantBackend(ExactBackend(), MUTANTS[name]).compile(case.model.structure, case.inputs.sizes)
    (many,) = program.sample_many([case.inputs], SETTINGS, [4])
    np.testing.assert_array_equal(many.draws["rate"], draws_of(case, MUTANTS[name])["rate"])


def test_prior_and_likelihood_add_up_to_the_density() -> None:
    case = TRIAL_MODELS["proportion"]
    question = Question(case.model.structure, case.inputs, probe_points(case.model.structure, case.inputs), False)
    parts, whole = added(prior(question), 1.0, likelihood(question)), everything(question)
    np.testing.assert_allclose(parts.value, whole.value, rtol=1e-12)
    for name, gradient in whole.gradient.items():
        np.testing.assert_allclose(parts.gradient[name], gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "prior-dropped",
        "prior-twice",
        "likelihood-twice",
        "no-jacobian-rate",
        "jacobian-twice",
        "no-jacobian-concentration",
    ],
)
def test_the_draws_of_an_altered_density_have_that_density(name: str) -> None:
    """Inputs of the same structure whose log density differs from the altered one by a constant: the same posterior."""
    mutation, case = MUTANTS[name], TRIAL_MODELS[MUTANTS[name].on]
    structure, points = case.model.structure, probe_points(case.model.structure, case.inputs)
    program = MutantBackend(ExactBackend(), mutation).compile(structure, case.inputs.sizes)
    altered = program.log_density(case.inputs, points, jacobian=True)
    target = reference_density(structure, mutation.target(structure, case.inputs), points, jacobian=True)
    scale = np.abs(target.value).max()
    np.testing.assert_allclose(np.ptp(altered.value - target.value), 0.0, atol=1e-9 * scale)
    for variable, gradient in target.gradient.items():
        np.testing.assert_allclose(altered.gradient[variable], gradient, rtol=1e-9, atol=1e-9 * scale)


def test_half_the_concentration_is_fitted_as_it_is_evaluated() -> None:
    mutation, case = MUTANTS["half-concentration"], TRIAL_MODELS["proportion"]
    structure, points = case.model.structure, probe_points(case.model.structure, case.inputs)
    program = MutantBackend(ExactBackend(), mutation).compile(structure, case.inputs.sizes)
    altered = program.log_density(case.inputs, points, jacobian=True)
    half = {**points, "concentration": points["concentration"] / 2.0}
    target = reference_density(structure, mutation.target(structure, case.inputs), half, jacobian=True)
    np.testing.assert_allclose(np.ptp(altered.value - target.value), 0.0, atol=1e-9 * np.abs(target.value).max())


def test_six_digits_are_those_that_are_printed() -> None:
    values = np.random.default_rng(3).gamma(0.3, size=(2, 50))
    (altered,) = (
        RIGHT["six-digits"]
        .draws(TRIAL_MODELS["rates"].model.structure, TRIAL_MODELS["rates"].inputs, replace(_FIT, draws={"x": values}))
        .values()
    )
    # NumPy's powers of ten are right to four units, and the product by one of them to half a unit.
    printed = [[float(f"{x:.6g}") for x in row] for row in values]
    np.testing.assert_allclose(altered, printed, rtol=5 * np.finfo(float).eps)


_FIT = (
    ExactBackend().compile(TRIAL_MODELS["rates"].model.structure, {}).sample(TRIAL_MODELS["rates"].inputs, SETTINGS, 1)
)
