"""Messages between processes: a JSON tree and the arrays it refers to, length-prefixed, without pickle."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Mapping
from typing import IO, Any, BinaryIO, Final

import numpy as np

_LENGTHS: Final = struct.Struct("!QQ")
_ARRAY: Final = "__array__"
_LONGEST_TEXT: Final = 2**28
LONGEST_BODY: Final = 2**33
"""Bytes of arrays that a message may have at most, where nobody says less."""


type Received = Mapping[str, Any]
"""What came through a pipe: nothing is known of its values until they are read."""


def encode(tree: object) -> bytes:
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


def remaining(received: bytes | bytearray, longest: int = LONGEST_BODY) -> int:
    """Return how many bytes are still to come after `received`, the beginning of a message.

    Raises
    ------
    ValueError
        If its lengths are those of no message.
    """
    if len(received) < _LENGTHS.size:
        return _LENGTHS.size - len(received)
    text, body = _LENGTHS.unpack_from(received)
    if not 0 < text <= _LONGEST_TEXT or body > longest:
        raise ValueError(f"lengths of {text} and {body} bytes")
    return int(text + body) + _LENGTHS.size - len(received)


def decode(message: bytes | bytearray) -> Any:
    """Undo `encode`.

    Raises
    ------
    Exception
        Whatever the readers raise, if this is no message.
    """
    text, body = _LENGTHS.unpack_from(message)
    start = _LENGTHS.size
    tree = json.loads(message[start : start + text])
    if not body:
        return tree
    with zipfile.ZipFile(io.BytesIO(message[start + text :])) as stored:
        return _with_arrays(tree, {item.filename: _array(stored, item) for item in stored.infolist()})


def _array(stored: zipfile.ZipFile, item: zipfile.ZipInfo) -> np.ndarray[Any, Any]:
    """Return an array whose declared shape has been compared with the bytes that are there."""
    if item.compress_type != zipfile.ZIP_STORED or item.file_size != item.compress_size:
        raise ValueError(f"{item.filename} is compressed")
    with stored.open(item) as file:
        shape, _, kind = _header(file)
        if math.prod(shape) * kind.itemsize != item.file_size - file.tell():
            raise ValueError(f"{item.filename} is not as long as it says")
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if np.lib.format.read_magic(file) != (1, 0):  # what `encode` writes
        raise ValueError("another version of npy")
    return np.lib.format.read_array_header_1_0(file)


def _without_arrays(tree: object, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
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


def _with_arrays(tree: object, arrays: Mapping[str, Any]) -> Any:
    if isinstance(tree, dict):
        if set(tree) == {_ARRAY}:
            return arrays[f"{tree[_ARRAY]}.npy"]
        return {key: _with_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_arrays(value, arrays) for value in tree]
    return tree


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
