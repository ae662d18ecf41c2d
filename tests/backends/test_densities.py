"""Every backend's compiled density against 50 digits: value and gradient, with and without Jacobian, every fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.registry import load_backend
from pplcompare.backends.stan_program import stan_program
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import locate
from pplcompare.models.density import reference_density
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.remote import RemoteBackend, RemoteProgram
from pplcompare.validation.same_model import tolerance
from pplcompare.validation.worker_process import WorkerProcess

from tests.reference.density import exact_density
from tests.reference.fixtures import FIXTURES, Fixture, points

pytestmark = pytest.mark.slow

type Maker = Callable[[], Fixture]
type Compile = Callable[[Structure, Inputs], RemoteProgram]


@cache
def case(make: Maker) -> tuple[Structure, Inputs, Mapping[str, NDArray[np.float64]]]:
    _, model, counts = make()
    inputs = model.bind(counts)
    return model.structure, inputs, points(model.structure, inputs)


@pytest.fixture(scope="module", params=["nutpie", "numpyro", "pymc", "stan"])
def compile_once(request: pytest.FixtureRequest) -> Iterator[Compile]:
    if request.param == "stan":
        toolchain = locate()
        programs = sorted({stan_program(case(make)[0]) for make in FIXTURES})
        with ThreadPoolExecutor(2) as cores:
            list(cores.map(lambda program: executable(program, toolchain), programs))
    with WorkerProcess(request.param, load_backend(request.param).environment()) as worker:
        backend = RemoteBackend(worker)
        compiled: dict[Any, RemoteProgram] = {}

        def compile_(structure: Structure, inputs: Inputs) -> RemoteProgram:
            key = structure, tuple(inputs.sizes.items())
            if key not in compiled:
                compiled[key] = backend.compile(structure, inputs.sizes)
            return compiled[key]

        yield compile_


def sound_gradients(backend: str, at: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Leave out the gradients that PyMC is known to get wrong; `test_defects` notices when it no longer does."""
    scalars = np.stack(
        [values for values in at.values() if values.ndim == 1] or [np.zeros(len(next(iter(at.values()))))]
    )
    return np.all(scalars != 1.0, axis=0) if backend in ("nutpie", "pymc") else np.ones(scalars.shape[1], dtype=bool)


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_the_compiled_density_is_exact_within_the_stated_tolerance(compile_once: Compile, make: Maker) -> None:
    structure, inputs, at = case(make)
    program = compile_once(structure, inputs)
    for jacobian in (True, False):
        found = program.log_density(inputs, at, jacobian=jacobian)
        exact = exact_density(structure, inputs, at, jacobian=jacobian)
        scale = reference_density(structure, inputs, at, jacobian=jacobian)
        within(found.value, exact.value, tolerance(scale.scale, scale.rounding))
        assert set(found.gradient) == set(exact.gradient)
        sound = sound_gradients(program.backend, at)
        for name, gradient in exact.gradient.items():
            limit = tolerance(scale.gradient_scale[name], scale.gradient_rounding[name])
            within(found.gradient[name][sound], gradient[sound], limit[sound])


def within(found: NDArray[Any], exact: NDArray[Any], limit: NDArray[Any]) -> None:
    assert found.shape == exact.shape
    difference = np.abs(np.asarray(exact - found, dtype=np.float64))
    worst = np.unravel_index(np.argmax(difference / limit), difference.shape)
    assert difference[worst] <= limit[worst], f"at {worst}: {found[worst]}, exactly {exact[worst]}"
