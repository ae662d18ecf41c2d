"""Messages between processes: a JSON tree and the arrays it refers to, length-prefixed, without pickle."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import numpy as np

_LENGTHS: Final = struct.Struct("!QQ")
_ARRAY: Final = "__array__"


def encode(tree: Any) -> bytes:
    """Return the message: two lengths, JSON in UTF-8, and an npz file of the arrays."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    text = json.dumps(_without_arrays(tree, arrays)).encode()
    body = io.BytesIO()
    if arrays:
        np.savez(body, allow_pickle=False, **arrays)
    return _LENGTHS.pack(len(text), body.tell()) + text + body.getvalue()


def read(stream: BinaryIO) -> Any:
    """Read one message from a blocking stream; `EOFError` at its end."""
    header = _exactly(stream, _LENGTHS.size)
    return decode(header + _exactly(stream, remaining(header)))


def remaining(received: bytes | bytearray) -> int:
    """Return how many bytes are still to come after `received`, the beginning of a message."""
    if len(received) < _LENGTHS.size:
        return _LENGTHS.size - len(received)
    return int(sum(_LENGTHS.unpack_from(received))) + _LENGTHS.size - len(received)


def decode(message: bytes | bytearray) -> Any:
    """Undo `encode`."""
    text, body = _LENGTHS.unpack_from(message)
    start = _LENGTHS.size
    tree = json.loads(message[start : start + text])
    if not body:
        return tree
    with np.load(io.BytesIO(message[start + text :]), allow_pickle=False) as stored:
        return _with_arrays(tree, {name: stored[name] for name in stored.files})


def _without_arrays(tree: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(tree, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = tree
        return {_ARRAY: name}
    if isinstance(tree, np.generic):
        return tree.item()
    if isinstance(tree, Mapping):
        return {str(key): _without_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_without_arrays(value, arrays) for value in tree]
    return tree


def _with_arrays(tree: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(tree, dict):
        if set(tree) == {_ARRAY}:
            return arrays[tree[_ARRAY]]
        return {key: _with_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_arrays(value, arrays) for value in tree]
    return tree


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
