"""Models and data on which mutants show: shapes that differ and are not whole, unequal n, names out of order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaBinomial, BetaProportion, Binomial, Gamma
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact import ExactPosterior, exact_posterior


@dataclass(frozen=True)
class TrialModel:
    """A model with data."""

    model: Model
    counts: Counts

    @cached_property
    def inputs(self) -> Inputs:
        """Numbers and counts."""
        return self.model.bind(self.counts)

    @cached_property
    def exact(self) -> ExactPosterior:
        """The exact posterior."""
        return exact_posterior(self.model, self.counts)


def _model(rate: Distribution, **hyperparameters: Distribution) -> Model:
    return Model(
        "selftest",
        Input("trials", plate="group"),
        *(Variable(name, prior) for name, prior in hyperparameters.items()),
        Variable("rate", rate, plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )


_MARGINAL: Final = Model(
    "selftest",
    Input("trials", plate="group"),
    Variable("alpha", Gamma(16, 9)),
    Variable("beta", Gamma(40, 8)),
    Observed("successes", BetaBinomial("trials", "alpha", "beta"), plate="group"),
)
# No k is above its neighbour's n, and sorted as text the names are in another order.
_COUNTS: Final = Counts(("g10", "g2", "10", "9", "é"), (24, 14, 40, 10, 55), (5, 0, 9, 8, 7))

TRIAL_MODELS: Final[Mapping[str, TrialModel]] = MappingProxyType(
    {
        "rates": TrialModel(_model(Beta(2.5, 7.25)), _COUNTS),
        "shapes": TrialModel(_model(Beta("alpha", "beta"), alpha=Gamma(16, 9), beta=Gamma(40, 8)), _COUNTS),
        "proportion": TrialModel(
            _model(BetaProportion("mean", "concentration"), mean=Beta(2.5, 7.25), concentration=Gamma(3.2, 0.11)),
            _COUNTS,
        ),
        "marginal": TrialModel(_MARGINAL, _COUNTS),
        "symmetric": TrialModel(_model(Beta(3.5, 3.5)), _COUNTS),
        "hundreds": TrialModel(_model(Beta(100, 100)), _COUNTS),
        "sorted": TrialModel(_model(Beta(2.5, 7.25)), Counts(("a", "b", "c"), (24, 14, 40), (5, 0, 9))),
        "equal": TrialModel(_model(Beta(2.5, 7.25)), Counts(("b", "a", "c"), (20, 20, 20), (5, 0, 9))),
        "large": TrialModel(_model(Beta(2.5, 7.25)), Counts(("a", "b"), (1_000_000, 20), (123_456, 4))),
        "million": TrialModel(_model(Beta(2.5, 7.25)), Counts(("a",), (1_000_000,), (300_000,))),
        "billions": TrialModel(_model(Beta(2.5, 7.25)), Counts(("a", "b"), (3_000_000_000, 20), (2_500_000_000, 4))),
    }
)
"""Cases by name."""
