"""Chains whose law is known exactly: normal, independent or autoregressive of order one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.validation.checks.effective import Chains
from scipy import signal


@dataclass(frozen=True, slots=True)
class Sampler:
    """A simulated sampler; `draws` are as many as pass the gate of effective draws."""

    correlation: float
    draws: int
    chains: int = 4

    def normal(self, rng: np.random.Generator) -> Chains:
        """Return stationary chains (chain, draw) in which every value is N(0, 1)."""
        noise = rng.standard_normal((self.chains, self.draws))
        noise[:, 1:] *= np.sqrt(1.0 - self.correlation**2)
        return np.asarray(signal.lfilter([1.0], [1.0, -self.correlation], noise, axis=1))


SAMPLERS: Final[Mapping[str, Sampler]] = {
    "exact": Sampler(0.0, 3000),
    "AR(1) .5": Sampler(0.5, 1000),
    "AR(1) .9": Sampler(0.9, 4000),
    "antithetic": Sampler(-0.5, 3000),
}
"""By name."""
