"""A posterior as samplers take it: a density on flat unconstrained vectors, whose exact answer is known.

For example, the test of a random walk in logits of both rates of ``campaigns``::

    import numpy as np
    import pplcompare as pc

    target = pc.target("campaigns", "independent")

    def fit(seed, draws):  # 16 chains, every tenth step
        rng, kept = np.random.default_rng(seed), []
        x = np.stack([target.start(rng) for _ in range(16)])
        value = target.log_density(x)
        for _ in range(10 * (draws + 20)):
            proposed = x + rng.normal(0, [0.5, 1.2], x.shape)
            there = target.log_density(proposed)
            moves = np.log(rng.uniform(size=16)) < there - value
            x, value = np.where(moves[:, None], proposed, x), np.where(moves, there, value)
            kept.append(x)
        return np.stack(kept[209::10], axis=1)

    print(target.assert_right(fit, draws=250))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from pplcompare.models.beta_binomial import DEFAULT_FAMILY
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import DataLike, load
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.model_choice import ModelLike, chosen_model
from pplcompare.models.prior_text import PriorsLike
from pplcompare.models.spec import Model
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.draws.checked_draws import CheckedDraws, check_draws
from pplcompare.validation.exact import ExactPosterior, check_structure, exact_posterior
from pplcompare.validation.study.plan import FAMILY_LEVEL
from pplcompare.validation.target.assertion import DRAWS, LEVEL, Fitted, assert_right
from pplcompare.validation.target.assured import Assured
from pplcompare.validation.target.native_forms import NativeForms
from pplcompare.validation.target.quantities import quantities
from pplcompare.validation.target.record import Checked, record
from pplcompare.validation.target.vectors import Vectors

_SHOWN: Final = 4


def target(
    data: DataLike,
    model: ModelLike = DEFAULT_FAMILY,
    *,
    priors: PriorsLike = (),
    columns: Mapping[str, str] | None = None,
    by: str | Sequence[str] = (),
) -> Target:
    """Return the posterior of a model and data as a target of samplers.

    Parameters
    ----------
    data
        What `load` takes: the name of a data set, a path, group -> (trials, successes), a data frame, or counts.
    model
        The name of a family, the path of a TOML file, or a model.
    priors
        Priors in place of the model's, for example ``{"alpha": pc.Gamma(16, 9)}``, ``"alpha=Gamma(16, 9)"`` or a list
        of such texts.
    columns, by
        As of `load`, where data are a table.

    Raises
    ------
    DataError, SpecificationError
        If the data or the model cannot be used.
    UnsupportedModel
        If the model has no exact posterior.
    """
    chosen = chosen_model(model, priors)
    check_structure([chosen])
    counts = load(data, columns, by)
    what = data if isinstance(data, str) else f"{len(counts.groups)} groups"
    return Target(chosen, counts, what=f"{what}, {chosen.name}")


class Target(NativeForms):
    """The posterior of one model and one data set, on flat unconstrained vectors.

    A vector holds the variables of the model in their order, those of a plate element by element in the order of the
    groups; `names` says it. Each variable has its canonical unconstrained coordinate: log(x - low) where its support
    has one end, logit((x - low) / (high - low)) where it has two.

    Attributes
    ----------
    model, counts, structure, inputs
        The model, the data, the model without its numbers, and these numbers.
    what
        Data and model in words.
    level
        Probability with which `assert_right` calls a right sampler wrong unless it is told another.
    draws
        Draws of each chain that it asks for in its first look unless it is told another number.
    names
        The names of the elements of a vector, for example ``alpha``, ``rate[A]``.
    """

    def __init__(
        self, model: Model, counts: Counts, *, what: str = "", level: float = LEVEL, draws: int = DRAWS
    ) -> None:
        self.model: Final = model
        self.counts: Final = counts
        self.structure = model.structure
        self.inputs = model.bind(counts)
        self.what: Final = what or model.name
        self.level: Final = level
        self.draws: Final = draws
        self._origin: Target | None = None
        self._vectors: Final = Vectors(self.structure, self.inputs)
        self.names: Final = self._vectors.names

    def __getstate__(self) -> dict[str, object]:
        """Return what a pickle holds: all but the exact posterior, which is computed again where it is needed."""
        return {name: value for name, value in self.__dict__.items() if name != "exact"}

    def __repr__(self) -> str:
        names = ", ".join(self.names[:_SHOWN]) + (", ..." if self.dimension > _SHOWN else "")
        return f"<target of {self.what}: {self.dimension} dimension{'s' * (self.dimension > 1)}, {names}>"

    @property
    def dimension(self) -> int:
        """The number of elements of a vector."""
        return len(self.names)

    @cached_property
    def exact(self) -> ExactPosterior:
        """The exact posterior, computed when it is first used."""
        return self._origin.exact if self._origin is not None else exact_posterior(self.model, self.counts)

    def at_level(self, level: float, draws: int | None = None) -> Target:
        """Return the same target, which shares its exact posterior, with another default level and number of draws."""
        draws = self.draws if draws is None else draws
        found = Target(self.model, self.counts, what=self.what, level=level, draws=draws)
        found._origin = self
        return found

    def log_density(self, x: ArrayLike) -> Float:
        """Return the log density of data and variables, all constants kept, with the log Jacobian of the coordinates.

        Parameters
        ----------
        x : (dimension,) or (n, dimension)
            Unconstrained vectors.

        Returns
        -------
        Float64 without a dimension, or (n,). It is -inf, and `gradient` is zero, where a variable's value rounds to an
        end of its support or overflows: of a rate beyond 37.4, where float64 has no number between it and 1. It is NaN
        where `x` is.

        Raises
        ------
        UsageError
            If `x` has another shape.
        """
        return self._vectors.log_density(x)

    def gradient(self, x: ArrayLike) -> Float:
        """Return the derivatives of `log_density`, of the shape of `x`; zero where that is -inf, NaN where `x` is."""
        return self._vectors.gradient(x)

    def constrain(self, x: ArrayLike) -> dict[str, Float]:
        """Return the values of the variables: (..., dimension) becomes name -> (..., *plate)."""
        return self._vectors.constrain(x)

    def unconstrain(self, draws: Mapping[str, ArrayLike]) -> Float:
        """Return the vectors of named values: name -> (..., *plate) becomes (..., dimension).

        A value on an end of its support becomes infinite.

        Raises
        ------
        DataError
            If a variable is missing or has another shape.
        """
        return self._vectors.unconstrain(draws)

    def start(self, rng: np.random.Generator) -> Float:
        """Return a starting point (dimension,), each element uniform on (-2, 2)."""
        return rng.uniform(-2.0, 2.0, self.dimension)

    def check(self, draws: Any, level: float = FAMILY_LEVEL) -> CheckedDraws:
        """Check draws against the exact posterior, once.

        Parameters
        ----------
        draws
            What `check_draws` takes, constrained; or an array (chain, draw, dimension) of unconstrained vectors.
        level
            Probability that right draws are called wrong: family-wise, over all comparisons.

        Raises
        ------
        DataError
            If draws have another shape. What is wrong with the values is a result, not an error.
        """
        checked = check_draws(self.exact, self._vectors.named(draws, "draws"), level)
        compared, found = quantities(self.structure, self.inputs), detectable(checked.report.results)
        record(Checked(self.what, compared, level, 1, found, str(checked.outcome)))
        return checked

    def assert_right(
        self,
        fit: Fitted,
        *,
        level: float | None = None,
        seed: int = 0,
        draws: int | None = None,
        replicates: int | None = None,
    ) -> Assured:
        """Raise unless a sampler gives the exact posterior, by two looks that are declared in advance.

        First ``fit(seed1, draws)`` is compared at levels that sum to 5 %. If something is flagged, ``fit(seed2, 4 *
        draws)`` is called once, and only what was flagged is compared again, at levels that sum to `level` / 5 %: a
        right sampler fails both with probability at most 5 % times that, which is `level`. There is no third call.

        A chain is a sequence of draws that does not depend on the other chains. The walkers of one ensemble, as of
        emcee, are no chains: run at least four ensembles with seeds of their own, and give of each one walker, or all
        its walkers thinned well beyond the autocorrelation time, as one chain.

        Parameters
        ----------
        fit
            The sampler, called as ``fit(seed, draws)``: all its randomness must follow from the seed, a whole number
            below 2^31; `draws` is the number of draws of each chain after warm-up and thinning. It returns what `check`
            takes: draws by name, or an array (chain, draw, dimension) of unconstrained vectors.
        level
            Probability that a right sampler is called wrong, that of the target by default; at least 1e-9, less than
            5 %.
        seed
            The root of the seeds of both calls.
        draws
            Draws of each chain in the first look, those of the target by default. Every quantity needs 400 effective
            draws in all chains together.
        replicates
            The name is reserved: anything but None is refused.

        Returns
        -------
        Assured
            What was compared, and the smallest errors that would have been found.

        Raises
        ------
        NotRight
            If the sampler is wrong: the message has a table of what is, the level, the power and the seeds.
        CheckNotPassed
            If it is neither right nor wrong, for example with too few effective draws.
        DataError
            If `fit` returns draws of another shape or number, or the same draws for another seed.
        UsageError
            If an argument cannot be used.
        """
        __tracebackhide__ = True  # pytest shows the call, the message and what fails in a fit, and none of our lines
        if replicates is not None:
            raise UsageError("is not there yet", where="replicates", seen=replicates, mend="leave it out")
        level, draws = self.level if level is None else level, self.draws if draws is None else draws
        return assert_right(self.exact, fit, self._vectors.named, what=self.what, level=level, seed=seed, draws=draws)
