"""Exact posteriors: latents on a plate that feed one conjugate observation, with at most two hyper-parameters.

Given the hyper-parameters, latents are independent with conjugate laws; integrated out, they leave a likelihood of the
hyper-parameters in closed form, which are integrated by quadrature whose error is certified (the package `quadrature`).
Without hyper-parameters everything is in closed form. All that depends on the family is in one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.shown_table import ShownTable, Tabular
from pplcompare.models.spec import Model
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.exact_table import exact_table
from pplcompare.validation.exact.quadrature.answer import Answer, answer
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.law import Cells, Latents, LatentTails, Predictive
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.moments import Moments, Standardised
from pplcompare.validation.exact.quadrature.pair import Pair, Ranked
from pplcompare.validation.exact.questions import Group, Questions, two_groups
from pplcompare.validation.exact.subscript import Subscript, quantity_at
from pplcompare.validation.pictures.plots import PlotFigure, plotted_figure


def exact_posterior(model: Model, counts: Counts) -> ExactPosterior:
    """Return the exact posterior of a model, given counts.

    It and all that is asked of it take less than 1 GiB of memory at a time, whatever the prior, besides the counts and
    what is made of them group by group.

    Raises
    ------
    UnsupportedModel
        If the model has another structure.
    ImproperPosterior
        If the posterior does not exist.
    AccuracyError
        If its error could not be certified.
    """
    structure = hierarchy(model, BETA_BINOMIAL)
    data = BETA_BINOMIAL.data(model.bind(counts))
    return ExactPosterior(model, counts, answer(BETA_BINOMIAL, structure, data))


def check_structure(models: Iterable[Model]) -> None:
    """Refuse models that have no exact posterior, whatever the counts: at once, before anything is computed or made.

    Raises
    ------
    UnsupportedModel
        If a model has another structure than `exact_posterior` takes.
    """
    for model in models:
        hierarchy(model, BETA_BINOMIAL)


class ExactPosterior(Questions, Tabular):
    """The posterior of one model and one data set.

    Attributes
    ----------
    model, counts, inputs
        What it is the posterior of.
    scalars
        Names of the hyper-parameters, in order.
    plate_variable
        Name of the latents.
    error
        How the error is known.
    """

    def __init__(self, model: Model, counts: Counts, answer: Answer[Shapes]) -> None:
        self.model: Final = model
        self.counts = counts
        self.inputs: Final = model.bind(counts)
        self.scalars: Final = tuple(item.name for item in answer.hyperparameters)
        self.plate_variable = answer.posterior.hierarchy.latent.name
        self.error: Final = answer.error
        self._answer = answer
        self._pair = answer.posterior.pair
        self._latents: Latents = self._pair.law.mixed(answer.mixing)
        self._hyperparameters: dict[str, Marginal] = {}
        self._kept: dict[str, object] = {}

    def __repr__(self) -> str:
        evidence = "undefined" if self.log_evidence is None else f"{self.log_evidence:.9g}"
        error = "closed form" if self.error.closed_form else f"certified error {self.error.largest:.1g}"
        groups = len(self.counts.groups)
        return f"<exact posterior of {self.model.name}, {groups} groups, log evidence {evidence}, {error}>"

    def _repr_html_(self) -> str:
        posterior: Any = self
        return exact_table(posterior).html()

    def _table(self) -> ShownTable:
        posterior: Any = self
        return exact_table(posterior, every=True)

    @property
    def log_evidence(self) -> float | None:
        """Log probability of the data with all constants; None if a prior is improper."""
        return self._answer.log_evidence

    def marginal(self, name: str, group: Group = None) -> Marginal:
        """Return the distribution of a hyper-parameter, or of the latent of a group, by its name or position.

        Groups with equal data share one object.
        """
        if name == self.plate_variable:
            if group is None:
                raise UsageError("a group is needed, its name or its position", where=name, seen=group)
            return self._latents.after(*self._data_of(group))
        if name not in self.scalars or group is not None:
            known = ", ".join((*self.scalars, f"{self.plate_variable} with a group"))
            raise UsageError("no such variable", where=self.model.name, seen=(name, group), mend=f"there are: {known}")
        if name not in self._hyperparameters:
            item = self._answer.hyperparameters[self.scalars.index(name)]
            self._hyperparameters[name] = self._answer.marginal(item)
        return self._hyperparameters[name]

    def __getitem__(self, key: Subscript) -> Marginal:
        """Return the distribution of a hyper-parameter by its name, or of the latent of a group.

        Parameters
        ----------
        key
            ``"alpha"``, ``("rate", "B")`` with the name of a group, or ``("rate", 1)`` with its position.

        Raises
        ------
        UsageError
            If there is no such variable, or no such group.
        """
        return self.marginal(*quantity_at(key, self.scalars, self.plate_variable, self.counts.groups))

    # Without it, Python would count up until a number is refused.
    __iter__ = None

    def plot(self, axes: None = None) -> PlotFigure:
        """Draw what is unknown: the densities of hyper-parameters and rates, or all rates in order where they are many.

        ``answer["alpha"].plot()``, ``answer.difference("B", "A").plot()`` and ``answer.predict("B", 100).plot()`` draw
        one thing each, and return axes.

        Parameters
        ----------
        axes
            None: several panels need a figure of their own, whose `savefig` stores it.

        Raises
        ------
        UsageError
            If anything is given.
        BackendUnavailable
            If matplotlib is missing.
        """
        from pplcompare.validation.exact.exact_pictures import whole_drawing

        given: object = axes
        if given is not None:
            mend = f"to store it, write .plot().savefig({given if isinstance(given, str) else 'answer.png'!r})"
            raise UsageError("an answer has a figure of its own", where="plot", seen=given, mend=mend)
        itself: Any = self
        return plotted_figure(whole_drawing(itself))

    def rate_moments(self) -> tuple[Float, Float]:
        """Return mean and standard deviation of the latent of every group, (group,) each: a million take a second."""
        return self._latents.moments()

    def by_mean(self) -> list[int]:
        """Return the numbers of all groups, the highest mean of the latent first, and equal ones as in the data."""
        order: list[int] = np.argsort(-self.rate_moments()[0], kind="stable").tolist()
        return order

    def new_group(self) -> Marginal:
        """Return the distribution of the latent of a group never seen."""
        return self._latents.after(*self._data_of(None))

    def before_the_data(self) -> ExactPosterior:
        """Return the prior as an exact answer: the posterior of one group without trials.

        Raises
        ------
        AccuracyError
            If its error could not be certified.
        ImproperPosterior
            If a prior is improper.
        """
        return exact_posterior(self.model, Counts(["none"], [0], [0]))

    def derived(self, names: Iterable[str] | None = None) -> Mapping[str, Moments]:
        """Return mean and sd of quantities that follow from the hyper-parameters.

        Moments that do not exist are infinite.

        Parameters
        ----------
        names
            Names of quantities of the family, all by default.

        Raises
        ------
        AccuracyError
            If one exists but is not certified.
        """
        return self._answer.derived(self._pair.derived if names is None else names)

    def expectation(self, f: Callable[[Mapping[str, Float]], Float]) -> float:
        """Return the expectation of a smooth function of the hyper-parameters.

        Parameters
        ----------
        f
            The function takes the hyper-parameters by name, (node,), and returns (node,).

        Raises
        ------
        AccuracyError
            If every second node gives another answer, or the edges of the box matter: f is not smooth, or has no mean.
        """
        return self._answer.expectation(f)

    def shapes_at(self, values: Mapping[str, Float]) -> Shapes:
        """Return the shapes of the latents' law at values of the hyper-parameters, of any shape."""
        return self._answer.shapes_at(values)

    def conditional_tails(
        self, shapes: Shapes, rate: Float, cells: Cells, group: int, rng: np.random.Generator
    ) -> LatentTails:
        """Return the tails of the latent of a group, given the shapes of its law before the data.

        Parameters
        ----------
        shapes
            From `shapes_at`, at the hyper-parameters of the same draws.
        rate
            Draws of the latent, of the shape that `shapes` have.
        cells
            How far their cells reach: a rounded draw stands for all values that round to it.
        rng
            The generator that breaks the ties of draws that are one of few numbers.
        """
        return self._pair.law.tails(shapes, *self._data_of(group), rate, cells, rng)

    def standardised(self, cumulants: Callable[[Shapes], Sequence[Float]]) -> Standardised:
        """Return the moments of a quantity whose first four cumulants given the shapes are known.

        Parameters
        ----------
        cumulants
            The function takes shapes (node,) and returns four arrays (node,).

        Raises
        ------
        AccuracyError
            If every second node gives another answer.
        """
        return self._answer.mixing.standardised(cumulants)

    def log_likelihood_cumulants(self, shapes: Shapes) -> Sequence[Float]:
        """Return the first four cumulants of the log likelihood given the shapes, less what is constant.

        Given the shapes the latents are independent, with their laws after the data.
        """
        return self._pair.cumulants(self._answer.mixing.data, shapes)

    def failure(self, group: Group, components: int) -> float:
        """Return the probability that all of `components` redundant parts fail, at the rate of a group or of a new one.

        That is E p^m.
        """
        if components < 0:
            raise UsageError("the number of components cannot be negative", where="failure", seen=components)
        mixing = self._answer.mixing
        return mixing.mean(self._pair.law.power(mixing.shapes, *self._data_of(group), components))

    def predictive(self, group: Group, trials: int | None = None) -> Predictive:
        """Return the distribution of the count of a group's next campaign, or of that of a group never seen (None).

        `predict` is the same, and its picture says which group it is of. `counts_to_come` makes of it a table of all
        counts with both parts of their variance. Groups with equal counts share one object.

        Parameters
        ----------
        trials
            Number of trials of the next campaign; defaults to the group's number in the data.

        Raises
        ------
        UsageError
            If there is no such group, if a new one is given no trials, or if they are no whole number.
        """
        if group is None and trials is None:
            raise UsageError("a new group needs its number of trials", where="trials", seen=trials)
        if trials is not None and (isinstance(trials, bool) or not isinstance(trials, int | np.integer)):
            raise UsageError("a whole number is needed", where="trials", seen=trials)
        k, n = self._data_of(group)
        return self._latents.next(k, n, n if trials is None else int(trials))

    def probability_greater(self, one: Group, other: Group) -> float:
        """Return P(latent of `one` > latent of `other`), to 1e-9; None is a group never seen.

        Given the hyper-parameters the two are independent.
        """
        two_groups((self.position(one), self.position(other)))
        return self._answer.probability_greater(self._data_of(one), self._data_of(other))

    def pair(self, one: Group, other: Group) -> Pair:
        """Return two groups, the one and the other: difference, ratio and loss; None as above."""
        two_groups((self.position(one), self.position(other)))
        return self._latents.pair(self._data_of(one), self._data_of(other))

    def ranked(self) -> Ranked:
        """Return all groups in order, by their numbers, with the error; it is computed once."""
        return self.once("ranked", self._latents.ranked)

    def _data_of(self, group: Group) -> tuple[float, float]:
        """Return (k, n), zeros for a group never seen."""
        index = self.position(group)
        if index is None:
            return 0, 0
        k, n = self._answer.mixing.data
        return k[index].item(), n[index].item()

    def once[T](self, name: str, compute: Callable[[], T]) -> T:
        """Return the result of `compute` when it was first asked for by this name; all backends share it.

        Parameters
        ----------
        name
            The name of one quantity, always of the same type.
        compute
            The function that is called at most once for each name, unless it raises.
        """
        if name not in self._kept:
            self._kept[name] = compute()
        return cast("T", self._kept[name])

    def simulate(self, draws: int, rng: np.random.Generator) -> dict[str, Float]:
        """Draw all variables independently.

        Returns
        -------
        name -> (draw, *plate)
            Hyper-parameters by rejection with the true density, latents from their laws given them.
        """
        return self._answer.simulate(draws, rng)
