"""Priors as people type them: ``alpha=Gamma(16, 9)``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pplcompare.models.distribution import Distribution
from pplcompare.models.distribution_text import parse_distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Model
from pplcompare.models.structure import Variable

_LONGEST: Final = 200


type PriorsLike = str | Sequence[str] | Mapping[str, str | Distribution]
"""One prior, several, or variable -> distribution: ``"alpha=Gamma(16, 9)"``, ``{"alpha": Gamma(16, 9)}``."""


def parse_priors(priors: PriorsLike, where: str = "--prior") -> dict[str, Distribution]:
    """Return the priors by variable, of which each has at most one.

    Raises
    ------
    SpecificationError
        If one cannot be read, or a variable has two.
    """
    if isinstance(priors, Mapping):
        return {str(variable): _distribution(prior, where) for variable, prior in priors.items()}
    # A distribution alone, whose variable nobody said, is read as a text that is none.
    texts = list(priors) if isinstance(priors, Iterable) and not isinstance(priors, str) else [priors]
    read = dict(parse_prior(text, where) for text in texts)
    if len(read) < len(texts):
        raise SpecificationError("two priors for one variable", where=where, seen=texts)
    return read


def _distribution(prior: object, where: str) -> Distribution:
    """Return a distribution whose arguments are numbers, as it is or from its text."""
    if isinstance(prior, str):
        return parse_distribution(prior, where, names=False)
    if not isinstance(prior, Distribution):
        mend = 'write for example {"alpha": "Gamma(16, 9)"}'
        raise SpecificationError("a prior cannot be read", where=where, seen=prior, mend=mend)
    if any(isinstance(argument, str) for argument in prior.arguments.values()):
        raise SpecificationError("arguments must be numbers", where=where, seen=str(prior))
    return prior


def parse_prior(text: object, where: str = "--prior") -> tuple[str, Distribution]:
    """Return variable and distribution of ``variable=Distribution(numbers)``."""
    if not isinstance(text, str) or "=" not in text or len(text) > _LONGEST:
        mend = 'write for example "alpha=Gamma(16, 9)"'
        raise SpecificationError("a prior cannot be read", where=where, seen=text, mend=mend)
    variable, _, right = text.partition("=")
    return variable.strip(), parse_distribution(right.strip(), where, names=False)


def replaceable(model: Model) -> tuple[str, ...]:
    """Return the variables whose prior has numbers only: another such prior can take its place."""
    return tuple(
        item.name
        for item in model.items
        if isinstance(item, Variable)
        and not any(isinstance(argument, str) for argument in item.distribution.arguments.values())
    )


def with_priors(model: Model, priors: Mapping[str, Distribution]) -> Model:
    """Return the model with these priors for those of its `replaceable` variables that have one here."""
    chosen = {name: priors[name] for name in replaceable(model) if name in priors}
    items = (
        dataclasses.replace(item, distribution=chosen[item.name])
        if isinstance(item, Variable) and item.name in chosen
        else item
        for item in model.items
    )
    return Model(model.name, *items) if chosen else model
