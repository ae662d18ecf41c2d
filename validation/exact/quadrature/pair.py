"""What is asked of two latents of a plate, and of all of them together."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.pictures.plots import PlotAxes


class Certain(NamedTuple):
    """A number, and its error by twice as many nodes of everything that has nodes."""

    value: float
    error: float


class Contrast(Protocol):
    """The distribution of a number that compares two latents: of their difference, or of their ratio."""

    @property
    def mean(self) -> float:
        """The mean, infinite where it does not exist."""

    @property
    def sd(self) -> float:
        """The standard deviation, infinite where it does not exist."""

    @property
    def error(self) -> float:
        """The largest error in probability of the 3 %, 50 % and 97 % quantiles."""

    def cdf(self, x: Float) -> Float:
        """Return P(X <= x)."""

    def sf(self, x: Float) -> Float:
        """Return P(X > x)."""

    def density(self, x: Float) -> Float:
        """Return the density, for pictures: its error is not certified."""

    def quantile(self, p: Float) -> Float:
        """Return x with P(X <= x) = p."""

    def interval(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the central interval: below it and above it lies the same probability."""

    def hdi(self, probability: float = 0.94) -> tuple[float, float]:
        """Return the shortest interval that holds `probability`."""

    def named(self, label: str) -> Contrast:
        """Return the same distribution, whose pictures say what it compares."""

    def plot(self, axes: PlotAxes | None = None, label: str = "") -> PlotAxes:
        """Draw the density, in which the side where the one is greater is shaded."""


class Pair(Protocol):
    """Two latents, the one and the other."""

    @property
    def difference(self) -> Contrast:
        """The one less the other."""

    @property
    def ratio(self) -> Contrast:
        """The one divided by the other."""

    @property
    def loss(self) -> Certain:
        """The amount by which the other exceeds the one on average, counted as zero where it does not."""

    @property
    def gain(self) -> Certain:
        """The amount by which the one exceeds the other on average: the loss of choosing the other."""


class Ranked(NamedTuple):
    """Latents in the order of their means, the highest first.

    Attributes
    ----------
    order : (group,)
        The numbers of the groups.
    mean, best, rank, above, loss : (group,)
        The mean of each in that order, the probability that it is the highest of all, its expected rank (1 is the
        highest), the probability that it is higher than the next, NaN for the last, and by how much the highest of all
        exceeds it on average.
    error
        The error of the probabilities, of losses, and of expected ranks divided by the largest of them.
    """

    order: NDArray[np.intp]
    mean: Float
    best: Float
    rank: Float
    above: Float
    loss: Float
    error: float
