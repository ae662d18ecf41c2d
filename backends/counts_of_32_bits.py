"""The largest count that PyMC and Stan can be given: both store whole numbers in 32 bits."""

from __future__ import annotations

from typing import Final

from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

LARGEST_COUNT: Final = 2**31 - 1


def require_32_bits(structure: Structure, inputs: Inputs, library: str) -> None:
    """Refuse counts, among inputs and observations, that do not fit.

    Raises
    ------
    UnsupportedModel
        For the first count beyond `LARGEST_COUNT`.
    """
    amounts = structure.amounts
    for name, counts in (*inputs.counts.items(), *inputs.observed.items()):
        if name not in amounts and counts.max(initial=0) > LARGEST_COUNT:
            raise UnsupportedModel(f"{library} takes counts up to {LARGEST_COUNT}", where=name, seen=int(counts.max()))
