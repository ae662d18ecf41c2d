"""Counts to come that are drawn from another distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws, Fit
from pplcompare.backends.protocol import Simulator
from pplcompare.models.inputs import Inputs
from pplcompare.validation.wrapped.mutants.mutation import Campaign, Mutation, predict


def _mean_plugged_in(simulator: Simulator, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    means = {k: np.broadcast_to(v.mean(axis=(0, 1), keepdims=True), v.shape).copy() for k, v in fit.draws.items()}
    return predict(simulator, inputs, replace(fit, draws=means), seed, campaign)


def _from_prior(simulator: Simulator, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    chains, draws = next(iter(fit.draws.values())).shape[:2]
    drawn = simulator.prior(inputs, chains * draws, seed)
    prior = {name: drawn[name].reshape(values.shape) for name, values in fit.draws.items()}
    return predict(simulator, inputs, replace(fit, draws=prior), seed, campaign)


def _neighbours_trials(simulator: Simulator, inputs: Inputs, fit: Fit, seed: int, campaign: Campaign) -> Draws:
    (trials,) = inputs.counts.values() if campaign.trials is None else (np.asarray(campaign.trials),)
    return predict(simulator, inputs, fit, seed, campaign._replace(trials=np.roll(trials, 1)))


PREDICTION: Final[Mapping[str, Mutation]] = {
    "posterior-mean-plugged-in": Mutation(
        "counts to come are drawn at the posterior means, not at the draws", prediction=_mean_plugged_in
    ),
    "predictive-from-prior": Mutation("counts to come are drawn given the prior", prediction=_from_prior),
    "neighbour-trials": Mutation("counts to come have the neighbour's n", prediction=_neighbours_trials),
}
