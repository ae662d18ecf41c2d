"""Files of draws made elsewhere, of every kind that people have; nothing in them is executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pplcompare.models.errors import DataError
from pplcompare.validation.draws.archives import archived_draws
from pplcompare.validation.draws.cmdstan_files import SIGNATURE, cmdstan_draws
from pplcompare.validation.draws.foreign_files import foreign
from pplcompare.validation.draws.json_files import LARGEST_TEXT, json_draws
from pplcompare.validation.draws.labelled_draws import DrawsLike
from pplcompare.validation.draws.plain_files import METADATA
from pplcompare.validation.draws.tree_files import tree_draws

HEAD: Final = 16384
"""How many bytes of a file are looked at to tell its kind: the settings of CmdStan take some thousands."""

_WHERE: Final = "--draws"
_JSON: Final = rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*\{)"


@dataclass(frozen=True, slots=True, eq=False)
class DrawsOfFile:
    """Draws as a file has them.

    Attributes
    ----------
    draws
        The variables of the model that are there, by their names or by the flat names of their elements, in memory.
    notes
        What was left out or taken for granted.
    """

    draws: DrawsLike
    notes: tuple[str, ...] = ()


type _Reader = Callable[[Path, Collection[str]], DrawsOfFile]


def read_draws(file: str, variables: Iterable[str]) -> DrawsOfFile:
    """Return the draws of a model's variables in a file, or in the files of a folder, all of them in memory.

    The content says which kind it is: NetCDF 4 or 3 and zarr with a group ``posterior`` or as a plain dataset; JSON
    as an object of nested lists by name (chain, draw[, group]), bare or under ``posterior``, or as posteriordb's list
    of chains, which may be in a zip archive; NumPy's npz; CmdStan's CSV, one chain or a folder of them. Names may be
    flat in each of them, such as ``rate[1]``. Only these variables and their labels are read, after their sizes; there
    may be others of any size.

    Parameters
    ----------
    variables
        Names; those that are not there are left out of the result.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, is of another kind, or what it declares of these variables has
        more than 256 MiB (texts: if it has more than 100 MB).
    """
    path, names = Path(file), set(variables)
    try:
        if not path.exists():
            raise DataError("no such file", where=_WHERE, seen=file)
        if path.is_dir():
            return _folder(path, names)
        # A FIFO or a device is not opened at all: that could wait for ever.
        if not path.is_file():
            raise DataError("not a file", where=_WHERE, seen=file)
        head = _head(path)
        if (known := foreign(head)) is not None:
            what, mend = known
            raise DataError(f"cannot be read as draws: it is {what}", where=_WHERE, seen=file, mend=mend)
        return _reader(path, head)(path, names)
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"cannot be read: {error}", where=_WHERE, seen=file) from error


def _reader(path: Path, head: bytes) -> _Reader:
    for pattern, reader in _READERS:
        if re.match(pattern, head, re.DOTALL):
            return reader
    return _json if path.suffix == ".json" else _hdf5


def _folder(path: Path, names: Collection[str]) -> DrawsOfFile:
    """Read a zarr folder, or the chains of CmdStan in a folder, in the order of their numbers."""
    inside = {member.name for member in path.iterdir()}
    chains = [
        path / name for name in inside if (path / name).is_file() and re.match(SIGNATURE, _head(path / name), re.DOTALL)
    ]
    if chains and not inside & METADATA:
        return DrawsOfFile(*cmdstan_draws(sorted(chains, key=_by_numbers), names, _WHERE))
    return DrawsOfFile(tree_draws(str(path), "zarr", names, _WHERE))


def _by_numbers(path: Path) -> list[tuple[int, str]]:
    """Return a key in whose order chain 2 stands before chain 10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", path.name)]


def _head(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(HEAD)


def _hdf5(path: Path, names: Collection[str]) -> DrawsOfFile:
    return DrawsOfFile(tree_draws(str(path), "h5netcdf", names, _WHERE))


def _netcdf3(path: Path, names: Collection[str]) -> DrawsOfFile:
    return DrawsOfFile(tree_draws(str(path), "scipy", names, _WHERE))


def _archive(path: Path, names: Collection[str]) -> DrawsOfFile:
    return DrawsOfFile(archived_draws(path, names, _WHERE))


def _cmdstan(path: Path, names: Collection[str]) -> DrawsOfFile:
    return DrawsOfFile(*cmdstan_draws([path], names, _WHERE))


def _json(path: Path, _: Collection[str]) -> DrawsOfFile:
    if (size := path.stat().st_size) > LARGEST_TEXT:
        raise DataError("JSON of over 100 MB", where=f"{_WHERE} {path}", seen=size, mend="keep every tenth draw")
    return DrawsOfFile(json_draws(path.read_bytes(), _WHERE, str(path)))


# The first pattern that a file begins with says what reads it.
_READERS: Final[tuple[tuple[bytes, _Reader], ...]] = (
    (rb"\x89HDF", _hdf5),
    (rb"CDF[\x01\x02]", _netcdf3),
    (rb"PK\x03\x04", _archive),
    (SIGNATURE, _cmdstan),
    (_JSON, _json),
)
