"""Mean and standard deviation of the rates of all groups at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.multiplicity import on_blocks

_CHUNK: Final = 1 << 18
# Where the columns of the coefficients are split, and how many there are.
_PARTS: Final = (2, 5, 6, 8)
_WIDTH: Final = 11


def rate_moments(
    components: Components, trials: NDArray[np.int64], successes: NDArray[np.int64]
) -> tuple[Float, Float]:
    """Return means and standard deviations of mixtures of Betas after counts.

    With (a0, s0) a middle of the shapes (a, s = a + b) and c = (a0 + k) / (s0 + n), the mean of a component is
    c + (a - a0 - c (s - s0)) / (s + n). So all moments are polynomials in c, whose coefficients know only n: they cost
    at most as much as there are different numbers of trials.

    Parameters
    ----------
    components
        Before the counts.
    trials, successes : (group,)

    Returns
    -------
    mean, sd : (group,)
    """
    weights, first, second = components
    middle, other = float(weights @ first), float(weights @ second)
    n, place = np.unique(trials, return_inverse=True)
    x, y, s = first - middle, (first - middle) + (second - other), first + second
    terms = on_blocks(n.astype(np.float64), lambda at: _coefficients(weights, x, y, s, at))[place]
    to_mean, to_spread, within, to_within, square_within = np.split(terms, _PARTS, axis=1)
    total = middle + other + trials
    c, d = (middle + successes) / total, (other + (trials - successes)) / total
    shift = to_mean[:, 0] - c * to_mean[:, 1]
    between = _square(to_spread, c) - shift * shift
    inside = c * d * within[:, 0] + (d - c) * (to_within[:, 0] - c * to_within[:, 1]) - _square(square_within, c)
    return c + shift, np.sqrt(np.maximum(between, 0.0) + inside)


def _square(of: Float, c: Float) -> Float:
    """Return E (x - c y)^2 from E x^2, E x y, E y^2."""
    return np.asarray(of[:, 0] - c * (2.0 * of[:, 1] - c * of[:, 2]))


def _coefficients(weights: Float, x: Float, y: Float, total: Float, n: Float) -> Float:
    """Return expectations of products with r = 1 / (s + n) and q = 1 / (s + n + 1), side by side for each n.

    The products are r x, r y; r^2 x^2, r^2 x y, r^2 y^2; q; r q x, r q y; r^2 q x^2, r^2 q x y, r^2 q y^2.
    """
    linear, square = np.stack([x, y]) * weights, np.stack([x * x, x * y, y * y]) * weights
    size = max(_CHUNK // weights.size, 1)
    rows = [np.zeros((0, _WIDTH))]
    for i in range(0, n.size, size):
        r = 1.0 / (total + n[i : i + size, None])
        q = r / (1.0 + r)
        products = ((r, linear), (r * r, square), (q, weights[None]), (r * q, linear), (r * r * q, square))
        rows.append(np.concatenate([np.einsum("ni,ji->nj", factor, of) for factor, of in products], axis=1))
    return np.concatenate(rows)
