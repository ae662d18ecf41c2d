"""The model in each library's own form, as its users evaluate and sample it: the same density, names and data."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.coordinates import flattened, split, unconstrained
from pplcompare.backends.native_model import native_model
from pplcompare.backends.stan_toolchain.build import executable
from pplcompare.backends.stan_toolchain.locate import locate
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.errors import BackendUnavailable, UnsupportedModel, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.same_model import tolerance

from tests.reference.fixtures import hierarchical_asymmetric, points, proportion_bounded, reserved_words

type Case = tuple[Structure, Inputs]
type Values = NDArray[np.float64]


def whole() -> Case:
    fixture = hierarchical_asymmetric()
    return fixture.model.structure, fixture.model.bind(fixture.counts)


def bounded() -> Case:
    fixture = proportion_bounded()
    return fixture.model.structure, fixture.model.bind(fixture.counts)


def without_rates() -> Case:
    return marginalise(hierarchical()).sufficient(load("campaigns"))


def of_jax(case: Case, u: Values) -> Values:
    with jax.enable_x64(True):
        function: Any = native_model("jax", *case)
        return np.asarray(jax.jit(jax.vmap(function))(u))


def of_numpyro(case: Case, u: Values) -> Values:
    from numpyro.infer.util import potential_energy

    with jax.enable_x64(True):
        model, arguments = pair(native_model("numpyro", *case))

        def energy(x: dict[str, Any]) -> Any:
            return potential_energy(model, arguments, {}, x)

        return -np.asarray(jax.jit(jax.vmap(energy))(split(*case, u)))


def of_pymc(case: Case, u: Values) -> Values:
    model: Any = native_model("pymc", *case)
    names = [model.rvs_to_values[variable].name for variable in model.free_RVs]
    assert [variable.name for variable in model.free_RVs] == [variable.name for variable in case[0].variables]
    density = model.compile_logp(mode="FAST_COMPILE")
    parts = [split(*case, x) for x in u]
    return np.array([float(density(dict(zip(names, part.values(), strict=True)))) for part in parts])


def of_stan(case: Case, u: Values) -> Values:
    from cmdstanpy import CmdStanModel

    program, data = pair(native_model("stan", *case))
    model = CmdStanModel(exe_file=executable(program, locate()))
    supports = case[0].supports(case[1])

    def at(x: Values) -> float:
        named = {name: supports[name].constrain(part).tolist() for name, part in split(*case, x).items()}
        return float(model.log_prob(named, data=data, sig_figs=17)["lp__"].iloc[0])

    return np.array([at(x) for x in u])


def pair(found: object) -> tuple[Any, Any]:
    assert isinstance(found, tuple)
    first, second = found
    return first, second


DENSITIES: dict[str, Callable[[Case, Values], Values]] = {
    "jax": of_jax,
    "numpyro": of_numpyro,
    "pymc": of_pymc,
    "stan": of_stan,
}


def has_the_same_density(name: str, case: Case, count: int = 6) -> None:
    at = points(*case, count)
    reference = reference_density(*case, at, jacobian=True)
    found = DENSITIES[name](case, flattened(case[0], unconstrained(*case, at)))
    assert found.shape == reference.value.shape
    assert np.all(np.abs(found - reference.value) <= tolerance(reference.scale, reference.rounding))


# A program of Stan takes 25 seconds to compile: the one without rates is another test's as well.
LANDING = [("jax", whole), ("numpyro", whole), ("pymc", whole), ("stan", without_rates)]
OTHERS = [(name, case) for name in DENSITIES for case in (whole, bounded, without_rates) if (name, case) not in LANDING]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), LANDING)
def test_it_has_the_density_of_the_reference(name: str, case: Callable[[], Case]) -> None:
    has_the_same_density(name, case())


@pytest.mark.nightly(twin="tests/backends/test_native_models.py::test_it_has_the_density_of_the_reference")
@pytest.mark.parametrize(("name", "case"), OTHERS)
def test_each_has_the_density_of_the_reference_for_each_kind_of_model(name: str, case: Callable[[], Case]) -> None:
    has_the_same_density(name, case())


def test_other_data_are_caught() -> None:
    structure, inputs = whole()
    counts = {"trials": inputs.counts["trials"][::-1].copy()}
    other = Inputs(
        inputs.constants, counts, {"successes": inputs.observed["successes"][::-1].copy()}, inputs.groups, inputs.plate
    )
    at = points(structure, inputs, 6)
    reference = reference_density(structure, inputs, at, jacobian=True)
    found = of_jax((structure, other), flattened(structure, unconstrained(structure, inputs, at)))
    assert np.any(np.abs(found - reference.value) > tolerance(reference.scale, reference.rounding))


def test_stans_text_is_what_show_prints_but_for_the_data_and_is_accepted(tmp_path: Path) -> None:
    for fixture in (hierarchical_asymmetric(), reserved_words()):
        structure, inputs = fixture.model.structure, fixture.model.bind(fixture.counts)
        program, data = pair(native_model("stan", structure, inputs))
        assert "_lupmf" not in program
        declared = program[: program.index("parameters {")]
        assert all(f" {name};" in declared for name in data)
        path = tmp_path / "program.stan"
        path.write_text(program, encoding="utf-8")
        stanc = [str(locate().home / "bin" / "stanc"), f"--o={tmp_path / 'out.hpp'}", str(path)]
        subprocess.run(stanc, check=True)


def test_pymcs_groups_are_coordinates_by_name() -> None:
    structure, inputs = whole()
    model: Any = native_model("pymc", structure, inputs)
    assert tuple(model.coords["group"]) == inputs.groups
    assert model.named_vars_to_dims["rate"] == ("group",)
    assert float(model["alpha_shape"].get_value()) == 2.5
    np.testing.assert_array_equal(model["trials"].get_value(), inputs.counts["trials"])


def test_numpyro_is_refused_in_32_bits_with_the_mend() -> None:
    with jax.enable_x64(False), pytest.raises(BackendUnavailable, match=r"numpyro: .*32 bits; .*jax_enable_x64', True"):
        native_model("numpyro", *whole())


@pytest.mark.parametrize("name", ["jax", "numpyro", "pymc"])
def test_what_is_not_installed_is_refused_in_one_line_with_the_mend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BackendUnavailable, match=rf"{name}: cannot be imported: .*; pip install "):
        native_model(name, *whole())


def test_a_name_that_has_none_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown backend"):
        native_model("winbugs", *whole())
    with pytest.raises(UnsupportedModel, match="exact: has no form of the model for use outside"):
        native_model("exact", *whole())


@pytest.mark.nightly(twin="tests/backends/test_native_models.py::test_it_has_the_density_of_the_reference")
def test_numpyro_and_nutpie_sample_it_as_their_users_do() -> None:
    import nutpie
    from numpyro.infer import MCMC, NUTS

    with jax.enable_x64(True):
        model, arguments = pair(native_model("numpyro", *whole()))
        mcmc = MCMC(NUTS(model), num_warmup=50, num_samples=20, progress_bar=False)
        mcmc.run(jax.random.PRNGKey(0), *arguments)
        assert {name: values.shape for name, values in mcmc.get_samples().items()} == {
            "alpha": (20,),
            "beta": (20,),
            "rate": (20, 13),
        }
    compiled = nutpie.compile_pymc_model(native_model("pymc", *whole()))
    trace = nutpie.sample(compiled, draws=20, tune=50, chains=1, seed=1, progress_bar=False)
    assert list(trace.posterior["rate"].coords["group"].values) == list(whole()[1].groups)
