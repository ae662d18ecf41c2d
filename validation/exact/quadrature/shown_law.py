"""A distribution as people see it when they ask for nothing else: mean, sd, and the ends of the central 94 %."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.models.shown_table import ShownTable
from pplcompare.validation.exact.quadrature.central import described

QUANTILES: Final = (0.03, 0.5, 0.97)
"""The probabilities whose quantiles are shown: the middle, and the ends of the central 94 %."""

_NONE: Final = "not certified"


def percent(probability: float) -> str:
    """Return a probability as quantiles are called by it, such as 97 %."""
    return f"{100 * probability:.12g} %"


class ShownLaw:
    """A distribution that shows itself; what is not certified is called so."""

    @property
    def mean(self) -> float:
        """The mean, infinite where it does not exist."""
        raise NotImplementedError

    @property
    def sd(self) -> float:
        """The standard deviation, infinite where it does not exist."""
        raise NotImplementedError

    def quantile(self, p: Float) -> ArrayLike:
        """Return x with P(X <= x) = p."""
        raise NotImplementedError

    def interval(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the central interval: below it and above it lies the same probability."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return described("distribution", self)

    def _repr_html_(self) -> str:
        columns: dict[str, list[object]] = {"": ["exact"], **{name: [value] for name, value in self._summary().items()}}
        return ShownTable("Exact distribution", columns).html()

    def _summary(self) -> dict[str, float | str]:
        """Return what is shown, by name."""
        found: dict[str, float | str] = {}
        for name in ("mean", "sd"):
            try:
                found[name] = float(getattr(self, name))
            except AccuracyError:
                found[name] = _NONE
        try:
            values = np.asarray(self.quantile(np.array(QUANTILES)), dtype=np.float64).tolist()
        except AccuracyError:
            values = [_NONE] * len(QUANTILES)
        return found | dict(zip(map(percent, QUANTILES), values, strict=True))
