"""How fast the beta-binomial likelihood grows where a shape goes to zero or to infinity.

From (a)_k (b)_{n-k} / (a+b)_n one reads, with p, q the directions of log a, log b:

- to infinity together, or one alone: n - k factors b/a where a outgrows b, k factors a/b where b outgrows a;
- to zero: a factor a for k > 0, one b for k < n, one 1/(a+b) for n > 0.

A mean in (0, 1) with a proper prior adds no ray: the likelihood is bounded by its order at fixed mean.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from pplcompare.validation.exact.quadrature.conjugate_pair import RAYS_OF_LOGS, Exponent
from pplcompare.validation.exact.quadrature.update import Increments


def _growth(data: Increments, p: float, q: float) -> float:
    k, n = data
    some, all_but = float(np.sum(k > 0)), float(np.sum(k < n))
    up_p, up_q = max(p, 0.0), max(q, 0.0)
    binomial = k.sum() * (up_p - max(up_p, up_q)) + (n - k).sum() * (up_q - max(up_p, up_q))
    return float(binomial + some * min(p, 0.0) + all_but * min(q, 0.0) - np.sum(n > 0) * min(max(p, q), 0.0))


EXPONENT: Final = Exponent(
    RAYS_OF_LOGS, _growth, "take a proper prior, another exponent, or more groups with 0 < k < n"
)
"""The exponent of the beta-binomial likelihood."""
