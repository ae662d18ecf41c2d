"""Every backend says of every distribution how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from pplcompare.backends import numpyro_model, pymc_counts, pymc_model, pymc_prediction, stan_program, stan_simulation
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.distribution import Data, Distribution
from pplcompare.models.distributions import DISTRIBUTIONS, Beta, Binomial, Gamma
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.spec import Input, Model, Observed, Variable

from tests.reference.fixtures import beta_binomial, reserved_words

TABLES: Mapping[str, Mapping[str, Any]] = {
    "pymc": pymc_model.DISTRIBUTIONS,
    "numpyro": numpyro_model.DISTRIBUTIONS,
    "stan": stan_program.DISTRIBUTIONS,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_has_exactly_the_distributions_of_the_set(table: Mapping[str, Any]) -> None:
    assert set(table) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("table", [pymc_model.DISTRIBUTIONS, numpyro_model.DISTRIBUTIONS], ids=["pymc", "numpyro"])
def test_a_table_passes_every_argument_once(table: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
    for name, (_, arguments) in table.items():
        if name != "PowerLaw":  # weighted by hand
            assert sorted(arguments.values()) == sorted(DISTRIBUTIONS[name].domains)


def test_stan_writes_every_argument() -> None:
    for name, entry in stan_program.DISTRIBUTIONS.items():
        for density in filter(None, (entry.density, entry.rest)):
            assert all(f"{{{argument}}}" in density for argument in DISTRIBUTIONS[name].domains)


def has_an_axis(kind: type[Distribution], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether PyTensor's graph of such a variable on a plate takes an axis for draws; nothing is compiled."""
    variable = Variable("x", kind(*(0.25, 0.5)[: len(kind.domains)]), plate="g")
    rate = Variable("p", Beta(1, 2), plate="g")
    structure = Model(
        "m", Input("n", plate="g"), variable, rate, Observed("k", Binomial("n", "p"), plate="g")
    ).structure
    drawn: list[Any] = []
    monkeypatch.setattr("pymc.compile", lambda given, outputs, **_: drawn.extend(outputs))
    try:
        model = pymc_model.pymc_model(structure, {"g": 3}, forward=True)
        pymc_prediction.Forward(model, tuple(item.name for item in structure.inputs), ("x",))
    except (NotImplementedError, ValueError):
        return False
    return bool(drawn[0].type.ndim == 2)


def test_what_pytensor_gives_no_axis_for_draws_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a model with others they are all drawn one by one, so that a missing one would not show there."""
    of_numbers = [
        (name, kind)
        for name, kind in DISTRIBUTIONS.items()
        if kind.proper and not any(isinstance(domain, Data) for domain in kind.domains.values())
    ]
    without = {name for name, kind in of_numbers if not has_an_axis(kind, monkeypatch)}
    assert without == pymc_prediction._NO_AXIS


COUNTS = {"Binomial", "BetaBinomial"}


def test_binomial_coefficients_are_of_data_alone_where_they_are_not_hoisted_by_a_compiler() -> None:
    assert set(pymc_counts.OBSERVED) == COUNTS
    assert {name for name, entry in stan_program.DISTRIBUTIONS.items() if entry.constant} == COUNTS


def test_stan_computes_binomial_coefficients_with_the_data() -> None:
    program = stan_program.stan_program(hierarchical().structure, constants_once=True)
    assert "transformed data {\n  real successes_constant = sum(lchoose(trials, successes));\n}\n" in program
    assert "target += binomial_lupmf(successes | trials, rate) + successes_constant;" in program


def test_stan_keeps_a_density_whole_that_no_parameter_moves() -> None:
    """Of it ``_lupmf`` would leave nothing."""
    model = Model(
        "fixed", Input("n", plate="g"), Variable("a", Gamma(2, 3)), Observed("k", Binomial("n", 0.3), plate="g")
    )
    program = stan_program.stan_program(model.structure, constants_once=True)
    assert program == stan_program.stan_program(model.structure)
    assert "target += binomial_lpmf(k | n, k_probability);" in program


def test_numpyros_source_has_our_beta_binomial_and_runs() -> None:
    _, model, counts = beta_binomial()
    source = numpyro_model.numpyro_source(model.structure, model.bind(counts))
    program = source.replace("numpyro.enable_x64()", "")  # a switch of this whole process
    assert "class BetaBinomial(dist.BetaBinomial):" in source
    found: dict[str, Any] = {}
    exec(program, found)
    assert issubclass(found["BetaBinomial"], found["dist"].BetaBinomial)


def test_a_variable_does_not_hide_a_function_of_stan() -> None:
    program = stan_program.stan_program(reserved_words().model.structure)
    assert "real<lower=0> size_v;" in program
    assert "cauchy_lpdf(size_v | 0, real_v) + size(size_v) * log2()" in program


def test_a_variable_may_be_called_as_the_index_of_a_loop() -> None:
    rate = Variable("i", Beta(2, 5), plate="g")
    model = Model("m", Input("n", plate="g"), rate, Observed("k", Binomial("n", "i"), plate="g"))
    program = stan_simulation.simulation_program(model.structure)
    assert "for (iv in 1:size_1) i_out[iv] = is_prior ? beta_rng(i_alpha, i_beta) : i[iv];" in program
    assert "(i in" not in program


def test_a_variable_may_be_called_prior() -> None:
    prior = Variable("prior", Beta(2, 5), plate="g")
    model = Model("m", Input("n", plate="g"), prior, Observed("k", Binomial("n", "prior"), plate="g"))
    program = stan_simulation.simulation_program(model.structure)
    assert "vector<lower=0, upper=1>[size_1] prior;" in program
    assert "prior_out[i] = is_prior ? beta_rng(prior_alpha, prior_beta) : prior[i];" in program


@pytest.mark.parametrize(
    ("counts", "kind"),
    [(Counts(["a", "b"], [1025, 1], [19, 1]), "WeightedBetaBinomial"), (load("campaigns"), "BetaBinomialTails")],
    ids=["rows", "tails"],
)
def test_likelihoods_by_sufficient_statistics_are_defined_where_they_are_pasted(counts: Counts, kind: str) -> None:
    structure, inputs = marginalise(hierarchical()).sufficient(counts)
    assert type(structure.observed[0].distribution).__name__ == kind
    expected = reference_density(
        structure, inputs, {"alpha": np.array([2.5]), "beta": np.array([7.25])}, jacobian=False
    )
    found: dict[str, Any] = {}
    exec(pymc_model.pymc_source(structure, inputs), found)
    density = found["model"].compile_logp(jacobian=False, mode="FAST_COMPILE")
    at = {"alpha_log__": np.log(2.5), "beta_log__": np.log(7.25)}
    assert float(density(at)) == pytest.approx(float(expected.value[0]), rel=1e-12)
    exec(numpyro_model.numpyro_source(structure, inputs).replace("numpyro.enable_x64()", ""), found)
    likelihood = numpyro_model.DISTRIBUTIONS[type(structure.observed[0].distribution).__name__][0]
    assert callable(found["model"])
    assert likelihood in found["model"].__code__.co_names
    assert callable(found[likelihood])
