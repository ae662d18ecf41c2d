"""Many fits of one program: fixed batches, so that results do not depend on how many fits were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Final

from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs

BATCH: Final = 25
"""How many fits are one unit of work; the last batch may be shorter, a backend that needs full ones pads it."""


def batches(many_inputs: Iterable[Inputs], seeds: Iterable[int]) -> Iterator[tuple[list[Inputs], list[int]]]:
    """Yield inputs and seeds, `BATCH` at a time.

    Raises
    ------
    ValueError
        If there are not as many seeds as inputs.
    """
    for batch in batched(zip(many_inputs, seeds, strict=True), BATCH):
        yield [inputs for inputs, _ in batch], [seed for _, seed in batch]


def one_by_one(
    program: Program, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]
) -> Iterator[Fit]:
    """Fit one after the other: for libraries that gain nothing from batches."""
    for inputs, seed in zip(many_inputs, seeds, strict=True):
        yield program.sample(inputs, settings, seed)
