"""Two rates of a hierarchical posterior against the mpmath reference, which shares no density code with the package.

The reference is certain to 1e-10: it is the same on a finer, shifted lattice with a finer step between inner nodes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.spec import Model
from pplcompare.validation.exact import exact_posterior

from tests.reference.fixtures import foreign, small_counts
from tests.reference.posterior import HierarchicalPosterior
from tests.reference.two_rates import Compared, compared

pytestmark = pytest.mark.slow

CERTAIN = 1e-10
STATED = 1e-8
LEFT = pytest.mark.nightly(
    twin="tests/validation/test_two_rates_of_a_hierarchy.py::test_two_rates_are_right_to_the_stated_error"
)


class Question(NamedTuple):
    """Two groups of data, a difference d and a ratio r, and the distance of the reference's inner nodes."""

    model: Model
    counts: Counts
    one: int
    other: int
    d: float
    r: float
    step: float


def campaigns() -> Question:
    return Question(hierarchical(), load("campaigns"), 1, 0, 0.1, 2.0, 0.75)


def two_wide_rates() -> Question:
    """Both of few trials, one of them without a success."""
    return Question(foreign().model, small_counts(), 0, 2, 0.0, 0.5, 0.5)


def reference(question: Question, *, finer: bool = False) -> Compared:
    model, counts, one, other, d, r, step = question
    resolution: dict[str, Any] = {"step": 0.08, "cutoff": "1e-18", "shift": 0.37} if finer else {"cutoff": "1e-16"}
    posterior = HierarchicalPosterior(model.structure, model.bind(counts), **resolution)
    inner = (0.8 * step, "1e-19") if finer else (step, "1e-16")
    return compared(posterior, one, other, d=d, r=r, step=inner[0], cutoff=inner[1])


@pytest.mark.parametrize("make", [campaigns, pytest.param(two_wide_rates, marks=LEFT)])
def test_two_rates_are_right_to_the_stated_error(make: Any) -> None:
    question: Question = make()
    model, counts, one, other, d, r, _ = question
    expected = Compared(*map(float, reference(question)))
    exact = exact_posterior(model, counts)
    pair = exact.pair(one, other)
    assert exact.probability_greater(one, other) == pytest.approx(expected.greater, abs=1e-9)
    assert pair.difference.mean == pytest.approx(expected.mean, abs=1e-9)
    assert pair.difference.sd == pytest.approx(expected.sd, abs=1e-9)
    assert float(pair.difference.cdf(np.array(d))) == pytest.approx(expected.difference, abs=STATED)
    assert float(pair.ratio.cdf(np.array(r))) == pytest.approx(expected.ratio, abs=STATED)
    assert pair.loss.value == pytest.approx(expected.loss, abs=STATED)
    assert pair.gain.value == pytest.approx(expected.loss + expected.mean, abs=STATED)


@LEFT
@pytest.mark.parametrize("make", [campaigns, two_wide_rates])
def test_a_finer_reference_is_the_same(make: Any) -> None:
    question: Question = make()
    for found, finer in zip(reference(question), reference(question, finer=True), strict=True):
        assert abs(found - finer) < CERTAIN
