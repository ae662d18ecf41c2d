"""What the fixture `exact_target` gives: targets that a session shares, with the level that it was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pplcompare.models.beta_binomial import DEFAULT_FAMILY
from pplcompare.models.datasets import DATASETS, DataLike
from pplcompare.models.model_choice import ModelLike
from pplcompare.validation.study.sizes import NIGHTLY
from pplcompare.validation.target.assertion import DRAWS
from pplcompare.validation.target.record import CHECKED, Checked
from pplcompare.validation.target.target import Target, target


class ExactTargets:
    """The posteriors that tests ask for, each made once in a process.

    Attributes
    ----------
    level
        Probability that one `assert_right` calls a right sampler wrong, unless it is told another.
    nightly
        Whether `assert_right` looks at more draws, unless it is told how many.
    draws
        The number of draws of each chain that follows from it.
    """

    def __init__(self, level: float, nightly: bool, made: list[Checked], refuse: Callable[[], None]) -> None:
        self.level: Final = level
        self.nightly: Final = nightly
        self.draws: Final = DRAWS * (NIGHTLY if nightly else 1)
        self._made: Final = made
        self._refuse: Final = refuse
        self._known: Final[dict[tuple[str, str, tuple[str, ...]], Target]] = {}

    def __call__(self, data: DataLike, model: ModelLike = DEFAULT_FAMILY, *, priors: Sequence[str] = ()) -> Target:
        """Return the posterior of a model and data, as `pplcompare.target` does.

        Known data and a family by name are the same target whenever a test asks for them: its exact posterior is
        computed once. Of files and numbers, which may have changed in between, each call makes a new one.

        Raises
        ------
        DataError, SpecificationError, UnsupportedModel
            As `pplcompare.target` raises them.
        """
        self._refuse()
        CHECKED.set(self._made)
        if not (isinstance(data, str) and data in DATASETS and isinstance(model, str) and model in FAMILIES):
            return self._of(target(data, model, priors=priors))
        key = (data, model, tuple(priors))
        if key not in self._known:
            self._known[key] = self._of(target(data, model, priors=priors))
        return self._known[key]


def unwatched() -> None:
    """Leave off listening to checks."""
    CHECKED.set(None)
