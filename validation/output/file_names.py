"""What files and folders of results are called, whatever data, models and backends are called."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from pplcompare.models.inline_counts import is_group

_LONGEST: Final = 100
# What stands for another name has a dot, which is in none of these.
_PLAIN: Final = re.compile(rf"[a-z0-9_][a-z0-9_-]{{0,{_LONGEST - 1}}}")


def data_stem(data: str) -> str:
    """Return what stands for a data set, a name or a path, in the name of a folder: its own name if it is plain.

    Any other is made plain, and its hash is appended. Files of one name in different folders have the same. Groups
    with their counts, such as A=19/200, stand for themselves.
    """
    stem = data if is_group(data) else Path(data).stem
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:_LONGEST].strip("-")
    if plain == stem and plain:
        return plain
    return f"{plain[: _LONGEST - 9].strip('-') or 'data'}-{_hash(stem, 8)}"


def draws_file(model: str, backend: str) -> str:
    """Return the name of the file with a model's draws by a backend: ``model-backend.nc``.

    A name that is no plain file name, that differs from another one only by capitals, or that could be mistaken for the
    end of the other part, is replaced by its hash. So two different pairs never share a file.
    """
    return f"{_part('model', model)}-{_part('backend', backend)}.nc"


def _part(kind: str, name: str) -> str:
    if _PLAIN.fullmatch(name) and not (kind == "backend" and "-" in name):
        return name
    return f"{kind}.{_hash(name, 16)}"


def _hash(name: str, digits: int) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:digits]
