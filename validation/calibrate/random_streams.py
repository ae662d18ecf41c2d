"""Where chance comes from: a stream for each replication and purpose, whatever runs beside it, before it or instead."""

from __future__ import annotations

import zlib

import numpy as np


def stream(root: int, number: int, *purpose: str) -> np.random.Generator:
    """Return the generator of one replication for one purpose."""
    return np.random.Generator(np.random.PCG64(_sequence(root, number, purpose)))


def stream_seed(root: int, number: int, *purpose: str) -> int:
    """Return a seed that every backend takes, of one replication for one purpose: from 0 to 2^31 - 1."""
    return int(_sequence(root, number, purpose).generate_state(1)[0] >> 1)


def _sequence(root: int, number: int, purpose: tuple[str, ...]) -> np.random.SeedSequence:
    # How many words there are comes first, or one word would be the same as itself and another that counts for nothing.
    words = (len(purpose), *(zlib.crc32(word.encode()) for word in purpose))
    return np.random.SeedSequence([root, number, *words])
