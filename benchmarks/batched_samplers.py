"""Metropolis and HMC for many chains at once, and twelve ways to make what they draw wrong.

Both move in z, where x = centre + root z has about the mean and the covariance of the exact posterior, so that they
need no adaptation; a draw of Metropolis is every tenth step. A chain begins on U(-2, 2), makes 50 draws with a step
of a tenth and 50 more with its own, and drops them. Chains are independent, whichever batch they are in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.target.target import Target, target

UNTUNED, TUNED, THIN, LEAPFROGS = 50, 50, 10, 5


@dataclass(frozen=True)
class Posterior:
    """A target with its shape, and with the densities that a planted error puts in its place.

    Attributes
    ----------
    wrong
        The name of an error -> a target with another density; whatever it is, draws are compared with `right`.
    """

    right: Target
    wrong: Mapping[str, Target] = field(default_factory=dict)

    @cached_property
    def shape(self) -> tuple[Float, Float]:
        """Centre (dimension,) and root of the covariance of unconstrained vectors."""
        x = self.right.unconstrain(self.right.exact.simulate(4000, np.random.default_rng(0)))
        return x.mean(0), np.linalg.cholesky(np.atleast_2d(np.cov(x.T)))

    @cached_property
    def hyper(self) -> int:
        """The number of elements that are no rates."""
        return sum(not name.startswith("rate") for name in self.right.names)

    def log_jacobian(self, x: Float) -> tuple[Float, Float]:
        """Return what a forgotten Jacobian takes from the log density, and its gradient."""
        values = [np.atleast_2d(v.T).T if v.ndim == 1 else v for v in self.right.constrain(x).values()]
        v = np.concatenate(values, axis=-1)
        positive = np.array([name in ("alpha", "beta") for name in self.right.names])
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(positive, np.log(v), np.log(v) + np.log1p(-v)).sum(-1)
        return value, np.where(positive, 1.0, 1.0 - 2.0 * v)

    def log_density(self, x: Float, error: str) -> Float:
        """Return log densities (n,), those of the error if it is one of the density."""
        value = self.wrong.get(error, self.right).log_density(x)
        return value - self.log_jacobian(x)[0] if error == JACOBIAN else value

    def gradient(self, x: Float, error: str) -> Float:
        """Return the slopes of `log_density`."""
        slope = self.wrong.get(error, self.right).gradient(x)
        return slope - self.log_jacobian(x)[1] if error == JACOBIAN else slope


def metropolis(of: Posterior, rng: np.random.Generator, chains: int, draws: int, error: str) -> Float:
    """Return draws (chain, draw, dimension) of a random walk."""
    centre, root = of.shape
    x = rng.uniform(-2.0, 2.0, (chains, len(centre)))
    density, kept = of.log_density(x, error), []
    for at in range(-UNTUNED - TUNED, draws):
        size = 2.4 / np.sqrt(len(centre)) * (0.1 if at < -TUNED else 1.0)
        for _ in range(THIN):
            y = x + size * rng.standard_normal(x.shape) @ root.T
            new = of.log_density(y, error)
            accept = _accepted(rng, new, density, error)
            x, density = np.where(accept[:, None], y, x), np.where(accept, new, density)
        kept.append(x)
    return _kept(kept, draws, error)


def hmc(of: Posterior, rng: np.random.Generator, chains: int, draws: int, error: str) -> Float:
    """Return draws (chain, draw, dimension) of HMC with five leapfrogs of U(0.2, 0.5)."""
    centre, root = of.shape
    x = rng.uniform(-2.0, 2.0, (chains, len(centre)))
    density, slope, kept = of.log_density(x, error), of.gradient(x, error) @ root, []
    for at in range(-UNTUNED - TUNED, draws):
        size = rng.uniform(0.2, 0.5, (chains, 1)) * (0.1 if at < -TUNED else 1.0)
        p = rng.standard_normal(x.shape)
        y, new_slope, momentum = x, slope, p
        for _ in range(LEAPFROGS):
            momentum = momentum + 0.5 * size * new_slope
            y = y + size * momentum @ root.T
            new_slope = of.gradient(y, error) @ root
            momentum = momentum + 0.5 * size * new_slope
        new = of.log_density(y, error)
        accept = _accepted(rng, new, density + 0.5 * (momentum**2 - p**2).sum(1), error)
        x, slope = np.where(accept[:, None], y, x), np.where(accept[:, None], new_slope, slope)
        density = np.where(accept, new, density)
        kept.append(x)
    return _kept(kept, draws, error)


def _accepted(rng: np.random.Generator, new: Float, old: Float, error: str) -> NDArray[np.bool_]:
    if error == EVERY:
        return np.ones(len(new), dtype=bool)
    return np.log(rng.uniform(size=len(new))) < new - old


def _kept(kept: list[Float], draws: int, error: str) -> Float:
    chosen = kept[:draws] if error == WARMUP else kept[-draws:]
    return np.stack(chosen, axis=1)


Draw = Callable[[Posterior, np.random.Generator, int, int, str], Float]
SAMPLERS: Final[Mapping[str, Draw]] = {"Metropolis": metropolis, "HMC": hmc}

EVERY: Final = "every proposal is accepted"
WARMUP: Final = "the warm-up is kept"
JACOBIAN: Final = "the Jacobian is missing"
PRIOR: Final = "a prior's rate is 10 % off"
SHIFTED: Final = "n is shifted against k"
SAMPLED: Final = (JACOBIAN, PRIOR, SHIFTED, EVERY, WARMUP)
"""Errors of the density or of the step: chains must be sampled anew."""


def _shifted(of: Posterior, x: Float) -> Float:
    return x + 0.1 * np.sqrt((of.shape[1] ** 2).sum(1))


def _narrow(of: Posterior, x: Float) -> Float:
    return np.asarray(of.shape[0] + 0.95 * (x - of.shape[0]))


def _stopped(of: Posterior, x: Float) -> Float:
    """Return draws whose last chain stays where it is after nine tenths."""
    found, last = x.copy(), x.shape[1] * 9 // 10
    found[-1, last:] = x[-1, last - 1]
    return found


def _copied(of: Posterior, x: Float) -> Float:
    return np.concatenate([x[:-1], x[:1]])


def _apart(of: Posterior, x: Float) -> Float:
    """Return draws whose rates are those of the draw before."""
    if not of.hyper:
        return x
    return np.concatenate([x[..., : of.hyper], np.roll(x[..., of.hyper :], 1, axis=1)], axis=-1)


def _cut(of: Posterior, x: Float) -> Float:
    """Return draws of which those with the last rate above its 98 % quantile are another draw of the chain."""
    rate = of.right.constrain(x)["rate"][..., -1]
    high = rate > of.right.exact["rate", of.right.counts.groups[-1]].quantile(0.98)
    found = x.copy()
    for chain, above in zip(found, high, strict=True):
        inside = np.flatnonzero(~above)
        chain[above] = chain[inside[np.arange(above.sum()) * 7 % len(inside)]]
    return found


def _exchanged(of: Posterior, x: Float) -> Float:
    """Return draws with the rates of the last two groups under each other's name."""
    found = x.copy()
    if x.shape[-1] - of.hyper > 1:
        found[..., -2:] = x[..., :-3:-1]
    return found


