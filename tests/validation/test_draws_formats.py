"""Draws of one fit in every format that people have: the same numbers and the same verdict."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import independent
from pplcompare.models.datasets import load
from pplcompare.models.errors import DataError
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.draws.labelled_draws import labelled_draws
from pplcompare.validation.exact import ExactPosterior, exact_posterior

from tests.validation.draws_fixtures import FOLDER
from tests.validation.test_cli import in_process

# Written with these digits; the others have all.
DIGITS: Final = {"cmdstan_warmup": 6}
FORMATS: Final = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture(scope="module")
def exact() -> ExactPosterior:
    return exact_posterior(independent(), load("campaigns"))


@pytest.fixture(scope="module")
def rates() -> NDArray[np.float64]:
    """The draws (chain, draw, group), by a reader that is not ours."""

    def rows(file: Path) -> Iterator[list[float]]:
        with file.open() as opened:
            for row in csv.DictReader(line for line in opened if not line.startswith("#")):
                yield [float(row["rate.1"]), float(row["rate.2"])]

    return np.array([[*rows(file)] for file in sorted((FOLDER / "cmdstan").iterdir())])


def test_every_format_is_there() -> None:
    assert [
        *("arviz_0.nc", "arviz_1.nc", "cmdstan", "cmdstan_warmup", "draws.npz", "flat.npz", "netcdf3.nc"),
        "posteriordb.json.zip",
    ] == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_has_the_numbers_and_the_verdict_of_all(
    name: str, exact: ExactPosterior, rates: NDArray[np.float64]
) -> None:
    found = read_draws(str(FOLDER / name), ["rate"])
    assert rates.shape == (4, 500, 2)
    (values,), _ = labelled_draws(exact, found.draws)[0].values(), None
    digits = DIGITS.get(name)
    if digits is None:
        assert np.array_equal(values, rates)
    else:
        assert np.max(np.abs(values / rates - 1)) <= 0.5 * 10.0 ** (1 - digits)
        assert not np.array_equal(values, rates)
    assert ("500 draws of the warm-up of each chain were left out" in found.notes) is (name == "cmdstan_warmup")
    checked, of_all = check_draws(exact, found.draws), check_draws(exact, {"rate": rates})
    assert checked.passed, checked
    outcomes = [
        [(result.check, result.subject, result.outcome) for result in c.report.results] for c in (checked, of_all)
    ]
    assert outcomes[0] == outcomes[1]


def test_posteriordb_is_read_unpacked_too_and_cmdstan_chain_by_chain(
    tmp_path: Path, exact: ExactPosterior, rates: NDArray[np.float64]
) -> None:
    shutil.unpack_archive(FOLDER / "posteriordb.json.zip", tmp_path)
    chains = read_draws(str(tmp_path / "posteriordb.json"), ["rate"]).draws
    assert np.array_equal(labelled_draws(exact, chains)[0]["rate"], rates)
    one = read_draws(str(FOLDER / "cmdstan" / "campaigns_3.csv"), ["rate"]).draws
    assert np.array_equal(labelled_draws(exact, one)[0]["rate"], rates[2:3])


@pytest.mark.parametrize("name", ["cmdstan_warmup", "posteriordb.json.zip"])
def test_a_format_is_checked_on_the_command_line(name: str) -> None:
    found = in_process("check", "campaigns", "--model", "independent", "--draws", str(FOLDER / name), "--json")
    assert found.returncode == 0, found.stderr
    notes = json.loads(found.stdout)["notes"]
    assert "rate: groups in the order of the data (A, B)" in notes
    assert ("500 draws of the warm-up of each chain were left out" in notes) is (name == "cmdstan_warmup")


# Settings of CmdStan's files -> how many of 30 draws are left, with saved warm-up.
SETTINGS: Final[dict[str, tuple[str, int]]] = {
    "true": ("num_samples = 20 (Default)\n# num_warmup = 10\n# save_warmup = true", 20),
    "1": ("num_samples = 20\n# num_warmup = 10\n# save_warmup = 1", 20),
    "thin": ("num_samples = 39\n# num_warmup = 19\n# save_warmup = 1\n# thin = 2", 20),
    "false": ("num_samples = 30\n# num_warmup = 10\n# save_warmup = false (Default)", 30),
    "0": ("num_samples = 30\n# num_warmup = 10\n# save_warmup = 0 (Default)", 30),
    "unknown": ("algorithm = hmc", 30),
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_warm_up_is_what_the_settings_of_a_file_say(settings: str, tmp_path: Path) -> None:
    comments, left = SETTINGS[settings]
    rows = "".join(f"-1,{i / 100}\n" for i in range(30))
    (tmp_path / "a.csv").write_text(f"# stan_version_major = 2\n#   sample\n#     {comments}\nlp__,alpha\n{rows}")
    found = read_draws(str(tmp_path / "a.csv"), ["alpha"])
    assert np.asarray(found.draws["alpha"]).tolist() == [[i / 100 for i in range(30 - left, 30)]]
    assert len(found.notes) == (settings not in ("false", "0"))


def written(folder: Path, chain: int, number: str = "", names: str = "lp__,rate.1,rate.2", rows: int = 3) -> None:
    row = ",".join(["0.1"] * (names.count(",") + 1))
    (folder / f"m-2_{chain}.csv").write_text(f"# model = m\n# id = {number or chain}\n{names}\n" + f"{row}\n" * rows)


def test_chains_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for chain in (10, 9, 1):
        (tmp_path / f"m_{chain}.csv").write_text(f"# model = m\n# id = {chain}\nlp__,alpha\n1,{chain}\n")
    assert np.asarray(read_draws(str(tmp_path), ["alpha"]).draws["alpha"]).tolist() == [[1.0], [9.0], [10.0]]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"number": "1"}, ["chain 1 twice", "files of two runs", "m-2_1.csv"]),
        ({"names": "lp__,rate.1"}, ["other names than the first", "rate.2"]),
        ({"rows": 2}, ["other lengths than the first", "[2, 3]"]),
    ],
)
def test_chains_that_are_not_of_one_run_are_refused(
    second: Mapping[str, Any], words: list[str], tmp_path: Path
) -> None:
    written(tmp_path, 1)
    written(tmp_path, 2, **second)
    with pytest.raises(DataError) as caught:
        read_draws(str(tmp_path), ["rate"])
    assert all(word in str(caught.value) for word in (*words, "m-2_2.csv"))


def columns(*labels: str) -> dict[str, Any]:
    """Draws whose values are the place of their label."""
    return {f"rate{label}": np.full((1, 2), float(i)) for i, label in enumerate(labels)}


def named(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same with names of dimensions, in another order."""
    return {name: xr.DataArray(value.T, dims=("draw", "chain")) for name, value in given.items()}


