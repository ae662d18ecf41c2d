"""What is left to the nightly tier has a landing test that sees the same kind of fault."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests").rglob("test_*.py"))


def marks(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield each mark `nightly`: the whole call, or the bare attribute."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        attribute = node.func if isinstance(node, ast.Call) else node
        bare = isinstance(node, ast.Attribute) and id(node) not in called
        if isinstance(attribute, ast.Attribute) and attribute.attr == "nightly" and (bare or node is not attribute):
            yield node  # type: ignore[misc]


def twin_of(mark: ast.expr) -> str:
    """Return the node that a mark names; empty if it names none."""
    given = {word.arg: word.value for word in mark.keywords} if isinstance(mark, ast.Call) else {}
    twin = given.get("twin")
    return twin.value if isinstance(twin, ast.Constant) and isinstance(twin.value, str) else ""


def is_landing(node: str) -> bool:
    """Say whether a node is a test that lands: it exists, and neither itself nor all of its file is nightly."""
    file, _, name = node.partition("::")
    if not (ROOT / file).is_file():
        return False
    body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    if of_the_whole_file(body):
        return False
    for part in name.split("::"):
        found = [item for item in body if isinstance(item, ast.FunctionDef | ast.ClassDef) and item.name == part]
        if not found or any(mark for decorator in found[0].decorator_list for mark in whole(decorator)):
            return False
        body = found[0].body
    return True


def of_the_whole_file(body: list[ast.stmt]) -> bool:
    """Say whether a file's own mark is nightly."""
    assigned = [it for it in body if isinstance(it, ast.Assign) and ast.unparse(it.targets[0]) == "pytestmark"]
    return any(True for it in assigned for _ in marks(it))


def whole(decorator: ast.expr) -> list[ast.expr]:
    """Return the marks of all cases of a test, not those of one of its parameters."""
    if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
        return [] if decorator.func.attr == "parametrize" else list(marks(decorator))
    return list(marks(decorator))


def test_a_nightly_test_names_a_landing_test_of_the_same_kind() -> None:
    for path in FILES:
        for mark in marks(ast.parse(path.read_text(encoding="utf-8"))):
            twin = twin_of(mark)
            assert is_landing(twin), f"{path.relative_to(ROOT)}:{mark.lineno}: {twin or 'no twin'}"


def test_a_twin_that_does_not_land_is_noticed() -> None:
    here = "tests/test_tiers.py"
    assert is_landing(f"{here}::test_a_twin_that_does_not_land_is_noticed")
    assert not is_landing(f"{here}::test_that_does_not_exist")
    assert not is_landing("tests/test_of_nothing.py::test_x")
    (bare,) = marks(ast.parse("@pytest.mark.nightly\ndef test_x(): pass"))
    assert twin_of(bare) == ""
    (named,) = marks(ast.parse("pytestmark = [pytest.mark.slow, pytest.mark.nightly(twin='a::b')]"))
    assert twin_of(named) == "a::b"
    assert of_the_whole_file(ast.parse("pytestmark = [pytest.mark.slow, pytest.mark.nightly(twin='a::b')]").body)
    assert not of_the_whole_file(ast.parse("pytestmark = pytest.mark.slow").body)
