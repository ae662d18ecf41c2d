"""Every backend says of every distribution how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from pplcompare.backends import numpyro_model, pymc_counts, pymc_model, stan_program
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import DISTRIBUTIONS, Binomial, Gamma
from pplcompare.models.rewrite import marginalise
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
