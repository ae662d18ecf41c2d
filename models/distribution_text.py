"""Distributions as people write them: ``Gamma(16, 9)``, ``Beta(alpha, beta)``. Read as text, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final

from pplcompare.models.distribution import Argument, Distribution
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.errors import SpecificationError, did_you_mean, shown
from pplcompare.models.parametrisations import converted, elsewhere

_LONGEST: Final = 1000
_CALL: Final = re.compile(r"\s*([A-Za-z]\w*)\s*\((.*)\)\s*", re.ASCII | re.DOTALL)
_ARGUMENT: Final = re.compile(
    r"""\s* (?: (?P<key> [A-Za-z]\w*) \s* = \s* )?
    (?: (?P<number> [+-]?\s*(?: \d+\.?\d* | \.\d+ )(?: [eE][+-]?\d+ )? ) | (?P<name> [A-Za-z]\w*) ) \s*""",
    re.ASCII | re.VERBOSE,
)
_EXAMPLE: Final = "write for example Gamma(16, 9)"


def parse_distribution(text: str, where: str, *, names: bool = True) -> Distribution:
    """Return the distribution written as ``Name(1, 2)`` or ``Name(argument=1, ...)``.

    Parameters
    ----------
    where
        What messages say it is for.
    names
        Whether an argument may be the name of a variable or of an input.

    Raises
    ------
    SpecificationError
        If it is not written so, or has arguments that such a distribution does not take.
    """
    call = _CALL.fullmatch(text) if len(text) <= _LONGEST else None
    if call is None:
        raise SpecificationError("not a distribution", where=where, seen=text, mend=_EXAMPLE)
    kind, body = call.groups()
    known = _fields(kind, where, body.split(","))
    given: dict[str, Argument] = {}
    by_position = True
    for place, part in enumerate(body.split(",") if body.strip() else ()):
        argument = _ARGUMENT.fullmatch(part)
        if argument is None or (argument["name"] is not None and not names):
            needed = "numbers or names" if names else "numbers"
            raise SpecificationError(f"arguments must be {needed}", where=where, seen=text)
        by_position = by_position and argument["key"] is None
        if not by_position and argument["key"] is None:
            raise SpecificationError("arguments by name come last", where=where, seen=text)
        if by_position and place >= len(known):
            raise SpecificationError(f"{kind} takes {', '.join(known)}", where=where, seen=text)
        key = known[place] if by_position else str(argument["key"])
        if key in given:
            raise SpecificationError(f"{kind} has {key} twice", where=where, seen=text)
        given[key] = argument["name"] or float("".join(argument["number"].split()))
    return build_distribution(kind, given, where)


def build_distribution(kind: str, arguments: Mapping[str, Argument], where: str) -> Distribution:
    """Return the distribution of this name with these arguments.

    Raises
    ------
    SpecificationError
        For an unknown distribution or argument, or one that is missing or cannot be.
    """
    known = _fields(kind, where, [value if isinstance(value, str) else shown(value) for value in arguments.values()])
    for key in arguments:
        if key not in known:
            inverse = key == "scale" and "rate" in known
            what = f"{kind} takes a rate" if inverse else f"{kind} has no such argument"
            mend = "write rate = 1 / scale" if inverse else did_you_mean(key, known)
            raise SpecificationError(what, where=where, seen=key, mend=converted(kind, arguments) or mend)
    if len(arguments) < len(known):
        raise SpecificationError(f"{kind} takes {', '.join(known)}", where=where, seen=dict(arguments))
    return DISTRIBUTIONS[kind](**arguments)


def _fields(kind: str, where: str, arguments: Sequence[str]) -> list[str]:
    if kind not in DISTRIBUTIONS:
        mend = elsewhere(kind, arguments) or did_you_mean(kind, list(DISTRIBUTIONS))
        raise SpecificationError("unknown distribution", where=where, seen=kind, mend=mend)
    return [field.name for field in fields(DISTRIBUTIONS[kind])]
