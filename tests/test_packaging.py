"""What is installed, from where, and what an import costs."""

import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pplcompare.backends
import pplcompare.models
import pplcompare.validation
import pytest
from pplcompare.models.beta_binomial import independent
from pplcompare.models.datasets import load
from pplcompare.validation.exact import exact_posterior

ROOT = Path(__file__).parents[1]
LATE = {"arviz_base", "arviz_stats", "jinja2", "pandas", "scipy.stats", "xarray"}
HEAVY = {"scipy.stats", "arviz", "arviz_base", "arviz_stats", "xarray", "rich", "pymc", "numpyro", "jax", "cmdstanpy"}


def configuration() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def test_the_packages_under_test_are_those_of_this_checkout() -> None:
    for package in (pplcompare.models, pplcompare.backends, pplcompare.validation):
        assert Path(str(package.__file__)).resolve().is_relative_to(ROOT)


def test_every_package_of_the_tree_is_listed() -> None:
    setuptools = configuration()["tool"]["setuptools"]  # type: ignore[index]
    found = {
        "pplcompare." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in ("models", "backends", "validation")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(setuptools["packages"]) == found == set(setuptools["package-dir"])


def test_every_data_file_of_the_tree_is_packaged() -> None:
    patterns = configuration()["tool"]["setuptools"]["package-data"]["*"]  # type: ignore[index]
    for folder in ("models", "backends", "validation"):
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
    new = {name.split(".")[0] for name in loaded - before}
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
