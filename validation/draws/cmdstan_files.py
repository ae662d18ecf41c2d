"""Draws in CSV as CmdStan writes them: one file for each chain, with its settings in comments.

The warm-up, where it was saved, stands before the draws; its length follows from the settings (CmdStan User's Guide,
"Stan CSV file format").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pplcompare.models.errors import DataError
from pplcompare.models.float_array import Float
from pplcompare.validation.draws.flat_names import belongs
from pplcompare.validation.draws.json_files import LARGEST_TEXT
from pplcompare.validation.draws.memory import limited_memory

SIGNATURE: Final = rb"(?:#[^\n]*\n)*(?:# *(?:stan_version|model *=)|(?:[^\n]*,)?lp__,)"
"""What a file of CmdStan begins with."""

_SETTING: Final = re.compile(r"#\s*(\w+)\s*=\s*(\S+)")
_TRUE: Final = ("1", "true")


@dataclass(frozen=True, slots=True)
class _Chain:
    """One file: its settings by name, and its columns (draw,) by name, the warm-up left out."""

    file: str
    settings: Mapping[str, str]
    columns: Mapping[str, Float]
    warmup: int


def cmdstan_draws(
    paths: Sequence[Path], variables: Collection[str], where: str
) -> tuple[dict[str, Float], tuple[str, ...]]:
    """Return the draws (chain, draw) of a model's variables by flat name, and what was left out or taken for granted.

    Parameters
    ----------
    paths
        One file for each chain, in their order.

    Raises
    ------
    DataError
        If a file is no output of the method `sample`, is cut off, or does not go with the first.
    """
    chains = [_chain(path, variables, f"{where} {path}") for path in paths]
    _check_chains(chains, where)
    found = {name: np.stack([chain.columns[name] for chain in chains]) for name in chains[0].columns}
    warmup = chains[0].warmup
    notes = [f"{warmup:,} draws of the warm-up of each chain were left out"] if warmup else []
    if "save_warmup" not in chains[0].settings:
        notes.append("the file does not say whether its warm-up is in it: all its draws are taken")
    return found, tuple(notes)


def _chain(path: Path, variables: Collection[str], where: str) -> _Chain:
    if (size := path.stat().st_size) > LARGEST_TEXT:
        raise DataError("CSV of over 100 MB", where=where, seen=size, mend="keep every tenth draw, or fewer")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"cannot be read as CmdStan's CSV: {error}", where=where) from error
    settings = _settings(line for line in lines if line.startswith("#"))
    if (method := settings.get("method", "sample")) != "sample":
        raise DataError("the output of another method than sample", where=where, seen=method)
    header, *rows = [line for line in lines if line.strip() and not line.startswith("#")] or [""]
    names = header.split(",")
    wanted = [place for place, name in enumerate(names) if belongs(name, variables)]
    values = _numbers(rows, names, wanted, where)
    warmup, draws = _lengths(settings)
    if draws is not None and len(values) != warmup + draws:
        mend = "wait until the chain is finished, or sample again"
        raise DataError(f"{warmup + draws:,} draws are announced", where=where, seen=len(values), mend=mend)
    columns = {names[place]: values[warmup:, column] for column, place in enumerate(wanted)}
    return _Chain(str(path), settings, columns, warmup)


def _settings(comments: Iterable[str]) -> dict[str, str]:
    return {match[1]: match[2] for line in comments if (match := _SETTING.match(line)) is not None}


def _lengths(settings: Mapping[str, str]) -> tuple[int, int | None]:
    """Return how many draws of the warm-up are in the file, and how many follow; None where the file does not say."""
    try:
        thin, samples = int(settings.get("thin", "1")), int(settings["num_samples"])
        saved = settings.get("save_warmup", "0") in _TRUE
        warmup = -(-int(settings.get("num_warmup", "0")) // thin) if saved else 0
        return warmup, -(-samples // thin)
    except (KeyError, ValueError, ZeroDivisionError):
        return 0, None


def _numbers(rows: Sequence[str], names: Sequence[str], wanted: Sequence[int], where: str) -> Float:
    """Return (draw, wanted column)."""
    if not wanted or not rows:
        return np.empty((len(rows), len(wanted)))
    for number, row in enumerate(rows, 1):
        if row.count(",") != len(names) - 1:
            raise DataError(
                f"{len(names)} columns are needed", where=f"{where}, draw {number}", seen=row.count(",") + 1
            )
    try:
        with limited_memory():
            return np.loadtxt(rows, delimiter=",", usecols=wanted, ndmin=2, dtype=np.float64, comments=None)
    except (ValueError, MemoryError) as error:
        raise DataError(f"cannot be read as CmdStan's CSV: {error}", where=where) from error


def _check_chains(chains: Sequence[_Chain], where: str) -> None:
    """Refuse chains that are not those of one run."""
    first = chains[0]
    seen: dict[str, str] = {}
    for chain in chains:
        place = f"{where} {chain.file}"
        if odd := sorted(first.columns.keys() ^ chain.columns.keys()):
            raise DataError("chains have other names than the first", where=place, seen=odd[0])
        lengths = {len(values) for values in (*first.columns.values(), *chain.columns.values())}
        if len(lengths) > 1 or chain.warmup != first.warmup:
            raise DataError("chains have other lengths than the first", where=place, seen=sorted(lengths))
        if (number := chain.settings.get("id")) in seen and number is not None:
            mend = "leave the files of one run in the folder"
            raise DataError(f"chain {number} twice: files of two runs?", where=place, seen=seen[number], mend=mend)
        seen[number or chain.file] = chain.file
