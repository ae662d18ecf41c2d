"""Draws made elsewhere, in files, on the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import arviz_base
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.exact import exact_posterior

from tests.validation.test_cli import assert_refused, in_process

NAMES = ["A", "B"]


@pytest.fixture(scope="module")
def draws() -> dict[str, NDArray[np.float64]]:
    flat = exact_posterior(hierarchical(), load("campaigns")).simulate(8000, np.random.default_rng(6))
    return {name: values.reshape(4, 2000, *values.shape[1:]) for name, values in flat.items()}


def tree(draws: dict[str, NDArray[np.float64]], names: list[str]) -> xr.DataTree:
    """As `pplcompare check --help` tells to write it."""
    found: xr.DataTree = arviz_base.from_dict({"posterior": draws}, dims={"rate": ["group"]}, coords={"group": names})
    return found


def check(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return in_process("check", "campaigns", "--model", "hierarchical", "--draws", str(file), *arguments)


def test_every_kind_of_file_is_read(tmp_path: Path, draws: dict[str, NDArray[np.float64]]) -> None:
    labelled = tree(draws, NAMES)
    labelled.to_netcdf(tmp_path / "tree.nc", engine="h5netcdf")
    labelled["posterior"].to_dataset().to_netcdf(tmp_path / "plain.nc", engine="h5netcdf")
    nested = {name: values.tolist() for name, values in draws.items()}
    (tmp_path / "draws.json").write_text(json.dumps({"posterior": nested}))
    (tmp_path / "bare.json").write_text(json.dumps(nested))
    for name in ("tree.nc", "plain.nc", "draws.json", "bare.json"):
        found = read_draws(str(tmp_path / name), draws).draws
        assert np.array_equal(np.asarray(found["rate"]), draws["rate"]), name


def test_a_zarr_folder_is_read(tmp_path: Path, draws: dict[str, NDArray[np.float64]]) -> None:
    pytest.importorskip("zarr")
    tree(draws, NAMES).to_zarr(tmp_path / "draws.zarr", zarr_format=2)
    found = read_draws(str(tmp_path / "draws.zarr"), draws).draws
    assert np.array_equal(found["rate"], draws["rate"])
    assert np.asarray(found["group"]).tolist() == NAMES


def test_right_draws_pass_and_wrong_ones_fail(tmp_path: Path, draws: dict[str, NDArray[np.float64]]) -> None:
    file = tmp_path / "draws.nc"
    reordered = {**draws, "rate": draws["rate"][:, :, ::-1]}
    tree(reordered, NAMES[::-1]).to_netcdf(file, engine="h5netcdf")
    result = check(file, "--junit", str(tmp_path / "check.xml"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
    assert (tmp_path / "check.xml").exists()
    tree(reordered, NAMES).to_netcdf(file, engine="h5netcdf")
    result = check(file, "--json")
    assert result.returncode == 1, result.stdout + result.stderr
    (fit,) = json.loads(result.stdout)["fits"]
    assert (fit["data"], fit["model"], fit["backend"]) == ("campaigns", "hierarchical", "draws.nc")
    assert "rate" in fit["posterior"]["failed"][0]["subject"]


def test_the_chains_of_a_file_are_diagnosed(tmp_path: Path, draws: dict[str, NDArray[np.float64]]) -> None:
    """One chain is far from the others: R-hat tells it, in the document and on the terminal."""
    file, apart = tmp_path / "draws.nc", {name: values.copy() for name, values in draws.items()}
    apart["alpha"][2] *= 3.0
    for made, words in ((draws, []), (apart, ["largest R-hat", "(alpha)"])):
        tree(made, NAMES).to_netcdf(file, engine="h5netcdf")
        (fit,) = json.loads(check(file, "--json").stdout)["fits"]
        found = fit["diagnostics"]
        assert found["transitions"] == 8000
        assert [(chain["bulk"]["value"] > 100.0) for chain in found["chains"]] == [True] * 4
        assert (found["rhat"]["value"] > 1.01) == bool(words)
        assert (found["divergences"], found["at_greatest_depth"], found["ebfmi"]) == (None, None, None)
        assert all(word in " ".join(found["beyond"]) for word in words)
        assert len(found["beyond"]) == bool(words)
        shown = check(file).stdout
        assert ("R-hat" in shown) == bool(words)


def test_an_order_that_was_taken_for_granted_is_said(tmp_path: Path, draws: dict[str, NDArray[np.float64]]) -> None:
    file = tmp_path / "draws.json"
    file.write_text(json.dumps({name: values.tolist() for name, values in draws.items()}))
    result = check(file)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "rate: groups in the order of the data (A, B)" in result.stdout


def test_a_file_that_cannot_be_used_is_one_line_and_exit_2(
    tmp_path: Path, draws: dict[str, NDArray[np.float64]]
) -> None:
    contents = {
        "empty.nc": (b"", ["cannot be read as NetCDF"]),
        "text.nc": (b"alpha,beta\n1,2\n", ["cannot be read as NetCDF"]),
        "pickle.nc": (b"\x80\x04\x95", ["cannot be read as draws: it is a pickle"]),
        "bad.json": (b"{", ["cannot be read as JSON"]),
        "list.json": (b"[1, 2]", ["object of arrays"]),
        "few.json": (b'{"alpha": [[1.0, 2.0]]}', ["beta", "missing"]),
    }
    for name, (content, words) in contents.items():
        (tmp_path / name).write_bytes(content)
        assert_refused(quiet(tmp_path / name), words)
    assert_refused(quiet(tmp_path / "none.nc"), ["no such file", "none.nc"])
    tree(draws, ["A", "C"]).to_netcdf(tmp_path / "groups.nc", engine="h5netcdf")
    assert_refused(quiet(tmp_path / "groups.nc"), ["coordinate group", "'C'"])


def quiet(file: Path) -> subprocess.CompletedProcess[str]:
    return check(file, "--quiet")


@pytest.mark.parametrize(
    "option", [("--seed", "0"), ("--backends", "exact"), ("--nightly",), ("--chains", "2"), ("--one-look",)]
)
def test_an_option_that_means_nothing_is_refused(option: tuple[str, ...], tmp_path: Path) -> None:
    assert_refused(check(tmp_path / "draws.nc", "--quiet", *option), [option[0], "made elsewhere"])


def test_draws_are_those_of_one_data_set_and_one_model() -> None:
    result = in_process("check", "rats", "--draws", "draws.nc", "--quiet")
    assert_refused(result, ["--draws", "one data set and one model", "--model NAME"])
