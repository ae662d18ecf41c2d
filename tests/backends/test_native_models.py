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
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.errors import BackendUnavailable, UnsupportedModel, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.same_model import tolerance
from pplcompare.validation.target.native_forms import NativeForms
from pplcompare.validation.target.target import Target

from tests.reference.fixtures import hierarchical_asymmetric, points, proportion_bounded, reserved_words

pytestmark = pytest.mark.seconds(15)

type Values = NDArray[np.float64]


class Forms(NativeForms):
    """What is no target, since it has no exact answer of its own: rates are integrated out."""

    def __init__(self, structure: Structure, inputs: Inputs) -> None:
        self.structure, self.inputs = structure, inputs


def whole() -> Target:
    _, model, counts = hierarchical_asymmetric()
    return Target(model, counts)


def bounded() -> Target:
    _, model, counts = proportion_bounded()
    return Target(model, counts)


def without_rates() -> Forms:
    return Forms(*marginalise(hierarchical()).sufficient(load("campaigns")))


def of_jax(case: NativeForms, u: Values) -> Values:
    with jax.enable_x64(True):
        return np.asarray(jax.jit(jax.vmap(case.jax()))(u))


def of_numpyro(case: NativeForms, u: Values) -> Values:
    from numpyro.infer.util import potential_energy

    with jax.enable_x64(True):
        model, arguments = case.numpyro()

        def energy(x: dict[str, Any]) -> Any:
            return potential_energy(model, arguments, {}, x)

        return -np.asarray(jax.jit(jax.vmap(energy))(split(case.structure, case.inputs, u)))


def of_pymc(case: NativeForms, u: Values) -> Values:
    model = case.pymc()
    names = [model.rvs_to_values[variable].name for variable in model.free_RVs]
    assert [variable.name for variable in model.free_RVs] == [variable.name for variable in case.structure.variables]
    density = model.compile_logp(mode="FAST_COMPILE")
    parts = [split(case.structure, case.inputs, x) for x in u]
    return np.array([float(density(dict(zip(names, part.values(), strict=True)))) for part in parts])


def of_stan(case: NativeForms, u: Values) -> Values:
    from cmdstanpy import CmdStanModel

    program, data = case.stan()
    model = CmdStanModel(exe_file=executable(program, locate()))
    supports = case.structure.supports(case.inputs)

    def at(x: Values) -> float:
        parts = split(case.structure, case.inputs, x)
        named = {name: supports[name].constrain(part).tolist() for name, part in parts.items()}
        return float(model.log_prob(named, data=data, sig_figs=17)["lp__"].iloc[0])

    return np.array([at(x) for x in u])


DENSITIES: dict[str, Callable[[NativeForms, Values], Values]] = {
    "jax": of_jax,
    "numpyro": of_numpyro,
    "pymc": of_pymc,
    "stan": of_stan,
}


def differences(name: str, case: NativeForms, asked: NativeForms | None = None) -> Values:
    """Return differences from the reference, and from the target's own density, in units of the stated tolerance."""
    at = points(case.structure, case.inputs, 6)
    u = flattened(case.structure, unconstrained(case.structure, case.inputs, at))
    reference = reference_density(case.structure, case.inputs, at, jacobian=True)
    found = DENSITIES[name](case if asked is None else asked, u)
    assert found.shape == reference.value.shape
    values = [reference.value, *([case.log_density(u)] if isinstance(case, Target) else [])]
    return np.abs(found - np.array(values)) / tolerance(reference.scale, reference.rounding)


# A program of Stan takes 25 seconds to compile: the one without rates is another test's as well.
LANDING = [("jax", whole), ("numpyro", whole), ("pymc", whole), ("stan", without_rates)]
OTHERS = [(name, case) for name in DENSITIES for case in (whole, bounded, without_rates) if (name, case) not in LANDING]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), LANDING)
def test_it_has_the_density_of_the_target(name: str, case: Callable[[], NativeForms]) -> None:
    assert np.all(differences(name, case()) <= 1.0)


@pytest.mark.nightly(twin="tests/backends/test_native_models.py::test_it_has_the_density_of_the_target")
@pytest.mark.parametrize(("name", "case"), OTHERS)
def test_each_has_the_density_of_the_target_for_each_kind_of_model(name: str, case: Callable[[], NativeForms]) -> None:
    assert np.all(differences(name, case()) <= 1.0)


def test_other_data_are_caught() -> None:
    case = whole()
    counts = Counts(case.counts.groups, case.counts.trials[::-1], case.counts.successes[::-1])
    assert np.all(np.max(differences("jax", case, Target(case.model, counts)), axis=1) > 1.0)


def test_stans_text_is_what_show_prints_but_for_the_data_and_is_accepted(tmp_path: Path) -> None:
    for fixture in (hierarchical_asymmetric(), reserved_words()):
        program, data = Target(fixture.model, fixture.counts).stan()
        assert "_lupmf" not in program
        declared = program[: program.index("parameters {")]
        assert all(f" {name};" in declared for name in data)
        path = tmp_path / "program.stan"
        path.write_text(program, encoding="utf-8")
        stanc = [str(locate().home / "bin" / "stanc"), f"--o={tmp_path / 'out.hpp'}", str(path)]
        subprocess.run(stanc, check=True)


def test_pymcs_groups_are_coordinates_by_name() -> None:
    model = whole().pymc()
    assert tuple(model.coords["group"]) == whole().counts.groups
    assert model.named_vars_to_dims["rate"] == ("group",)
    assert float(model["alpha_shape"].get_value()) == 2.5
    np.testing.assert_array_equal(model["trials"].get_value(), whole().counts.trials)


def test_numpyro_is_refused_in_32_bits_with_the_mend() -> None:
    with jax.enable_x64(False), pytest.raises(BackendUnavailable, match=r"numpyro: .*32 bits; .*jax_enable_x64', True"):
        whole().numpyro()


@pytest.mark.parametrize("name", ["jax", "numpyro", "pymc"])
def test_what_is_not_installed_is_refused_in_one_line_with_the_mend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BackendUnavailable, match=rf"{name}: cannot be imported: .*; pip install "):
        getattr(whole(), name)()


def test_a_name_that_has_none_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown backend"):
        native_model("winbugs", whole().structure, whole().inputs)
    with pytest.raises(UnsupportedModel, match="exact: has no form of the model for use outside"):
        native_model("exact", whole().structure, whole().inputs)


@pytest.mark.nightly(twin="tests/backends/test_native_models.py::test_it_has_the_density_of_the_target")
def test_numpyro_and_nutpie_sample_it_as_their_users_do() -> None:
    import nutpie
    from numpyro.infer import MCMC, NUTS

    with jax.enable_x64(True):
        model, arguments = whole().numpyro()
        mcmc = MCMC(NUTS(model), num_warmup=50, num_samples=20, progress_bar=False)
        mcmc.run(jax.random.PRNGKey(0), *arguments)
        assert {name: values.shape for name, values in mcmc.get_samples().items()} == {
            "alpha": (20,),
            "beta": (20,),
            "rate": (20, 13),
        }
    compiled = nutpie.compile_pymc_model(whole().pymc())
    trace = nutpie.sample(compiled, draws=20, tune=50, chains=1, seed=1, progress_bar=False)
    assert list(trace.posterior["rate"].coords["group"].values) == list(whole().counts.groups)
