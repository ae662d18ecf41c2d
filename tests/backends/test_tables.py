"""Every backend says of every distribution how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pplcompare.backends import numpyro_model, pymc_model, stan_program
from pplcompare.models.distributions import DISTRIBUTIONS

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
        assert all(f"{{{argument}}}" in entry.density for argument in DISTRIBUTIONS[name].domains)


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
