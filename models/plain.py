"""Values as JSON knows them, and documents as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Literal, cast

import numpy as np

type Number = float | Literal["infinite", "-infinite", "undefined"]
"""A number; JSON knows only finite ones, so that the others are words."""


def plain[T](tree: T) -> T:
    """Return the tree with lists in place of tuples and arrays, and numbers that JSON does not know as words."""
    return cast("T", _plain(tree))


def json_text(document: object) -> str:
    """Return a document as it is printed and stored."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _plain(tree: object) -> object:
    if isinstance(tree, Mapping):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_plain(value) for value in tree]
    if isinstance(tree, np.ndarray | np.generic):
        return _plain(tree.tolist())
    if isinstance(tree, float) and not math.isfinite(tree):
        return "undefined" if math.isnan(tree) else "infinite" if tree > 0 else "-infinite"
    return tree
