"""What is installed, from where, and what an import costs."""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pplcompare
import pplcompare.backends
import pplcompare.models
import pplcompare.validation
import pytest
from pplcompare.models.beta_binomial import independent
from pplcompare.models.datasets import load
from pplcompare.validation.exact import exact_posterior

from tests.test_layers import FOLDERS, imports

ROOT = Path(__file__).parents[1]
LATE = {"arviz_base", "arviz_stats", "jinja2", "pandas", "scipy.stats", "xarray"}
HEAVY = {"scipy.stats", "arviz", "arviz_base", "arviz_stats", "xarray", "rich", "pymc", "numpyro", "jax", "cmdstanpy"}


def configuration() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def project() -> Mapping[str, Any]:
    found: Mapping[str, Any] = configuration()["project"]  # type: ignore[assignment]
    return found


def test_the_packages_under_test_are_those_of_this_checkout() -> None:
    for package in (pplcompare, pplcompare.models, pplcompare.backends, pplcompare.validation):
        assert Path(str(package.__file__)).resolve().is_relative_to(ROOT)


def test_every_package_of_the_tree_is_listed() -> None:
    setuptools = configuration()["tool"]["setuptools"]  # type: ignore[index]
    found = {
        ".".join(("pplcompare", *path.parent.relative_to(ROOT).parts)).replace("pplcompare.api", "pplcompare"): str(
            path.parent.relative_to(ROOT)
        )
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(setuptools["packages"]) == set(found)
    assert setuptools["package-dir"] == found


def test_what_is_in_the_tree_is_rebuilt_and_typed() -> None:
    tool = configuration()["tool"]
    keys = [key["file"] for key in tool["uv"]["cache-keys"]]  # type: ignore[index]
    assert keys == ["pyproject.toml", *(f"{folder}/**/*" for folder in FOLDERS)]
    assert tool["mypy"]["files"] == [*FOLDERS, "tests", "docs"]  # type: ignore[index]
    assert all((ROOT / folder / "py.typed").is_file() for folder in FOLDERS)


def test_a_citation_names_the_version_that_is_built() -> None:
    assert f"\nversion: {version('pplcompare')}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_versions_of_python_are_claimed_that_the_scripts_run() -> None:
    claimed = [line for line in project()["classifiers"] if line.startswith("Programming Language :: Python :: 3.")]
    run = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    # The core runs on others, which a workflow names to `.ci/core`.
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    others = re.findall(r'PPLCOMPARE_PYTHON: "([\d.]+)"', workflow)
    assert others == re.findall(r"uv python install ([\d.]+)", workflow)
    assert claimed == [f"Programming Language :: Python :: {version}" for version in (run, *others)]


def test_all_holds_every_extra_but_that_for_clusters() -> None:
    extras = dict(project()["optional-dependencies"])
    (everything,) = extras.pop("all")
    del extras["dask"]
    assert everything == f"pplcompare[{','.join(extras)}]"


def test_every_library_of_the_core_is_imported_somewhere_in_it() -> None:
    """ArviZ's statistics judge ours: tests and benchmarks import them."""
    required = {re.split(r"[<>=;\[ ]", text)[0].replace("-", "_") for text in project()["dependencies"]}
    folders = (*FOLDERS, "tests", "benchmarks")
    used = {
        name.split(".")[0] for folder in folders for path in (ROOT / folder).rglob("*.py") for _, name in imports(path)
    }
    # xarray opens NetCDF files by name.
    assert required - used <= {"h5netcdf"}
    assert "arviz" not in used


@pytest.mark.slow
def test_plain_pip_installs_the_wheel(tmp_path: Path) -> None:
    """Into a fresh environment; `.ci/run` does it with all dependencies, of which the command needs click alone."""

    def run(*command: str | Path, cwd: Path = ROOT) -> str:
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return subprocess.run(
            list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    run("uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run("uv", "venv", "--quiet", "--seed", "--python", run("uv", "python", "find", "--system"), tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    run("uv", "pip", "install", "--quiet", "--python", python, f"click=={version('click')}")
    found = run(python, "-c", "import pplcompare; print(pplcompare.__version__, pplcompare.__file__)", cwd=tmp_path)
    assert found.startswith(f"{version('pplcompare')} {tmp_path.resolve()}")
    assert "Exit codes:" in run(python, "-m", "pplcompare", "--help", cwd=tmp_path)
    assert "Exit codes:" in run(tmp_path / "venv" / "bin" / "pplcompare", "--help", cwd=tmp_path)
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {"pplcompare/__init__.py", "pplcompare/__main__.py", "pplcompare/py.typed"} <= held


def test_every_data_file_of_the_tree_is_packaged() -> None:
    patterns = configuration()["tool"]["setuptools"]["package-data"]["*"]  # type: ignore[index]
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc", ".md"):
                relative = path.relative_to(ROOT / folder)
                assert any(relative.match(p.removeprefix("**/")) for p in patterns), path


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "module", ["pplcompare.validation", "pplcompare.validation.cli", "pplcompare.backends.registry"]
)
def test_an_import_brings_in_nothing_heavy(module: str) -> None:
    loaded = set(run_python(f"import sys, {module}; print('\\n'.join(sys.modules))").split())
    assert not {name for name in loaded if name in HEAVY or name.split(".")[0] in HEAVY}


def test_importing_validation_and_the_command_line_brings_in_only_the_standard_library_and_click() -> None:
    before = set(run_python("import sys, click; print('\\n'.join(sys.modules))").split())
    loaded = set(run_python("import sys, pplcompare.validation.cli; print('\\n'.join(sys.modules))").split())
    new = {name.split(".")[0] for name in loaded - before} - {"click"}
    assert {name for name in new if name not in sys.stdlib_module_names} == {"pplcompare"}


def test_a_module_of_a_backend_imports_no_ppl() -> None:
    modules = ["nutpie_backend", "numpyro_backend", "pymc_backend", "stan_backend"]
    code = "import sys, " + ", ".join(f"pplcompare.backends.{name}" for name in modules)
    loaded = set(run_python(f"{code}; print('\\n'.join(sys.modules))").split())
    assert not loaded & {"pymc", "nutpie", "numpyro", "jax", "cmdstanpy"}


def loaded_by(*arguments: str) -> set[str]:
    """Return the names of all modules that a command has imported when it is done."""
    report = "import atexit, sys; atexit.register(lambda: print('', *sys.modules, sep='\\n'))"
    return set(run_python(f"{report}; from pplcompare.validation.cli import main; main({list(arguments)})").split())


def test_a_check_of_draws_in_json_imports_no_tables_and_no_statistics_of_others(tmp_path: Path) -> None:
    flat = exact_posterior(independent(), load("campaigns")).simulate(4000, np.random.default_rng(1))
    file = tmp_path / "draws.json"
    file.write_text(json.dumps({name: values.reshape(4, 1000, -1).tolist() for name, values in flat.items()}))
    loaded = loaded_by("check", "campaigns", "--model", "independent", "--draws", str(file), "--json")
    assert "pplcompare.validation.checks.effective" in loaded
    assert not loaded & {*LATE, "scipy.optimize"}


def test_an_exact_answer_imports_no_tables_and_no_statistics_of_others() -> None:
    assert not loaded_by("exact", "campaigns") & LATE


def refused_by(*arguments: str) -> tuple[str, set[str]]:
    """Return the line on which a command ends with exit code 2, and all modules that it has imported by then."""
    code = f"from pplcompare.validation.cli import main; main({list(arguments)})"
    report = "import atexit, sys; atexit.register(lambda: print('', *sys.modules, sep='\\n'))"
    result = subprocess.run([sys.executable, "-c", f"{report}; {code}"], capture_output=True, text=True, check=False)
    assert result.returncode == 2, result.stderr
    return result.stderr, set(result.stdout.split())


BAD_OPTIONS = {
    "run": ["run", "--seed", "-1"],
    "run, columns": ["run", "--columns", "m=x"],
    "run, backend": ["run", "--backends", "stam"],
    "check, level": ["check", "--level", "2"],
    "check, columns": ["check", "--columns", "m=x"],
    "check, jobs": ["check", "--jobs", "0"],
    "check, draws": ["check", "--draws", "9" * 5000],
    "bench": ["bench", "--rounds", "0"],
    "exact, columns": ["exact", "--columns", "m=x"],
}


@pytest.mark.parametrize("arguments", BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_an_option_that_cannot_be_used_is_refused_before_anything_heavy_is_imported(arguments: list[str]) -> None:
    line, loaded = refused_by(*arguments)
    assert line.count("\n") == 1
    assert arguments[1].lstrip("-") in line
    assert not loaded & {*HEAVY, *LATE, "scipy", "pplcompare.validation.exact"}


def test_data_and_models_that_cannot_be_used_are_refused_before_checks_and_tables_are_imported() -> None:
    for arguments in (["run", "rat"], ["check", "rat"], ["bench", "rat"], ["run", "--model", "hier"]):
        _, loaded = refused_by(*arguments)
        assert not loaded & {*HEAVY, *LATE, "pplcompare.validation.exact"}


def test_a_worker_imports_no_checks_and_no_output() -> None:
    loaded = set(run_python("import sys, pplcompare.validation.process.worker; print(*sys.modules)").split())
    assert not loaded & {*LATE, *HEAVY, "click", "scipy.optimize"}
    parts = {".".join(name.split(".")[:3]) for name in loaded if name.startswith("pplcompare.validation.")}
    assert parts == {"pplcompare.validation.process"}


BLOCKED = """
import socket

def refuse(*arguments, **options):
    raise SystemExit("the network was used")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


def test_a_run_uses_no_network(folder: Path) -> None:
    """In no process of it: Python reads this file whenever it starts."""
    (folder / "sitecustomize.py").write_text(BLOCKED, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "tests" / "fakes")]),
        "PPLCOMPARE_REQUIRE": "",
    }
    look_up = [sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 80)"]
    seen = subprocess.run(look_up, env=environment, capture_output=True, text=True, check=False)
    assert "the network was used" in seen.stderr
    command = [sys.executable, "-m", "pplcompare", "run", "--backends", "honest", "--model", "independent", "--quiet"]
    subprocess.run([*command, "--out", "results"], env=environment, capture_output=True, text=True, check=True)


def test_help_has_examples_and_exit_codes() -> None:
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-m", "pplcompare.validation.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "Examples:" in result.stdout
    assert "Exit codes:" in result.stdout
    # Loose: the point is that nothing numerical is imported, which takes seconds.
    assert time.perf_counter() - start < 5.0


def test_public_names_are_importable() -> None:
    for name in pplcompare.validation.__all__:
        assert getattr(pplcompare.validation, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        pplcompare.validation.nonsense  # noqa: B018
