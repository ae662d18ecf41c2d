"""What users import as `pplcompare`: complete, on one page, and loaded when it is used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pplcompare
import pplcompare.testing
import pplcompare.validation
import pytest
from pplcompare.models import errors
from pplcompare.models.distribution import Data
from pplcompare.models.distributions import DISTRIBUTIONS

ROOT = Path(__file__).parents[1]
PAGE, PAGE_OF_TESTING = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("## pplcompare.testing\n")


def typed_names(file: str = "__init__.py") -> set[str]:
    """Return the names that type checkers know: those under `if TYPE_CHECKING`."""
    tree = ast.parse((ROOT / "api" / file).read_text(encoding="utf-8"))
    (branch,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in branch.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    declared = {str(ast.unparse(node.target)) for node in branch.body if isinstance(node, ast.AnnAssign)}
    return {str(name) for name in imported} | declared


@pytest.mark.parametrize("name", pplcompare.__all__)
def test_a_public_name_is_there_and_is_called_so(name: str) -> None:
    found = getattr(pplcompare, name)
    assert getattr(found, "__name__", name) == name


def test_names_are_the_same_at_run_time_for_type_checkers_and_on_the_page() -> None:
    assert sorted(set(pplcompare.__all__)) == sorted(pplcompare.__all__)
    assert set(pplcompare.__all__) == typed_names() == set(re.findall(r"^\| `(\w+)", PAGE, re.M))
    assert set(pplcompare.__all__) <= set(dir(pplcompare))


def test_names_for_tests_of_backends_are_public_in_the_same_way() -> None:
    names = set(pplcompare.testing.__all__)
    assert names == typed_names("testing.py") == set(re.findall(r"^\| `(\w+)", PAGE_OF_TESTING, re.M))
    assert all(getattr(pplcompare.testing, name).__name__ == name for name in names)
    assert not names & set(pplcompare.__all__)
    assert names <= set(dir(pplcompare.testing))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        pplcompare.testing.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_the_public_names_of_the_parts_are_public() -> None:
    """Those of `pplcompare.validation`, all distributions that a model is written with, and all errors."""
    written = {name for name, kind in DISTRIBUTIONS.items() if kind.proper or kind.domains.keys() == {"exponent"}}
    assert set(pplcompare.validation.__all__) | written <= set(pplcompare.__all__)
    tree = ast.parse(Path(str(errors.__file__)).read_text(encoding="utf-8"))
    assert {node.name for node in tree.body if isinstance(node, ast.ClassDef)} <= set(pplcompare.__all__)


def test_each_name_has_a_sentence() -> None:
    for line in (PAGE + PAGE_OF_TESTING).splitlines():
        if (row := re.match(r"\| `(\w+).*` \| (.*) \|$", line)) is not None:
            assert row[2].endswith("."), line


def test_the_page_shows_each_distribution_with_its_arguments() -> None:
    for name, kind in DISTRIBUTIONS.items():
        if name in pplcompare.__all__:
            assert f"| `{name}({', '.join(kind.domains)})` |" in PAGE


def test_the_version_is_that_of_the_installed_distribution() -> None:
    assert pplcompare.__version__ == version("pplcompare")


def test_a_name_that_does_not_exist_is_an_error_for_python_and_for_type_checkers() -> None:
    with pytest.raises(AttributeError, match="module 'pplcompare' has no attribute 'nonsense'"):
        pplcompare.nonsense  # type: ignore[attr-defined]  # noqa: B018


def modules_after(code: str) -> set[str]:
    shown = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    return set(subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout.split())


def test_the_package_imports_only_the_standard_library_until_a_name_is_used() -> None:
    loaded = modules_after("import pplcompare.testing")
    ours = {"pplcompare", "pplcompare.testing"}
    assert {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names} == ours


def test_a_name_brings_in_no_more_than_it_needs() -> None:
    loaded = modules_after("import pplcompare; pplcompare.Gamma(16, 9); pplcompare.__version__")
    assert "pplcompare.models.distributions" in loaded
    assert not any(name.startswith(("pplcompare.validation", "pplcompare.backends")) for name in loaded)


def test_the_package_is_a_command() -> None:
    found = subprocess.run([sys.executable, "-m", "pplcompare", "--help"], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("Usage: python -m pplcompare ")
    assert "Exit codes:" in found.stdout


def test_data_of_a_distribution_are_what_this_test_takes_them_for() -> None:
    """Sufficient statistics are no distributions that a model is written with: they are improper."""
    hidden = [kind for name, kind in DISTRIBUTIONS.items() if name not in pplcompare.__all__]
    assert all(not kind.proper and any(isinstance(it, Data) for it in kind.domains.values()) for kind in hidden)
