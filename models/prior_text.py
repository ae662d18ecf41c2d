"""Priors as people type them: ``alpha=Gamma(16, 9)``. Read as text, never evaluated."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.distribution import Argument, Distribution
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Model

_LONGEST: Final = 200
_EXAMPLE: Final = 'write for example "alpha=Gamma(16, 9)"'


def build_models(names: Sequence[str], priors: Sequence[str]) -> list[Model]:
    """Return model families by name, with the given priors in those that have the variable.

    Raises
    ------
    SpecificationError
        For an unknown family, a prior that cannot be read, or one that none of the families takes.
    """
    read = dict(parse_prior(text) for text in priors)
    if len(read) < len(priors):
        raise SpecificationError("two priors for one variable", where="--prior", seen=list(priors))
    models, used = [], set()
    for name in names:
        if name not in FAMILIES:
            raise SpecificationError("unknown model", where="--model", seen=name, mend=_known(name, list(FAMILIES)))
        parameters = inspect.signature(FAMILIES[name]).parameters
        chosen = {variable: prior for variable, prior in read.items() if variable in parameters}
        used |= set(chosen)
        models.append(FAMILIES[name](**chosen))
    for variable in read:
        if variable not in used:
            variables = sorted({v for name in names for v in inspect.signature(FAMILIES[name]).parameters})
            raise SpecificationError(
                "no such variable in the models chosen",
                where="--prior",
                seen=variable,
                mend=_known(variable, variables),
            )
    return models


def parse_prior(text: str) -> tuple[str, Distribution]:
    """Return variable and distribution of ``variable=Distribution(arguments)``."""
    variable, equals, right = text.partition("=")
    if not equals or len(text) > _LONGEST:
        raise SpecificationError("a prior cannot be read", where="--prior", seen=text, mend=_EXAMPLE)
    return variable.strip(), parse_distribution(right.strip())


def parse_distribution(text: str) -> Distribution:
    """Return the distribution written as ``Name(1, 2)`` or ``Name(argument=1, ...)``."""
    try:
        call = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        call = None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        raise SpecificationError("not a distribution", where="--prior", seen=text, mend=_EXAMPLE)
    name = call.func.id
    if name not in DISTRIBUTIONS:
        raise SpecificationError(
            "unknown distribution", where="--prior", seen=name, mend=_known(name, list(DISTRIBUTIONS))
        )
    kind = DISTRIBUTIONS[name]
    known = [field.name for field in fields(kind)]
    given: dict[str, Argument] = {}
    for key, node in [*zip(known, call.args, strict=False), *((word.arg, word.value) for word in call.keywords)]:
        if name == "Gamma" and key == "scale":
            raise SpecificationError("Gamma takes a rate", where="--prior", seen=text, mend="write rate = 1 / scale")
        if key not in known or key in given:
            raise SpecificationError(
                f"{name} has no such argument, or has it twice", where="--prior", seen=key, mend=_known(str(key), known)
            )
        given[key] = _number(text, node)
    if len(call.args) > len(known) or len(given) < len(known):
        raise SpecificationError(f"{name} takes {', '.join(known)}", where="--prior", seen=text)
    return kind(**given)


def _number(text: str, node: ast.expr) -> float:
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1.0, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            return sign * float(node.value)
        except OverflowError:
            pass
    raise SpecificationError("arguments must be numbers", where="--prior", seen=text)


def _known(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
