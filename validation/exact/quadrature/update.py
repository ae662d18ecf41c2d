"""The shapes of a latent's law, and their update by its datum.

In the form (first, total) all conjugate pairs of one-parameter exponential families are updated alike: a latent whose
law has the shapes (first, total) has, after a datum (k, n), the law of the shapes (first + k, total + n) (Diaconis and
Ylvisaker 1979, "Conjugate priors for exponential families", Annals of Statistics 7, 269-281).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.interval import Array

Float = NDArray[np.float64]


class Shapes(Protocol):
    """The law of a latent before its datum: arrays that broadcast against each other.

    A family may add numbers that follow from these two, where computing them from these two would cancel.
    """

    @property
    def first(self) -> Float:
        """The shape to which k is added."""

    @property
    def total(self) -> Float:
        """The shape to which n is added."""

    def mapped(self, of: Callable[[Float], Float], /) -> Self:
        """Return the shapes with each array replaced by the function of it."""


def chosen[S: Shapes](shapes: S, where: NDArray[np.bool_]) -> S:
    """Return the shapes at the chosen nodes, (chosen,) each."""
    return shapes.mapped(lambda part: np.broadcast_to(part, where.shape)[where])


class Increments(NamedTuple):
    """The update of the shapes by the datum of each group, (group,) each: k is added to `first`, n to `total`."""

    k: Array
    n: Array
