"""Draws in JSON: an object of nested lists by name, or posteriordb's list of chains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pplcompare.models.errors import DataError, said
from pplcompare.validation.draws.memory import limited_memory

LARGEST_TEXT: Final = 100_000_000
"""The most bytes that a text of draws may have."""

MEND: Final = "write it by xarray's or ArviZ's to_netcdf, or as JSON: see pplcompare check --help"
"""The mend for a file that cannot be read as what it seems to be."""


def json_draws(text: bytes, where: str, file: str) -> Mapping[str, Any]:
    """Return the values by name: nested lists (chain, draw[, group]), of flat names (chain, draw).

    Raises
    ------
    DataError
        If it is no JSON, or neither an object nor a list of chains with the same names.
    """
    try:
        # As floats whole numbers take linear time, however many digits they have.
        with limited_memory():
            found = json.loads(text.decode("utf-8-sig"), parse_int=float, object_pairs_hook=_object)
    except (ValueError, RecursionError, MemoryError) as error:
        raise DataError(
            f"cannot be read as JSON: {str(error) or said(error)}", where=where, seen=file, mend=MEND
        ) from error
    if isinstance(found, list) and found and all(isinstance(chain, dict) for chain in found):
        return _chains(found, f"{where} {file}")
    inner = found.get("posterior", found) if isinstance(found, dict) else found
    if not isinstance(inner, dict):
        raise DataError("needs an object of arrays by name", where=where, seen=file, mend=MEND)
    return inner


def _chains(chains: list[dict[str, Any]], where: str) -> Mapping[str, Any]:
    """Return name -> list of chains, of posteriordb's list of objects name -> list of draws."""
    first = chains[0]
    for number, chain in enumerate(chains, 1):
        if odd := sorted(first.keys() ^ chain.keys()):
            raise DataError("chains have other names than the first", where=f"{where}, chain {number}", seen=odd[0])
    return {name: [chain[name] for chain in chains] for name in first}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(name for name in names if names.count(name) > 1)!r}")
    return found
