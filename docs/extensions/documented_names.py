"""Public names with their signatures and docstrings, in the order of the list in `api.md`.

`.. public-names:: SECTION` stands for all names of one section of that list, so that no name is written twice and none
is forgotten. `.. type-alias:: MODULE.NAME` stands for a type that arguments have, as it is written in its module: what
it names may be there for type checkers only.
"""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LIST: Final = Path(__file__).parents[1] / "api.md"
_ROW: Final = re.compile(r"^\| `(\w+)", re.M)
_STAR: Final = re.compile(r"(?<![\w*`])\*(?=[a-z]+\))")


def names_of(section: str) -> list[str]:
    """Return the names that stand in one section of the list."""
    parts = _LIST.read_text(encoding="utf-8").split("\n## ")[1:]
    (found,) = (part for part in parts if part.split("\n")[0] == section)
    return _ROW.findall(found)


def _options(found: type, module: str) -> list[str]:
    """Return which members of a class are described: its own, and those of bases that are not described themselves."""
    # An error is its name and its sentence; what it inherits belongs to Python.
    if issubclass(found, BaseException):
        return []
    package, public = module.partition(".")[0], import_module(module).__all__
    hidden = [base for base in found.__mro__[1:] if base.__module__.split(".")[0] == package]
    inherited = any(base.__name__ not in public for base in hidden)
    subscript = getattr(vars(found).get("__getitem__"), "__doc__", None)
    return [
        "   :members:",
        *(["   :inherited-members: object"] if inherited else []),
        *(["   :special-members: __getitem__"] if subscript else []),
    ]


def _directive(module: str, name: str) -> list[str]:
    found = getattr(import_module(module), name)
    if inspect.isclass(found):
        return [f".. autoclass:: {module}.{name}", *_options(found, module), ""]
    kind = "autofunction" if callable(found) else "autodata"
    return [f".. {kind}:: {module}.{name}", ""]


def _escaped(app: Sphinx, what: str, name: str, found: object, options: object, lines: list[str]) -> None:
    """Axes such as `*plate` are meant, no emphasis."""
    lines[:] = [_STAR.sub(r"\\*", line) for line in lines]


def _readable(
    app: Sphinx, what: str, name: str, found: object, options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A default that a function makes has no text that could be read as Python."""
    return signature and signature.replace("<factory>", "..."), returned


class PublicNames(SphinxDirective):
    """What stands in one section of the list, name by name."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the descriptions."""
        self.env.note_dependency(str(_LIST))
        section = self.arguments[0]
        module = section if "." in section else "pplcompare"
        lines = [line for name in names_of(section) for line in _directive(module, name)]
        return list(self.parse_text_to_nodes(StringList(lines, str(_LIST))))


def alias_of(name: str) -> tuple[str, str]:
    """Return what a type stands for, and its sentence, as they are written."""
    module, _, short = name.rpartition(".")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"There is no module {module}.")
    for one, after in pairwise(ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body):
        match one, after:
            case ast.TypeAlias(name=ast.Name(id=found), value=value), ast.Expr(value=ast.Constant(value=str(words))):
                if found == short:
                    return ast.unparse(value), words
    raise ValueError(f"{module} has no type {short} with a sentence after it.")


class TypeAlias(SphinxDirective):
    """A type, its sentence, and what it stands for."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the description."""
        module, _, short = self.arguments[0].rpartition(".")
        value, words = alias_of(self.arguments[0])
        said = _STAR.sub(r"\\*", words)
        lines = [f".. py:type:: {short}", f"   :module: {module}", "", f"   {said}", "", f"   ``{value}``", ""]
        return list(self.parse_text_to_nodes(StringList(lines, str(_LIST))))


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("public-names", PublicNames)
    app.add_directive("type-alias", TypeAlias)
    app.connect("autodoc-process-docstring", _escaped, priority=100)
    app.connect("autodoc-process-signature", _readable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
