"""Alterations that leave draws right: checks must pass them, and note what they saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.wrapped.mutants.mutation import Mutation, each

Values = NDArray[np.float64]
"""(chain, draw, *plate)."""


def _single(values: Values) -> Values:
    return np.asarray(values.astype(np.float32), dtype=np.float64)


def _digits(number: int) -> Callable[[Values], Values]:
    def rounded(values: Values) -> Values:
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) + 1.0 - number)
        return np.asarray(np.round(values / unit) * unit)

    return rounded


RIGHT: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "float32": Mutation("draws are stored in float32", "shapes", draws=each(_single)),
        "eight-digits": Mutation("draws are printed with eight digits", "shapes", draws=each(_digits(8))),
        "six-digits": Mutation("draws are printed with six digits", "shapes", draws=each(_digits(6))),
    }
)
"""Mutations by name that checks must pass with a note."""
