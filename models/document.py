"""Specifications as plain data (dictionaries, lists, numbers, strings), and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.errors import SpecificationError
from pplcompare.models.structure import Input, Item, Observed, Structure, Variable

_RANDOM: Mapping[str, type[Variable | Observed]] = {"variable": Variable, "observed": Observed}


def structure_document(structure: Structure) -> list[dict[str, Any]]:
    """Return the items of a structure in order, each as a dictionary."""
    return [_item_document(item) for item in (*structure.inputs, *structure.random)]


def structure_from_document(document: Sequence[Mapping[str, Any]]) -> Structure:
    """Undo `structure_document`."""
    items = [_item(entry) for entry in document]
    return Structure(
        tuple(item for item in items if isinstance(item, Input)),
        tuple(item for item in items if isinstance(item, Variable)),
        tuple(item for item in items if isinstance(item, Observed)),
    )


def _item_document(item: Item) -> dict[str, Any]:
    if isinstance(item, Input):
        return {"input": item.name, "plate": item.plate}
    kind = "variable" if isinstance(item, Variable) else "observed"
    distribution = {type(item.distribution).__name__: item.distribution.arguments}
    return {kind: item.name, "distribution": distribution, "plate": item.plate}


def _item(entry: Mapping[str, Any]) -> Item:
    if "input" in entry:
        return Input(entry["input"], entry.get("plate"))
    for kind, build in _RANDOM.items():
        if kind in entry:
            return build(entry[kind], _distribution(entry["distribution"]), entry.get("plate"))
    raise SpecificationError("neither input, variable nor observed", where="item", seen=dict(entry))


def _distribution(entry: Mapping[str, Any]) -> Distribution:
    ((name, arguments),) = entry.items()
    if name not in DISTRIBUTIONS:
        raise SpecificationError("unknown distribution", where="distribution", seen=name)
    return DISTRIBUTIONS[name](**arguments)