ALTERED: Final[Mapping[str, Callable[[Posterior, Float], Float]]] = {
    "all is shifted by 0.1 sd": _shifted,
    "all is 5 % too narrow": _narrow,
    "a chain stops at nine tenths": _stopped,
    "a chain is a copy": _copied,
    "rates beside other hyper-parameters": _apart,
    "the upper 2 % of a rate are cut off": _cut,
    "two groups are exchanged": _exchanged,
}
"""Errors in what becomes of right draws: of (chain, draw, dimension)."""

_ARMS: Final = {"A": (40, 9), "B": (30, 3)}
_SHOPS: Final = {"A": (40, 9), "B": (30, 3), "C": (50, 12)}
_OFF: Final = {
    "independent": "rate=Beta(2, 5.5)",
    "hierarchical": "alpha=Gamma(16, 9.9)",
}
"""The prior of each model, with its rate, or what is next to one, 10 % higher."""
POSTERIORS: Final = (
    ("independent", {"coin": (12, 4)}),
    ("independent", _ARMS),
    ("independent", _SHOPS),
    ("hierarchical", _ARMS),
    ("hierarchical", _SHOPS),
)


def posterior(model: str, data: Mapping[str, tuple[int, int]]) -> Posterior:
    """Return a target with its planted densities."""
    groups, counts = list(data), list(data.values())
    moved = {g: (n, k) for g, (n, _), (_, k) in zip(groups, [*counts[1:], counts[0]], counts, strict=True)}
    wrong = {PRIOR: target(data, model, priors=[_OFF[model]]), SHIFTED: target(moved, model)}
    return Posterior(target(data, model), wrong)
