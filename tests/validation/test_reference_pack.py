"""Exact answers in posteriordb's format: its fields, the draws against the exact numbers, and its own package."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.datasets import DATASETS
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.pack.pack_store import store_pack
from pplcompare.validation.pack.reference_pack import PROBABILITIES, reference_pack
from pplcompare.validation.target.target import target
from scipy import stats

from tests.validation.test_cli import assert_refused, in_process

DRAWS: Final = "reference_posteriors/draws"
SUMMARIES: Final = "reference_posteriors/summary_statistics"
ADDED: Final = {"added_by", "added_date"}
# The fields of published documents; those of Hamiltonian Monte Carlo are null here.
FIELDS: Final[dict[str, set[str]]] = {
    "data/info": {"name", "keywords", "title", "description", "urls", "references", "data_file", *ADDED},
    "models/info": {
        *("name", "keywords", "title", "description", "urls", "references", "model_implementations", *ADDED)
    },
    "posteriors": {*("name", "keywords", "model_name", "reference_posterior_name", "data_name", "dimensions", *ADDED)},
    f"{DRAWS}/info": {"name", "inference", "diagnostics", "checks_made", "comments", "versions", *ADDED},
}
DIAGNOSTICS: Final = {
    *("diagnostic_information", "ndraws", "nchains", "effective_sample_size_bulk", "effective_sample_size_tail"),
    *("r_hat", "divergent_transitions", "expected_fraction_of_missing_information", "mean_lag1_ac"),
}
CHECKS: Final = {
    "ndraws_is_10k": True,
    "nchains_is_gte_4": True,
    "ess_within_bounds": True,
    "r_hat_below_1_01": True,
    "efmi_above_0_2": None,
    "abs_mean_lag1_ac_below_0_05": True,
}
# Run by posteriordb's own package, in an environment of its own.
READ: Final = """
import json, sys
from posteriordb import PosteriorDatabase
database = PosteriorDatabase(sys.argv[1])
found = {}
for posterior in database.posteriors():
    draws, info = posterior.reference_draws(), posterior.reference_draws_info()
    assert posterior.model.stan_code()
    found[posterior.name] = [posterior.data.values(), draws, info["diagnostics"]["ndraws"], posterior.information]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of rats, hierarchical."""
    folder = tmp_path_factory.mktemp("database")
    store_pack(reference_pack(target("rats", "hierarchical"), "rats", 1, "tests"), folder)
    return folder


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_documents_have_the_fields_of_published_ones(database: Path) -> None:
    for folder, fields in FIELDS.items():
        (file,) = (database / folder).glob("*.json")
        assert set(document(file)) == fields, folder
    info = document(database / DRAWS / "info" / "rats-hierarchical.info.json")
    diagnostics = info["diagnostics"]
    assert set(diagnostics) == DIAGNOSTICS
    assert diagnostics["divergent_transitions"] is diagnostics["expected_fraction_of_missing_information"] is None
    names = diagnostics["diagnostic_information"]["names"]
    assert names == ["alpha", "beta", *(f"rate[{i}]" for i in range(1, 72))]
    for name in ("effective_sample_size_bulk", "effective_sample_size_tail", "r_hat", "mean_lag1_ac"):
        assert len(diagnostics[name]) == len(names)
    assert info["checks_made"] == CHECKS
    assert info["inference"]["method"] == "analytical"
    recipe = info["inference"]["method_arguments"]
    assert recipe["seed"] == 1
    assert recipe["certified_error"] == target("rats", "hierarchical").exact.error.largest < 1e-9
    posterior = document(database / "posteriors" / "rats-hierarchical.json")
    assert posterior["dimensions"] == {"alpha": 1, "beta": 1, "rate": 71}


def test_quantiles_of_the_draws_are_within_their_own_error_of_the_exact_ones_in_the_file(database: Path) -> None:
    with zipfile.ZipFile(database / DRAWS / "draws" / "rats-hierarchical.json.zip") as archive:
        chains = json.loads(archive.read("rats-hierarchical.json"))
    exact = document(database / SUMMARIES / "quantiles" / "quantiles" / "rats-hierarchical.json")
    assert len(chains) == 10
    level = 1e-6 / (len(exact["names"]) * len(PROBABILITIES))
    for name, quantiles in zip(exact["names"], exact["quantiles"], strict=True):
        draws = np.concatenate([chain[name] for chain in chains])
        assert draws.size == 10_000
        for p, x in zip(exact["probabilities"], quantiles, strict=True):
            below = int((draws <= x).sum())
            assert stats.binomtest(below, draws.size, p).pvalue > level, (name, p)


def test_moments_in_the_file_are_the_exact_ones(database: Path) -> None:
    means = document(database / SUMMARIES / "mean_value" / "mean_value" / "rats-hierarchical.json")
    squares = document(database / SUMMARIES / "mean_value_squared" / "mean_value_squared" / "rats-hierarchical.json")
    exact = target("rats", "hierarchical").exact
    mean, sd = exact.rate_moments()
    assert means["mcse_mean"] is None
    assert np.allclose(means["mean_value"][2:], mean, rtol=1e-12, atol=0)
    assert np.allclose(squares["mean_value_squared"][2:], mean**2 + sd**2, rtol=1e-12, atol=0)
    assert means["mean_value"][0] == exact.marginal("alpha").mean


def test_our_own_reader_takes_the_draws(database: Path) -> None:
    archive = database / DRAWS / "draws" / "rats-hierarchical.json.zip"
    found = read_draws(str(archive), ["alpha", "beta", "rate"])
    assert check_draws(target("rats", "hierarchical").exact, found.draws).passed


def test_the_command_writes_each_model_beside_what_is_there_and_nothing_twice(tmp_path: Path) -> None:
    arguments = ("exact", "A=19/200", "B=3/10", "--posteriordb", str(tmp_path / "db"))
    found = in_process(*arguments, "--seed", "7")
    assert found.returncode == 0, found.stderr
    assert "Reference pack: " in found.stdout
    names = sorted(path.name for path in (tmp_path / "db" / "posteriors").iterdir())
    assert len(names) == 2
    before = {path: path.read_bytes() for path in (tmp_path / "db").rglob("*.json*")}
    assert_refused(in_process(*arguments), ["--posteriordb", "has this posterior already"])
    assert {path: path.read_bytes() for path in (tmp_path / "db").rglob("*.json*")} == before
    other = in_process(*arguments, "--model", "hierarchical", "--prior", "alpha=Gamma(8, 4)")
    assert other.returncode == 0, other.stderr
    assert len([*(tmp_path / "db" / "posteriors").iterdir()]) == 3


def test_a_call_that_is_refused_leaves_no_pack(tmp_path: Path) -> None:
    pack, taken = tmp_path / "db", tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").touch()
    arguments = ("exact", "A=19/200", "B=3/10", "--model", "independent", "--posteriordb", str(pack))
    assert in_process(*arguments, "--compare", "A,X").returncode == 2
    assert in_process(*arguments, "--out", str(taken)).returncode == 2
    assert not pack.exists()


@pytest.mark.nightly(
    twin="tests/validation/test_reference_pack.py::test_quantiles_of_the_draws_are_within_their_own_error_of_the_exact_ones_in_the_file"
)
def test_posteriordbs_own_package_reads_every_data_set_and_model(tmp_path: Path) -> None:
    for data in DATASETS:
        for model in FAMILIES:
            store_pack(reference_pack(target(data, model), data, 1, "tests"), tmp_path)
    command = ["uv", "run", "--isolated", "--no-project", "--with", "posteriordb", "python", "-c", READ, str(tmp_path)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert sorted(found) == sorted(f"{data}-{model}" for data in DATASETS for model in FAMILIES)
    for name, (values, chains, ndraws, information) in found.items():
        of = target(*name.split("-"))
        assert values == json.loads(json.dumps(of.stan()[1]))
        assert ndraws == 10_000
        assert information["keywords"] == ["exact answer"]
        draws = {key: [chain[key] for chain in chains] for key in chains[0]}
        assert check_draws(of.exact, draws).passed, name
