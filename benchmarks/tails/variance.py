"""Variances of normal scores: given the chain up to a factor, the sum of squares is a chi-square variable."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from scipy import special

from tails.chain import Chain, Sample, Tails, ess_of_mean
from tails.mean import autoregressive
from tails.tilts import TILTS, balanced


def tilted(phi: float, variance: float) -> tuple[float, float]:
    """Return coefficient and innovation variance of the tilted AR(1) process with this variance."""
    ratio = variance * phi / (1.0 - phi * phi)
    if phi == 0.0:
        return 0.0, variance
    coefficient = 2.0 * ratio / (1.0 + math.sqrt(1.0 + 4.0 * ratio * ratio))
    return coefficient, coefficient * (1.0 - phi * phi) / phi


class Sums(NamedTuple):
    """What the likelihood of AR(1) chains depends on, (rep,) each."""

    squares: Float
    ends: Float
    products: Float
    shape: tuple[int, int]

    @classmethod
    def of(cls, x: Float) -> Sums:
        """Return the sums of chains (rep, chain, draw)."""
        ends = (x[:, :, 0] ** 2 + x[:, :, -1] ** 2).sum(axis=1)
        products = np.einsum("rcd,rcd->r", x[:, :, 1:], x[:, :, :-1])
        return cls(np.einsum("rcd,rcd->r", x, x), ends, products, x.shape[1:])

    def form(self, phi: float) -> Float:
        """Return the quadratic form in the exponent of the density, for innovations of variance 1."""
        return np.asarray((1.0 + phi * phi) * self.squares - phi * phi * self.ends - 2.0 * phi * self.products)

    def log_likelihood(self, phi: float) -> Float:
        """Return the log density of the chains up to a factor, less constants: a variance has no part in it."""
        chains, n = self.shape
        return np.asarray(0.5 * chains * (math.log1p(-phi * phi) - n * np.log(self.form(phi))))


def variances(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the tails of variances of normal scores, of one quantity and pooled."""
    phi, n = chain.correlation, chain.draws
    laws = [tilted(phi, score_variance(chain, score)) for score in (TILTS if phi else TILTS[:1])]
    share = max(reps // len(laws), 1)
    x = np.concatenate([autoregressive(rng, (share, chain.chains, chain.length), *law) for law in laws])
    sums = Sums.of(x)
    weights = balanced(sums.log_likelihood(phi), [sums.log_likelihood(tilt) for tilt, _ in laws])
    # Given the chains up to a factor, the sum of squares is this much times a chi-square variable.
    scale = (1.0 - phi * phi) * sums.squares / sums.form(phi)
    squares = x * x
    ess, mean, sd = ess_of_mean(squares), squares.mean(axis=(1, 2)), squares.std(axis=(1, 2), ddof=1)

    def tails(shape: Float) -> Tails:
        def beyond(limit: Float) -> Float:
            low, high = (mean * n / (2.0 * scale) for mean in mean_limits(shape, limit))
            return np.asarray(special.gammainc(n / 2.0, low) + special.gammaincc(n / 2.0, high))

        return beyond

    known = tails(np.array([chain.ess / 2.0]))
    return {
        "variance": Sample(ess, weights, tails(ess / 2.0), known),
        "pooled variance": Sample(ess, weights, tails(ess * (mean / sd) ** 2), known),
    }


def mean_limits(shape: Float, limit: Float) -> tuple[Float, Float]:
    """Return the means of gamma variables of this shape and mean 1 whose scores are -limit and limit."""
    tail = special.ndtr(-limit)
    return special.gammaincinv(shape, tail) / shape, special.gammainccinv(shape, tail) / shape


def score_variance(chain: Chain, score: float) -> float:
    """Return the variance that has this score, the size known."""
    low, high = mean_limits(np.array(chain.ess / 2.0), np.array(abs(score)))
    return float(high if score > 0.0 else low)


def square_tails(chain: Chain, limit: Float) -> Float:
    """Return P(|score of the variance| > limit), the true size known, by inversion of the moment-generating function.

    E exp(theta sum x^2) = det(I - 2 theta S)^(-1/2), S^-1 being tridiagonal; integrated along a line through the
    saddle point.
    """
    lower, upper = mean_limits(np.array(chain.ess / 2.0), limit)
    return _sum_of_squares(chain, lower) + _sum_of_squares(chain, upper)


def _sum_of_squares(chain: Chain, mean: Float) -> Float:
    """Return how probable means of squares are that lie beyond these, (mean,), as seen from 1."""
    phi, n = chain.correlation, chain.draws
    laws = np.array([tilted(phi, float(at)) for at in mean])
    coefficient, innovation = laws[:, 0], laws[:, 1]
    saddle = 0.5 * ((1.0 + phi * phi) / (1.0 - phi * phi) - (1.0 + coefficient**2) / innovation)
    square = coefficient**2
    sd = mean * np.sqrt(2.0 * n * (1.0 + square) / (1.0 - square))
    t = np.arange(0.0, 60.0, 0.05)
    theta = saddle[:, None] + 1j * t / sd[:, None]
    log_ratio = _log_determinant(chain, theta) - _log_determinant(chain, np.zeros((1, 1), dtype=complex))
    terms = np.exp(-0.5 * chain.chains * log_ratio - theta * n * mean[:, None]) / theta
    terms[:, 0] *= 0.5
    return np.asarray(np.abs(terms.real.sum(axis=1)) * 0.05 / sd / math.pi)


def _log_determinant(chain: Chain, theta: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return log det(S^-1 - 2 theta I) of one chain, up to a constant."""
    phi, n = chain.correlation, chain.length
    inner = (1.0 + phi * phi) / (1.0 - phi * phi) - 2.0 * theta
    ends = 1.0 / (1.0 - phi * phi) - 2.0 * theta
    off = (phi / (1.0 - phi * phi)) ** 2
    root = np.sqrt(inner * inner - 4.0 * off)
    large, small = (inner + root) / 2.0, (inner - root) / 2.0
    part, ratio = off / (ends * large), small / large
    rest = 1.0 - ratio ** (n - 1) - 2.0 * part * (1.0 - ratio ** (n - 2)) + part**2 * (1.0 - ratio ** (n - 3))
    return np.asarray(2.0 * np.log(ends) + (n - 1.0) * np.log(large) - np.log(root) + np.log(rest))
