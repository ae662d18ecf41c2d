"""No name stands for two things: neither a file's nor that of a public class or type."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("api", "models", "backends", "validation")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

# A command is called like the job, or the package, that it starts; `commands/errors.py` tells errors of `models`.
SHARED_FILES = {"__init__", "doctor", "errors", "exact"}
# NumPyro's own BetaBinomial; the shapes of a family fulfil the protocol; an alias of one array type in four tables.
SHARED_NAMES = {"Answer", "BetaBinomial", "Shapes", "Values", "Whole"}


def test_no_file_name_stands_for_two_things() -> None:
    found = Counter(path.stem for path in SOURCES)
    assert {stem for stem, number in found.items() if number > 1} <= SHARED_FILES


def test_no_class_or_type_stands_for_two_things() -> None:
    places = defaultdict(list)
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = node.name.id if isinstance(node, ast.TypeAlias) else getattr(node, "name", "")
            if isinstance(node, ast.ClassDef | ast.TypeAlias) and not name.startswith("_"):
                places[name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in SHARED_NAMES} == {}
