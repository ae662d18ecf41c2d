"""The models that a person chooses: families by name, specification files by path, priors in place of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath

from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.distribution import Distribution
from pplcompare.models.errors import SpecificationError, did_you_mean
from pplcompare.models.prior_text import PriorsLike, parse_priors, replaceable, with_priors
from pplcompare.models.spec import Model
from pplcompare.models.specification_file import SUFFIXES, load_model

type ModelLike = Model | str | PathLike[str]
"""A model, the name of a family, or the path of a TOML file."""


def chosen_model(model: ModelLike, priors: PriorsLike = ()) -> Model:
    """Return a model from Python, with the given priors in place of its own.

    Raises
    ------
    SpecificationError
        As `choose_models`; the places are called ``model`` and ``priors``.
    """
    read = parse_priors(priors, "priors")
    chosen = model if isinstance(model, Model) else choose_model(fspath(model), "model")
    return _with_priors([chosen], read, "priors")[0]


def choose_models(names: Sequence[str], priors: PriorsLike) -> list[Model]:
    """Return models by name or path, with the given priors in those that have the variable.

    Raises
    ------
    SpecificationError
        For an unknown family, a file that cannot be used, a prior that cannot be read or that none of the models
        takes, or two models of one name.
    """
    read = parse_priors(priors)
    models = _with_priors([choose_model(name) for name in names], read, "--prior")
    called: set[str] = set()
    for model in models:
        if model.name.casefold() in called:
            raise SpecificationError("two models of one name", where="--model", seen=model.name)
        called.add(model.name.casefold())
    return models


def _with_priors(models: Sequence[Model], priors: Mapping[str, Distribution], where: str) -> list[Model]:
    """Return the models with these priors, each of which one of them takes."""
    known = sorted({variable for model in models for variable in replaceable(model)})
    for variable in priors:
        if variable not in known:
            mend = _other_families(variable, where) or did_you_mean(variable, known)
            raise SpecificationError("no such variable in the models chosen", where=where, seen=variable, mend=mend)
    return [with_priors(model, priors) for model in models]


def _other_families(variable: str, where: str) -> str:
    """Return how to choose a family that takes a prior of this variable; nothing where none does."""
    names = [name for name, family in FAMILIES.items() if variable in replaceable(family())]
    if not names:
        return ""
    options = [f"--model {name}" if where.startswith("--") else f"model={name!r}" for name in names]
    return f"{' and '.join(names)} {'has' if len(names) == 1 else 'have'} it: add {' or '.join(options)}"


def choose_model(name: str, where: str = "--model") -> Model:
    """Return the family of that name, else what the file at that path specifies."""
    if name in FAMILIES:
        return FAMILIES[name]()
    if name.lower().endswith(SUFFIXES):
        return load_model(name)
    mend = f"{did_you_mean(name, list(FAMILIES))}, or a file that ends in {' or '.join(SUFFIXES)}"
    raise SpecificationError("unknown model", where=where, seen=name, mend=mend)
