"""Chains whose law is known exactly: normal, independent, autoregressive of order one, thinned, or sticky."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.validation.checks.effective import Chains
from scipy import signal


@dataclass(frozen=True, slots=True)
class Sampler:
    """A simulated sampler; `draws` are as many as pass the gate of effective draws.

    Attributes
    ----------
    correlation
        The correlation of neighbours, before thinning.
    draws, chains
        The number of draws of each chain, and of chains.
    thinned
        Every so many draws one is kept.
    stays
        The probability that a draw is the one before it.
    """

    correlation: float
    draws: int
    chains: int = 4
    thinned: int = 1
    stays: float = 0.0

    @property
    def independent(self) -> bool:
        """Whether draws are independent of each other."""
        return not (self.correlation or self.stays)

    def normal(self, rng: np.random.Generator, quantities: int | None = None) -> Chains:
        """Return stationary chains (chain, draw) in which every value is N(0, 1).

        With `quantities` an array (quantity, chain, draw) of independent ones, that stay where they are together.
        """
        several = () if quantities is None else (quantities,)
        noise = rng.standard_normal((*several, self.chains, self.draws * self.thinned))
        noise[..., 1:] *= np.sqrt(1.0 - self.correlation**2)
        values = signal.lfilter([1.0], [1.0, -self.correlation], noise, axis=-1)[..., :: self.thinned]
        if self.stays:
            moved = np.where(rng.random((self.chains, self.draws)) < self.stays, 0, np.arange(self.draws))
            at = np.maximum.accumulate(moved, axis=1)
            values = np.take_along_axis(values, np.broadcast_to(at, values.shape), axis=-1)
        return np.asarray(values)


SAMPLERS: Final[Mapping[str, Sampler]] = {
    "exact": Sampler(0.0, 3000),
    "AR(1) .5": Sampler(0.5, 1000),
    "AR(1) .9": Sampler(0.9, 4000),
    "AR(1) .95": Sampler(0.95, 6000),
    "antithetic": Sampler(-0.5, 3000),
    "antithetic .9": Sampler(-0.9, 3000),
    "sticky": Sampler(0.0, 1000, stays=0.5),
    "thinned": Sampler(0.9, 1000, thinned=10),
    "one chain": Sampler(0.5, 3000, chains=1),
    "20 chains": Sampler(0.5, 300, chains=20),
}
"""By name."""
