"""What a backend is tried on: one small model and two data sets of the same sizes, with the exact answer of the first.

Chains, draws and groups have different numbers, so that no axis can pass for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import Beta, Binomial, Gamma
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import ExactPosterior, exact_posterior

MODEL: Final = Model(
    "contract",
    Input("trials", plate="group"),
    Variable("alpha", Gamma(16, 9)),
    Variable("beta", Gamma(40, 8)),
    Variable("rate", Beta("alpha", "beta"), plate="group"),
    Observed("successes", Binomial("trials", "rate"), plate="group"),
)
"""The model of the contract: three numbers of priors differ, two variables have no plate, one has."""

COUNTS: Final = Counts([f"g{i}" for i in range(5)], [7, 20, 100, 3, 0], [1, 20, 9, 0, 0])
"""Five groups, one of which has nothing but successes, one none, and one no trials."""

SHORT: Final = NUTSSettings(chains=3, warmup=300, draws=211)
"""How long a backend samples where its draws need not be right."""

SHORTEST: Final = NUTSSettings(chains=3, warmup=100, draws=53)
"""How long it samples many data sets."""

DRAWS: Final = 1000
"""Draws of each chain where they must be right."""


@dataclass(frozen=True, slots=True)
class ContractCase:
    """Two data sets and the exact answer of the first.

    Attributes
    ----------
    exact
        The exact posterior of `counts`.
    counts, other
        Two data sets of the same groups.
    right
        Settings of the fit whose draws are compared with the exact answer.
    seed
        The root of the seeds of that comparison.
    """

    exact: ExactPosterior
    counts: Counts
    other: Counts
    right: NUTSSettings
    seed: int


def contract_case(counts: Counts = COUNTS, draws: int = DRAWS, seed: int = 1) -> ContractCase:
    """Return the case of a data set; the other data set is made from it.

    Parameters
    ----------
    counts
        Groups whose number is neither 3 nor 4, the numbers of chains.
    draws
        Draws of each of four chains that are compared with the exact answer.
    seed
        The root of the seeds of that comparison.
    """
    trials = np.asarray(counts.trials)[::-1] + 2
    other = Counts(counts.groups, trials.tolist(), (trials // 2).tolist())
    settings = NUTSSettings(chains=4, warmup=DRAWS, draws=draws)
    return ContractCase(exact_posterior(MODEL, counts), counts, other, settings, seed)
