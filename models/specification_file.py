"""Specification files: a model as TOML that reads like the statistics, or as the JSON of its document.

::

    name = "hierarchical"

    [inputs]
    trials = { plate = "group" }

    [variables]
    alpha = "Gamma(16, 9)"
    beta = "Gamma(40, 8)"
    rate = { distribution = "Beta(alpha, beta)", plate = "group" }

    [observed]
    successes = { distribution = "Binomial(trials, rate)", plate = "group" }

Within a table the order of the file is the order of the model: each after what it refers to.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pplcompare.models.distribution_text import parse_distribution
from pplcompare.models.document import check_display_name, check_keys, check_plate, model_from_document
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed, Variable

_LARGEST: Final = 1_000_000
_DEEPEST: Final = 100


def load_model(path: str | os.PathLike[str]) -> Model:
    """Return the model that a file specifies.

    Parameters
    ----------
    path
        Ends in ``.toml`` or in ``.json``; UTF-8, with or without a byte order mark, at most 1 MB.

    Raises
    ------
    SpecificationError
        If there is no such file, it cannot be read, or the model cannot be built; the message names the file.
    """
    path = Path(path)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        mend = f"its name must end in {' or '.join(SUFFIXES)}"
        raise SpecificationError("not a specification file", where=str(path), mend=mend)
    try:
        return read(_text(path))
    except SpecificationError as error:
        raise SpecificationError(str(error), where=str(path)) from error


def _text(path: Path) -> str:
    try:
        # A FIFO, a device or a folder is not opened at all: that could wait for ever.
        if path.exists() and not path.is_file():
            raise SpecificationError("not a file")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SpecificationError("larger than 1 MB")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecificationError("not UTF-8") from error
    except OSError as error:
        raise SpecificationError(f"cannot be read: {error.strerror or error}") from error


def _from_toml(text: str) -> Model:
    # The parser's time and memory grow with the square of the depth.
    if any(line.count(".") + line.count("[") > _DEEPEST for line in text.splitlines()):
        raise SpecificationError("nested too deep")
    document = check_keys(_parsed(tomllib.loads, "TOML", text), ("name", *_TABLES), "model")
    name = check_display_name(document.get("name"))
    return Model(name, *(item for table in _TABLES for item in _items(table, document.get(table, {}))))


def _from_json(text: str) -> Model:
    return model_from_document(_parsed(_json, "JSON", text))


def _parsed(parse: Callable[[str], Any], language: str, text: str) -> Any:
    try:
        return parse(text)
    except SpecificationError:
        raise
    except RecursionError as error:
        raise SpecificationError("nested too deep") from error
    except ValueError as error:
        raise SpecificationError(f"not {language}: {error}") from error


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise SpecificationError("duplicate key", where="JSON", seen=key)
        found[key] = value
    return found


def _refuse_constant(word: str) -> float:
    raise SpecificationError("numbers must be finite", where="JSON", seen=word)


def _items(table: str, entries: object) -> Iterator[Item]:
    if not isinstance(entries, Mapping):
        raise SpecificationError("a table is needed", where=table, seen=entries, mend=f"write [{table}]")
    for name, entry in entries.items():
        where = f"{table}.{name}"
        if table == "inputs":
            yield Input(name, check_plate(check_keys(entry, ("plate",), where).get("plate"), where))
            continue
        words = {"distribution": entry} if isinstance(entry, str) else entry
        known = check_keys(words, ("distribution", "plate"), where)
        text = known.get("distribution")
        if not isinstance(text, str):
            mend = 'write for example "Gamma(16, 9)"'
            raise SpecificationError("a distribution is needed", where=where, seen=text, mend=mend)
        yield _TABLES[table](name, parse_distribution(text, where), check_plate(known.get("plate"), where))


_TABLES: Final[Mapping[str, Callable[..., Item]]] = {"inputs": Input, "variables": Variable, "observed": Observed}
_READERS: Final[Mapping[str, Callable[[str], Model]]] = {".toml": _from_toml, ".json": _from_json}
SUFFIXES: Final = tuple(_READERS)
"""How the name of a specification file ends."""
