"""What pictures keep of the draws of a fit: some hundred numbers, whatever the number of draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_TAIL: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04)

PLACES: Final = (*_TAIL, *(i / 40 for i in range(2, 39)), *(1.0 - u for u in reversed(_TAIL)))
"""The exact probabilities at which the share of draws below is kept."""

TWENTIETHS: Final = tuple(i / 20 for i in range(1, 20))
"""Those of them that are the borders of bins of equal exact probability."""


@dataclass(frozen=True, slots=True)
class ShareTested:
    """The share of draws below an exact quantile, as a check compared it.

    Attributes
    ----------
    q
        The exact probability.
    share
        That of the draws.
    low, high
        The shares between which the check passes; NaN if nothing was compared.
    """

    q: float
    share: float
    low: float
    high: float

    @property
    def beyond(self) -> bool:
        """Whether the share is beyond its limits."""
        return self.share < self.low or self.share > self.high


@dataclass(frozen=True, slots=True)
class QuantityTrace:
    """The draws of one quantity.

    Attributes
    ----------
    below
        The share of draws below the exact quantile of each of `PLACES`.
    tested
        The comparisons that checks made of such shares.
    """

    below: tuple[float, ...]
    tested: tuple[ShareTested, ...] = ()


@dataclass(frozen=True, slots=True)
class FitTrace:
    """The draws of one fit.

    Attributes
    ----------
    backend
        Who drew.
    quantities
        Label of a quantity -> its draws.
    left_out
        Label of a quantity -> why its draws have no place in a picture.
    counts
        Name of a group -> the shares of the counts to come that were drawn, in the bars of their picture.
    """

    backend: str
    quantities: Mapping[str, QuantityTrace] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
