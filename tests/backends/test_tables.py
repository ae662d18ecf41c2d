"""Every backend says of every distribution how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pplcompare.backends import numpyro_model, pymc_model, stan_program
from pplcompare.models.distributions import DISTRIBUTIONS

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
