"""The law of a latent given its shapes, as far as the quadrature and the checks ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.models.interval import Array
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.pair import Pair, Ranked
from pplcompare.validation.exact.quadrature.update import Shapes
from pplcompare.validation.pictures.plots import PlotAxes


class Cells(NamedTuple):
    """How far the cell of each draw, all of which rounds to it, reaches below and above: arrays of its shape."""

    below: Float
    above: Float


class LatentTails(NamedTuple):
    """P(latent <= x) and P(latent > x), arrays of one shape."""

    lower: Float
    upper: Float


class Predictive(Protocol):
    """The distribution of a count to come."""

    @property
    def n(self) -> float:
        """The n of the datum to come."""

    @property
    def mean(self) -> float:
        """The mean."""

    @property
    def epistemic(self) -> float:
        """The variance of the mean given the latent: the part that more data on this group would remove."""

    @property
    def aleatoric(self) -> float:
        """The mean of the variance given the latent: the part that stays."""

    @property
    def variance(self) -> float:
        """The variance, the sum of both parts."""

    @property
    def sd(self) -> float:
        """The standard deviation."""

    @property
    def refusal(self) -> str:
        """Why probabilities of counts could not be certified; empty where they could."""

    def pmf(self, counts: NDArray[np.int64]) -> Float:
        """Return the probability of each count."""

    def cdf(self, counts: NDArray[np.int64]) -> Float:
        """Return P(count <= each)."""

    def quantile(self, p: Float) -> NDArray[np.int64]:
        """Return the least count whose distribution function reaches each probability."""

    def interval(self, probability: float = 0.94) -> tuple[int, int]:
        """Return the counts at the ends of the central interval."""

    def named(self, group: str) -> Predictive:
        """Return the same distribution, whose pictures say which group's campaign it is."""

    def plot(self, axes: PlotAxes | None = None, label: str = "") -> PlotAxes:
        """Draw the probabilities, with both parts of the variance."""


class Latents(Protocol):
    """The laws of all latents of a plate, mixed over the posterior of the shapes."""

    def after(self, k: float, n: float) -> Marginal:
        """Return the distribution of a latent after its datum; that of a group never seen has the datum (0, 0)."""

    def moments(self) -> tuple[Float, Float]:
        """Return mean and standard deviation of the latents of all groups, (group,) each."""

    def next(self, k: float, n: float, to_come: float) -> Predictive:
        """Return the distribution of the observation to come of a latent after (k, n); its own n is `to_come`."""

    def pair(self, one: tuple[float, float], other: tuple[float, float]) -> Pair:
        """Return two latents after their data (k, n)."""

    def ranked(self) -> Ranked:
        """Return all latents in order."""


@dataclass(frozen=True, slots=True)
class Law[S: Shapes]:
    """The law of a latent given shapes S and a datum (k, n).

    Attributes
    ----------
    bounded
        It takes shapes, k and n, and returns a bounded function of the law, of which the expectation always exists: the
        mean of the latent, if that is bounded.
    place
        It takes such an expectation and returns the value in the middle of the latents' support that it stands for.
    cdf
        It takes shapes, k, n and x, and returns P(latent <= x).
    tails
        It takes shapes, k, n, draws of the latent, their cells, and a generator that breaks the ties of rounded draws,
        and returns both tails at the draws.
    power
        It takes shapes, k, n and a whole number m, and returns the expectation of the latent's m-th power.
    draw
        It takes shapes (draw, 1), k and n (group,), and a generator, and draws the latents, (draw, group).
    mixed
        It takes the posterior of the shapes and returns the laws of all latents.
    """

    bounded: Callable[[S, float, float], Float]
    place: Callable[[float], float]
    cdf: Callable[[S, float, float, float], Float]
    tails: Callable[[S, float, float, Float, Cells, np.random.Generator], LatentTails]
    power: Callable[[S, float, float, int], Float]
    draw: Callable[[S, Array, Array, np.random.Generator], Float]
    mixed: Callable[[Mixing[S]], Latents]
