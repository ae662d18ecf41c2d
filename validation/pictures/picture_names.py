"""What pictures call models, groups and backends, whatever these are called: in files, and beside axes."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_PLAIN: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def picture_stem(name: str) -> str:
    """Return a model's name if it is plain, and a hash that stands for any other."""
    if _PLAIN.fullmatch(name):
        return name
    return f"model-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:16]}"


def short_name(name: str, most: int = 28) -> str:
    """Return a name as it is, or without its middle if it is longer than a picture has room for."""
    half = most // 2
    return name if len(name) <= most else f"{name[: half - 1]}…{name[-half:]}"
