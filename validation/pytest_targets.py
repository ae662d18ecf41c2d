"""What the fixture `exact_target` gives: targets that a session shares, with the level that it was told.

Libraries are imported with the first target, so that a test that is skipped costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pplcompare.models.datasets import DataLike
    from pplcompare.models.distribution import Distribution
    from pplcompare.models.model_choice import ModelLike
    from pplcompare.models.prior_text import PriorsLike
    from pplcompare.validation.target.target import Target


class ExactTargets:
    """The posteriors that tests ask for.

    Attributes
    ----------
    level
        Probability that one `assert_right` calls a right sampler wrong, unless it is told another.
    nightly
        Whether `assert_right` looks at four times as many draws, unless it is told how many.
    """

    def __init__(self, level: float, nightly: bool, refuse: Callable[[], None]) -> None:
        self.level: Final = level
        self.nightly: Final = nightly
        self._refuse: Final = refuse
        self._known: Final[dict[tuple[str, str, frozenset[tuple[str, Distribution]]], Target]] = {}

    def __repr__(self) -> str:
        return f"<exact targets at level {self.level:g}{', nightly' * self.nightly}>"

    def __call__(self, data: DataLike, model: ModelLike | None = None, *, priors: PriorsLike = ()) -> Target:
        """Return the posterior of a model and data, as `pplcompare.target` does.

        Known data and a family by name are the same target whenever a test asks for them: its exact posterior is
        computed once. Of files and numbers, which may have changed in between, each call makes a new one.

        Raises
        ------
        DataError, SpecificationError, UnsupportedModel
            As `pplcompare.target` raises them.
        """
        from pplcompare.models.beta_binomial import DEFAULT_FAMILY, FAMILIES
        from pplcompare.models.datasets import DATASETS
        from pplcompare.models.prior_text import parse_priors

        self._refuse()
        model = DEFAULT_FAMILY if model is None else model
        if not (isinstance(data, str) and data in DATASETS and isinstance(model, str) and model in FAMILIES):
            return self._made_new(data, model, priors)
        key = (data, model, frozenset(parse_priors(priors, "priors").items()))
        if key not in self._known:
            self._known[key] = self._made_new(data, model, priors)
        return self._known[key]

    def _made_new(self, data: DataLike, model: ModelLike, priors: PriorsLike) -> Target:
        from pplcompare.validation.study.sizes import NIGHTLY
        from pplcompare.validation.target.assertion import DRAWS
        from pplcompare.validation.target.target import target

        return target(data, model, priors=priors).at_level(self.level, DRAWS * (NIGHTLY if self.nightly else 1))
