"""The main job on the real libraries, from the command line to the files."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.validation.test_cli import csv, pplcompare

pytestmark = [pytest.mark.slow, pytest.mark.seconds(160)]

BACKENDS = {"exact", "nutpie", "numpyro", "pymc", "stan"}
UNSORTED = "group,n,k\nz,0,0\nébène,5,5\na,12,0\nשלום,40,7\n10,9,4\n9,30,11\n"


PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "campaigns.svg"


def described(svg: str) -> list[str]:
    return re.findall(r"<(?:title|desc) [^>]*>(.*?)</(?:title|desc)>", svg) + re.findall(
        r"<text [^>]*>(.*?)</text>", svg
    )


def exact_outline(svg: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the outline of the first exact density, from 0 to 1: heights differ with draws."""
    group = svg[svg.index("FillBetweenPolyCollection_1") :]
    (path,) = re.findall(r' d="([^"]*)"', group[: group.index("</g>")])[:1]
    points = np.array(re.findall(r"[ML] (\S+) (\S+)", path), float)
    return np.asarray((points - points.min(axis=0)) / np.ptp(points, axis=0))


def results(folder: Path) -> dict[str, str]:
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {f"{fit['model']} {fit['backend']}": fit["verdict"] for fit in document["fits"]}


def test_both_models_pass_on_every_backend(tmp_path: Path) -> None:
    result = pplcompare("run", "--seed", "1", "--out", "results", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    found = results(tmp_path / "results")
    assert found == {f"{model} {b}": "passed" for model in ("independent", "hierarchical") for b in BACKENDS}
    for backend in BACKENDS:
        assert backend in result.stdout
        with xr.open_datatree(tmp_path / "results" / "draws" / f"hierarchical-{backend}.nc", engine="h5netcdf") as tree:
            assert tree["posterior"]["rate"].shape == (4, 5000, 2)
            assert tree["posterior_predictive"]["successes"].shape == (4, 5000, 2)
            assert tree["prior"]["rate"].shape == tree["prior_predictive"]["successes"].shape == (1, 1000, 2)
            assert tree["posterior"].attrs["inference_library"] == ("pplcompare" if backend == "exact" else backend)
    shown, drawn = (
        path.read_text(encoding="utf-8")
        for path in (PICTURE, tmp_path / "results" / "pictures" / "hierarchical-rates.svg")
    )
    assert described(shown) == described(drawn)
    np.testing.assert_allclose(exact_outline(shown), exact_outline(drawn), atol=0.005)


@pytest.mark.nightly(twin="tests/test_main_job.py::test_both_models_pass_on_every_backend")
def test_awkward_counts_pass_on_every_backend(tmp_path: Path) -> None:
    data = csv(tmp_path, UNSORTED)
    result = pplcompare("run", data, "--draws", "2500", "--seed", "2", "--out", "results", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(results(tmp_path / "results").values()) == {"passed"}
    with xr.open_datatree(tmp_path / "results" / "draws" / "hierarchical-stan.nc", engine="h5netcdf") as tree:
        assert tree["posterior/group"].to_numpy().tolist() == ["z", "ébène", "a", "שלום", "10", "9"]


@pytest.mark.nightly(twin="tests/test_main_job.py::test_both_models_pass_on_every_backend")
def test_improper_prior_and_heavy_tail_pass_on_every_backend(tmp_path: Path) -> None:
    model = ["--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(1.5)"]
    result = pplcompare("run", "rats", *model, "--draws", "2500", "--seed", "3", "--out", "results", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(results(tmp_path / "results").values()) == {"passed"}


def turns_red(backend: str, folder: Path) -> None:
    arguments = ["--backends", backend, "--model", "independent", "--seed", "4", "--mutant", "sd-0.95"]
    result = pplcompare("run", *arguments, "--out", "results", cwd=folder)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{backend}, independent: variance of z" in result.stdout


def test_a_mutant_of_a_real_backend_turns_the_run_red(tmp_path: Path) -> None:
    turns_red("stan", tmp_path)


@pytest.mark.nightly(twin="tests/test_main_job.py::test_a_mutant_of_a_real_backend_turns_the_run_red")
@pytest.mark.parametrize("name", sorted(BACKENDS - {"exact", "stan"}))
def test_a_mutant_of_any_real_backend_turns_the_run_red(name: str, tmp_path: Path) -> None:
    turns_red(name, tmp_path)


@pytest.fixture
def path_without_compiler(tmp_path: Path) -> str:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "uname", "make"):
        if (found := shutil.which(name)) is not None:
            (tools / name).symlink_to(found)
    return f"{tools}:{Path(sys.executable).parent}"


WITHOUT_COMPILER = ("run", "--model", "independent", "--draws", "1000", "--seed", "5", "--quiet", "--out", "results")


def test_without_a_compiler_stan_that_is_required_is_named_and_the_others_run(
    path_without_compiler: str, tmp_path: Path
) -> None:
    asked = [*WITHOUT_COMPILER, "--backends", "exact,numpyro", "--require", "stan"]
    result = pplcompare(*asked, cwd=tmp_path, PATH=path_without_compiler, CXX="", CC="")
    assert result.returncode == 3, result.stdout + result.stderr
    assert results(tmp_path / "results") == {
        "independent exact": "passed",
        "independent numpyro": "passed",
        "independent stan": "unavailable",
    }
    assert "no C++ compiler" in result.stdout
    assert "g++" in result.stdout


@pytest.mark.nightly(
    twin="tests/test_main_job.py::test_without_a_compiler_stan_that_is_required_is_named_and_the_others_run"
)
def test_without_a_compiler_stan_is_named_and_all_others_run(path_without_compiler: str, tmp_path: Path) -> None:
    result = pplcompare(*WITHOUT_COMPILER, cwd=tmp_path, PATH=path_without_compiler, CXX="", CC="")
    assert result.returncode == 0, result.stdout + result.stderr
    assert results(tmp_path / "results") == {
        "independent exact": "passed",
        "independent numpyro": "passed",
        "independent nutpie": "passed",
        "independent pymc": "passed",
        "independent stan": "unavailable",
    }
    assert "no C++ compiler" in result.stdout
    assert "g++" in result.stdout