@pytest.mark.parametrize(
    ("groups", "given", "order"),
    [
        (["A", "B"], columns("[A]", "[B]"), [0, 1]),
        (["A", "B"], columns("[B]", "[A]"), [1, 0]),
        (["A", "B"], columns("[1]", "[2]"), [0, 1]),
        (["A", "B"], columns("[2]", "[1]"), [1, 0]),
        (["A", "B"], columns("[0]", "[1]"), [0, 1]),
        (["A", "B"], columns(".2", ".1"), [1, 0]),
        (["A", "B"], columns("[B]", "[A]") | {"rates": 1, "rate_new[1]": 1, "rate.x": 1, "rate[": 1}, [1, 0]),
        (["2", "1"], columns(".1", ".2"), [0, 1]),
        (["1", "2"], columns("[2]", "[1]"), [1, 0]),
        (["9", "10"], columns("[10]", "[9]"), [1, 0]),
        (["a]", "b["], columns("[b[]", "[a]]"), [1, 0]),
        (["A", "B"], named(columns(".2", ".1")), [1, 0]),
    ],
)
def test_elements_of_flat_names_are_put_in_the_order_of_the_data(
    groups: list[str], given: dict[str, Any], order: list[int]
) -> None:
    exact = exact_posterior(independent(), load(dict.fromkeys(groups, (10, 1))))
    found, _ = labelled_draws(exact, given)
    assert found["rate"].shape == (1, 2, 2)
    assert found["rate"][0, 0].tolist() == order


@pytest.mark.parametrize(
    ("groups", "given", "words"),
    [
        (["2", "1"], columns("[1]", "[2]"), ["may be positions or names"]),
        (["A", "B"], columns("[A]", "[C]"), ["not those of the data", "C"]),
        (["A", "B"], columns("[A]"), ["needs the shape", "(1, 2, 1)"]),
        (["A", "B"], columns("[1,1]", "[1,2]"), ["not those of the data", "1,1"]),
        (["A", "B"], columns("[A]", "[B]") | {"rate[B]": np.zeros((1, 3))}, ["elements of other shapes"]),
        (["A", "B"], {"rate": np.zeros((1, 2))} | columns("[A]", "[B]"), ["needs the shape"]),
        (["A", "B"], {"ratex": 1}, ["variable missing"]),
    ],
)
def test_elements_of_flat_names_that_are_not_the_groups_are_refused(
    groups: list[str], given: dict[str, Any], words: list[str]
) -> None:
    exact = exact_posterior(independent(), load(dict.fromkeys(groups, (10, 1))))
    with pytest.raises(DataError) as caught:
        labelled_draws(exact, given)
    assert all(re.search(re.escape(word), str(caught.value)) for word in words), caught.value
