"""Every backend's compiled density against 50 digits: value and gradient, with and without Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.stan_program import stan_program
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import locate
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.same_model import tolerance
from pplcompare.validation.process.remote import RemoteProgram

from tests.backends.conftest import Workshop
from tests.reference.density import ExactDensity, exact_density
from tests.reference.fixtures import (
    FIXTURES,
    beta_binomial,
    every_distribution,
    hierarchical_asymmetric,
    independent_asymmetric,
    points,
    proportion_bounded,
    reserved_words,
)

pytestmark = [pytest.mark.slow, pytest.mark.seconds(140)]

EVERY = "every_distribution"
CASES: dict[str, tuple[Structure, Inputs]] = {EVERY: every_distribution()}
for make in FIXTURES:
    CASES[make.__name__] = make().model.structure, make().model.bind(make().counts)

# A program costs nutpie and Stan twenty seconds: of the fixtures each backend runs those that share one of these few.
FEW = (independent_asymmetric, hierarchical_asymmetric, proportion_bounded, beta_binomial, reserved_words)
PROGRAMS = sorted({stan_program(CASES[name][0]) for name in (EVERY, *(make.__name__ for make in FEW))})
SAMPLED = sorted({stan_program(s, constants_once=True) for s, _ in CASES.values() if stan_program(s) in PROGRAMS})
# PyMC and nutpie share the model: one shows every distribution, the other takes the long way to machine code.
SKIPPED = {
    "nutpie": {EVERY, "beta_binomial"},
    "pymc": {make.__name__ for make in FIXTURES} - {"hierarchical_asymmetric"},
}
PAIRS = [
    (backend, name)
    for backend in ("stan", "nutpie", "pymc", "numpyro")
    for name, (structure, _) in CASES.items()
    if stan_program(structure) in PROGRAMS and name not in SKIPPED.get(backend, ())
]


@cache
def exact(name: str, jacobian: bool) -> ExactDensity:
    return exact_density(*CASES[name], points(*CASES[name]), jacobian=jacobian)


@pytest.fixture(scope="module")
def built() -> None:
    """Stan's programs are built side by side."""
    toolchain = locate()
    with ThreadPoolExecutor(2) as cores:
        list(cores.map(lambda program: executable(program, toolchain), SAMPLED))


@pytest.fixture
def compiled(workshop: Workshop, backend: str, name: str, request: pytest.FixtureRequest) -> RemoteProgram:
    if backend == "stan":
        request.getfixturevalue("built")
    structure, inputs = CASES[name]
    return workshop(backend).compile(structure, inputs.sizes)


def sound_gradients(backend: str, at: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Leave out the gradients that PyMC is known to get wrong; `test_defects` notices when it no longer does."""
    scalars = np.stack(
        [values for values in at.values() if values.ndim == 1] or [np.zeros(len(next(iter(at.values()))))]
    )
    return np.all(scalars != 1.0, axis=0) if backend in ("nutpie", "pymc") else np.ones(scalars.shape[1], dtype=bool)


@pytest.mark.parametrize(("backend", "name"), PAIRS)
def test_the_compiled_density_is_exact_within_the_stated_tolerance(
    compiled: RemoteProgram, backend: str, name: str
) -> None:
    structure, inputs = CASES[name]
    at = points(structure, inputs)
    for jacobian in (True, False):
        found = compiled.log_density(inputs, at, jacobian=jacobian)
        scale = reference_density(structure, inputs, at, jacobian=jacobian)
        within(found.value, exact(name, jacobian).value, tolerance(scale.scale, scale.rounding))
        assert set(found.gradient) == set(exact(name, jacobian).gradient)
        sound = sound_gradients(backend, at)
        for variable, gradient in exact(name, jacobian).gradient.items():
            limit = tolerance(scale.gradient_scale[variable], scale.gradient_rounding[variable])
            within(found.gradient[variable][sound], gradient[sound], limit[sound])


def test_one_program_holds_every_distribution() -> None:
    used = {type(item.distribution).__name__ for item in CASES[EVERY][0].random}
    assert used == set(DISTRIBUTIONS)


def within(found: NDArray[Any], exact: NDArray[Any], limit: NDArray[Any]) -> None:
    assert found.shape == exact.shape
    difference = np.abs(np.asarray(exact - found, dtype=np.float64))
    worst = np.unravel_index(np.argmax(difference / limit), difference.shape)
    assert difference[worst] <= limit[worst], f"at {worst}: {found[worst]}, exactly {exact[worst]}"
