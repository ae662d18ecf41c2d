"""Draws that are altered on their way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws, Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.simulation import simulate
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.mutants.mutation import Mutation, each

Values = NDArray[np.float64]
"""(chain, draw, *plate)."""

_WARMUP: Final = 50
_DIVERGENT: Final = 0.02


def _shrink(values: Values) -> Values:
    mean = values.mean(axis=(0, 1), keepdims=True)
    return np.asarray(mean + 0.95 * (values - mean))


def _wider(u: Values) -> Values:
    mean = u.mean(axis=(0, 1), keepdims=True)
    return np.asarray(mean + 1.05 * (u - mean))


def _higher(u: Values) -> Values:
    return np.asarray(u + 0.03 * u.std(axis=(0, 1), keepdims=True))


def _unbounded(alter: Callable[[Values], Values]) -> Callable[[Structure, Inputs, Fit], Draws]:
    """Return what alters the unbounded coordinate of every variable, so that draws stay within their supports."""

    def altered(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
        of = structure.supports(inputs)
        return {name: of[name].constrain(alter(of[name].unconstrain(values))) for name, values in fit.draws.items()}

    return altered


def _with_warmup(values: Values) -> Values:
    """Let the first draws of each chain come down from its largest value."""
    gone = np.minimum(np.arange(1, values.shape[1] + 1) / _WARMUP, 1.0)
    gone = gone.reshape(-1, *(1 for _ in values.shape[2:]))
    return np.asarray(gone * values + (1.0 - gone) * values.max(axis=1, keepdims=True))


def _alike(values: Values) -> Values:
    return np.broadcast_to(values[:1], values.shape).copy()


def _one_nan(values: Values) -> Values:
    spoiled = values.copy()
    spoiled.reshape(-1)[-1] = np.nan
    return spoiled


def _plate_first(values: Values) -> Values:
    return np.moveaxis(values, -1, 0).reshape(values.shape) if values.ndim == 3 else values


def _to_hundredths(values: Values) -> Values:
    unit = 0.01 * values.std(axis=(0, 1), keepdims=True)
    return np.asarray(np.round(values / unit) * unit)


def _kept(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    """Drop in each chain the draws in the corner where divergences are: the lowest 2 % of the first variable."""
    corner = next(iter(fit.draws.values())).reshape(*next(iter(fit.draws.values())).shape[:2], -1)[:, :, 0]
    kept = np.sort(np.argsort(corner, axis=1)[:, round(_DIVERGENT * corner.shape[1]) :], axis=1)
    return {
        k: np.take_along_axis(v, kept.reshape(*kept.shape, *(1 for _ in v.shape[2:])), 1) for k, v in fit.draws.items()
    }


def _replaced(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    """Keep as many as were asked for, of twice as many."""
    return {name: values[:, : fit.draws[name].shape[1] // 2] for name, values in _kept(structure, inputs, fit).items()}


def _shuffled(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    rng = np.random.default_rng(fit.seed)
    return {name: rng.permuted(values, axis=1) for name, values in fit.draws.items()}


def _from_prior(structure: Structure, inputs: Inputs, fit: Fit) -> Draws:
    chains, length = next(iter(fit.draws.values())).shape[:2]
    drawn = simulate(structure, inputs, np.random.default_rng(fit.seed), chains * length)
    return {name: np.asarray(drawn[name].reshape(values.shape), np.float64) for name, values in fit.draws.items()}


DRAWS: Final[Mapping[str, Mutation]] = {
    "prior": Mutation("draws are from the prior", draws=_from_prior),
    "warm-up-kept": Mutation("each chain begins with the way from its starting point", draws=each(_with_warmup)),
    "chains-alike": Mutation("every chain is a copy of the first", draws=each(_alike)),
    "nan": Mutation("one draw of each variable is not a number", draws=each(_one_nan)),
    "all-nan": Mutation("no draw is a number", draws=each(lambda values: np.full_like(values, np.nan))),
    "axes-swapped": Mutation("draws come as (draw, chain)", draws=each(lambda values: values.swapaxes(0, 1))),
    "axes-reshaped": Mutation("draws of groups come as (group, chain, draw), read as usual", draws=each(_plate_first)),
    "rounded": Mutation("draws are rounded to a hundredth of their sd", draws=each(_to_hundredths)),
    "divergent-dropped": Mutation("divergent draws are left out", draws=_kept),
    "divergent-replaced": Mutation(
        "divergent draws are replaced by others",
        settings=lambda settings: replace(settings, draws=2 * settings.draws),
        draws=_replaced,
    ),
    "shuffled": Mutation("the draws of each quantity are in an order of their own", "proportion", draws=_shuffled),
    "sd-0.95": Mutation("every draw lies 5 % closer to the mean", draws=each(_shrink)),
    "sd-1.05": Mutation("every draw lies 5 % further from the mean", draws=_unbounded(_wider)),
    "shift-0.03": Mutation("every draw lies 0.03 sd higher", draws=_unbounded(_higher)),
}
