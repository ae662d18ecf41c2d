"""Draws of all data sets of a run become exact probabilities, in a few milliseconds each.

By the exact posterior of its data set, F(first | y) and F(second | first, y) of the hyper-parameters and F(rate_g |
both, y) of the rates are independent and uniform (Rosenblatt 1952, "Remarks on a multivariate transformation").
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError, UnsupportedModel
from pplcompare.models.float_array import Float
from pplcompare.models.spec import Model
from pplcompare.validation.calibrate.hyper_density import HyperDensity
from pplcompare.validation.calibrate.hyper_probabilities import hyper_probabilities
from pplcompare.validation.calibrate.reference_probabilities import reference_probabilities
from pplcompare.validation.calibrate.rising_factorials import RisingFactorials
from pplcompare.validation.checks.rounding import FLOAT64
from pplcompare.validation.exact.beta_binomial.conditional_rate import conditional_tails
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.certification import certified
from pplcompare.validation.exact.quadrature.hierarchy import Hierarchy, hierarchy
from pplcompare.validation.exact.quadrature.lattice import Box
from pplcompare.validation.exact.quadrature.law import Cells
from pplcompare.validation.exact.quadrature.posterior import Posterior


def exact_components(model: Model, groups: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a model's components: each hyper-parameter given those before it, then the rates given all.

    There are none where a model has no exact answer.
    """
    try:
        structure = hierarchy(model, BETA_BINOMIAL)
    except UnsupportedModel:
        return ()
    names = [item.name for item in structure.hyperparameters]
    rates = [f"{structure.latent.name} {group}" for group in groups]
    before = [names[:i] for i in range(len(names))] + [names] * len(rates)
    return tuple(
        f"{name} given {', '.join(given)}" if given else name
        for name, given in zip([*names, *rates], before, strict=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Probabilities:
    """Draws as exact probabilities: independent and uniform if the sampler is right.

    Attributes
    ----------
    values : (draw, component)
        NaN where the exact posterior could not be certified.
    by_table
        Whether the tables of the run were good enough for this data set, or the general quadrature was needed.
    """

    values: Float
    by_table: bool


@dataclass(frozen=True, slots=True, eq=False)
class ExactTransform:
    """What the exact posteriors of all data sets of a run share.

    Attributes
    ----------
    box
        The range of the hyper-parameters' unbounded coordinates under the law of the true values. It holds as much of
        the posteriors, on average over data sets, as of that law: all but 1e-13.
    rising
        Rows of the likelihood.
    """

    model: Model
    hierarchy: Hierarchy[Shapes]
    box: Box
    rising: RisingFactorials

    @classmethod
    def of(cls, model: Model, trials: int, given: Counts | None = None) -> ExactTransform:
        """Return the transform of a run.

        Parameters
        ----------
        trials
            The number of trials of a data set, all groups together.
        given
            The counts behind the posterior that true values are drawn from; by default they come from the prior.

        Raises
        ------
        UnsupportedModel
            If the model has no exact answer.
        AccuracyError
            If the law of the true values could not be certified.
        """
        structure = hierarchy(model, BETA_BINOMIAL)
        source = Counts(["none"], [0], [0]) if given is None else given
        box: Box = ()
        if structure.hyperparameters:
            law = Posterior.given(BETA_BINOMIAL, structure, BETA_BINOMIAL.data(model.bind(source)))
            box = tuple((float(u.min()), float(u.max())) for u in certified(law).nodes.u)
        corners = structure.shapes(np.meshgrid(*(np.array(side) for side in box), indexing="ij"))
        logs = np.log([(z.min(), z.max()) for z in corners[:3]])
        return cls(model, structure, box, RisingFactorials.covering(float(logs.min()), float(logs.max()), trials))

    def probabilities(self, counts: Counts, draws: Mapping[str, Float]) -> Probabilities:
        """Return the probabilities of draws of one data set.

        A draw that is no number counts as larger than all others.

        Parameters
        ----------
        draws
            Hyper-parameters (draw,) and rates (draw, group) by name.
        """
        items = self.hierarchy.hyperparameters
        with np.errstate(divide="ignore", invalid="ignore"):
            u = [item.support.unconstrain(draws[item.name]) for item in items]
        # Beyond the box the probabilities are 0 or 1.
        u = [np.clip(np.nan_to_num(at, nan=np.inf), *side) for at, side in zip(u, self.box, strict=True)]
        rate = draws[self.hierarchy.latent.name]
        of_rates = self._rate_probabilities(counts, u, np.nan_to_num(rate, nan=1.0))
        if not items:
            return Probabilities(of_rates, by_table=True)
        found = hyper_probabilities(HyperDensity.given(self.hierarchy, self.rising, counts), self.box, u)
        values = self._by_quadrature(counts, u) if found is None else found
        return Probabilities(np.concatenate([values, of_rates], axis=1), by_table=found is not None)

    def _by_quadrature(self, counts: Counts, u: Sequence[Float]) -> Float:
        """Return probabilities of hyper-parameters by the general quadrature; NaN where that refuses, too."""
        try:
            return reference_probabilities(self.model, counts, u)
        except AccuracyError:
            return np.full((u[0].size, len(u)), np.nan)

    def _rate_probabilities(self, counts: Counts, u: Sequence[Float], rate: Float) -> Float:
        """Return the probabilities of rates (draw, group), given the hyper-parameters of the same draws."""
        first, second = (np.atleast_1d(z)[:, None] for z in self.hierarchy.shapes(u)[:2])
        k, n = counts.successes, counts.trials
        rng = np.random.default_rng(zlib.crc32(rate.tobytes()))
        return conditional_tails(first + k, second + (n - k), rate, Cells(*FLOAT64.cells(rate)), rng).lower
