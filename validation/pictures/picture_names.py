"""What the files and identifiers of pictures begin with, whatever models are called."""

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
