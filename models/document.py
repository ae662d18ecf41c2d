"""Specifications as plain data (dictionaries, lists, numbers, strings), and back; their canonical text and hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pplcompare.models.distribution import Distribution
from pplcompare.models.distribution_text import build_distribution
from pplcompare.models.errors import SpecificationError, did_you_mean
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed, Structure, Variable

_RANDOM: Final[Mapping[str, type[Variable | Observed]]] = {"variable": Variable, "observed": Observed}
_LONGEST_NAME: Final = 1024


def model_document(model: Model) -> dict[str, object]:
    """Return a model as its name and its items in order, each a dictionary."""
    return {"name": model.name, "items": [_item_document(item) for item in model.items]}


def model_from_document(document: object) -> Model:
    """Undo `model_document`.

    Raises
    ------
    SpecificationError
        For an unknown key, a value of another type, or a model that cannot be built.
    """
    known = check_keys(document, ("name", "items"), "model")
    items = known.get("items")
    if not isinstance(items, list):
        raise SpecificationError("a list of items is needed", where="items", seen=items)
    return Model(check_display_name(known.get("name")), *(_item(entry) for entry in items))


def canonical_json(document: object) -> str:
    """Return JSON with sorted keys, the shortest numbers that read back the same, ASCII only, no blanks."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def model_hash(model: Model) -> str:
    """Return the SHA-256 of the canonical JSON of a model's items; what the model is called is no part of it."""
    return hashlib.sha256(canonical_json(model_document(model)["items"]).encode("ascii")).hexdigest()


def structure_document(structure: Structure) -> list[dict[str, object]]:
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


def check_keys(document: object, known: Collection[str], where: str) -> Mapping[str, Any]:
    """Return the document if it is a dictionary that has known keys only."""
    if not isinstance(document, Mapping):
        raise SpecificationError(f"a table with {', '.join(known)} is needed", where=where, seen=document)
    for key in document:
        if key not in known:
            raise SpecificationError("unknown key", where=where, seen=key, mend=did_you_mean(str(key), list(known)))
    return document


def check_display_name(name: object) -> str:
    """Return a model's name if people can read it: text that prints, at most 1024 bytes."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name.encode()) > _LONGEST_NAME:
        needed = f"a printable text of at most {_LONGEST_NAME} bytes is needed"
        raise SpecificationError(needed, where="name", seen=name, mend='write for example name = "mine"')
    return name


def _item_document(item: Item) -> dict[str, object]:
    if isinstance(item, Input):
        return {"input": item.name, "plate": item.plate}
    kind = "variable" if isinstance(item, Variable) else "observed"
    # 0.0 and -0.0 are the same number.
    arguments = {
        key: value if isinstance(value, str) else value + 0.0 for key, value in item.distribution.arguments.items()
    }
    return {kind: item.name, "distribution": {type(item.distribution).__name__: arguments}, "plate": item.plate}


def _item(entry: object) -> Item:
    kinds = [kind for kind in ("input", *_RANDOM) if isinstance(entry, Mapping) and kind in entry]
    if not isinstance(entry, Mapping) or len(kinds) != 1:
        raise SpecificationError("exactly one of input, variable and observed is needed", where="item", seen=entry)
    (kind,) = kinds
    name = entry[kind]
    where = f"{kind} {name}" if isinstance(name, str) else kind
    check_keys(entry, (kind, "plate") if kind == "input" else (kind, "distribution", "plate"), where)
    if not isinstance(name, str):
        raise SpecificationError("a name is needed", where=where, seen=name)
    plate = check_plate(entry.get("plate"), where)
    return Input(name, plate) if kind == "input" else _RANDOM[kind](name, _distribution(entry, where), plate)


def check_plate(plate: object, where: str) -> str | None:
    """Return the plate if it is a name or nothing."""
    if plate is not None and not isinstance(plate, str):
        raise SpecificationError("a plate is a name", where=where, seen=plate)
    return plate


def _distribution(entry: Mapping[str, Any], where: str) -> Distribution:
    found = entry.get("distribution")
    if not isinstance(found, Mapping) or len(found) != 1:
        mend = 'write for example {"Gamma": {"shape": 16, "rate": 9}}'
        raise SpecificationError("one distribution is needed", where=where, seen=found, mend=mend)
    ((kind, arguments),) = found.items()
    if not isinstance(arguments, Mapping):
        raise SpecificationError("arguments by name are needed", where=f"{where}: {kind}", seen=arguments)
    for key, value in arguments.items():
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z]\w*", value, re.ASCII) is None:
            mend = "write numbers without quotes"
            raise SpecificationError("not a name", where=f"{where}: {kind} {key}", seen=value, mend=mend)
    return build_distribution(kind, arguments, where)
