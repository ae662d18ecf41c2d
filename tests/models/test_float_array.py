"""`Float` is one type under one name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("api", "backends", "benchmarks", "examples", "models", "tests", "validation")


def defined(module: ast.Module) -> Iterator[str]:
    """Yield the names that are given a value at the top of a module."""
    for node in module.body:
        targets: list[ast.expr] = []
        match node:
            case ast.Assign():
                targets = node.targets
            case ast.AnnAssign():
                targets = [node.target]
            case ast.TypeAlias():
                targets = [node.name]
        yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def imported(module: ast.Module) -> Iterator[str]:
    """Yield the modules from which `Float` is imported."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "Float" for alias in node.names):
            yield str(node.module)


@cache
def modules() -> dict[str, ast.Module]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def test_float_is_defined_once() -> None:
    assert [path for path, module in modules().items() if "Float" in defined(module)] == ["models/float_array.py"]


def test_float_is_imported_from_where_it_is_defined() -> None:
    found = {(path, name) for path, module in modules().items() for name in imported(module)}
    assert {(path, name) for path, name in found if name != "pplcompare.models.float_array"} == set()


def test_another_definition_is_seen() -> None:
    for source in ("Float = int", "Float: type = int", "type Float = int", "a, Float = 1, 2"):
        assert "Float" in defined(ast.parse(source)), source
    assert list(imported(ast.parse("from a.b import (\n    C,\n    Float,\n)"))) == ["a.b"]
