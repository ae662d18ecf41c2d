"""Transitions from given points, of the real libraries: where they start, what they leave as it is, and what not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.kernel import FrozenKernel
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UnsupportedModel

from tests.backends.conftest import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.seconds(60)]

MODEL = hierarchical()
COUNTS = Counts(["A", "B"], [200, 10], [19, 3])
INPUTS = MODEL.bind(COUNTS)
METRIC = {"alpha": np.array(0.04), "beta": np.array(0.02), "rate": np.array([0.05, 0.3])}
POINTS = {
    "alpha": np.array([1.5, 2.25, 1.75]),
    "beta": np.array([5.5, 4.75, 6.0]),
    "rate": np.array([[0.1, 0.3], [0.09, 0.7], [0.11, 1e-9]]),
}
COUNT = 9
ENGINES = pytest.mark.parametrize("engine", ["numpyro", "pymc", "stan"])


def moved(
    workshop: Workshop, engine: str, step: float, count: int = 3, points: int = 3
) -> dict[str, NDArray[np.float64]]:
    program = workshop(engine).compile(MODEL.structure, INPUTS.sizes)
    given = {name: of[:points] for name, of in POINTS.items()}
    return dict(program.transitions([INPUTS] * points, given, FrozenKernel(step, METRIC), COUNT, range(points)))


@ENGINES
def test_states_begin_where_they_are_told_to(workshop: Workshop, engine: str) -> None:
    found = moved(workshop, engine, 0.4)
    assert {name: of.shape for name, of in found.items()} == {
        name: (3, 1 + COUNT, *POINTS[name].shape[1:]) for name in POINTS
    }
    for name, of in found.items():
        assert of[:, 0] == pytest.approx(POINTS[name], rel=1e-12)
        assert np.all(of[:, 1:] != of[:, :1])


@ENGINES
def test_a_seed_and_a_point_say_everything(workshop: Workshop, engine: str) -> None:
    first, again, alone = (moved(workshop, engine, 0.4, points=points) for points in (3, 3, 1))
    for name, of in first.items():
        assert np.array_equal(of, again[name])
        assert np.array_equal(of[:1], alone[name])


@ENGINES
def test_a_kernel_that_cannot_move_stays_exactly_where_it_is(workshop: Workshop, engine: str) -> None:
    found = moved(workshop, engine, 1e6)
    for of in found.values():
        assert np.array_equal(of, np.broadcast_to(of[:, :1], of.shape))


@ENGINES
def test_the_step_and_the_metric_are_those_given(workshop: Workshop, engine: str) -> None:
    """A step so short that the longest path goes nowhere near as far as the posterior is wide."""
    found = moved(workshop, engine, 1e-6)
    for of in found.values():
        assert np.abs(of[:, 1:] / of[:, :1] - 1.0).max() < 0.01
        assert np.all(of[:, 1:] != of[:, :1])


def test_nutpie_says_why_it_cannot(workshop: Workshop) -> None:
    with pytest.raises(UnsupportedModel, match="metric from the gradient"):
        moved(workshop, "nutpie", 0.4)


def test_a_program_without_transitions_is_refused(workshop: Workshop) -> None:
    with pytest.raises(UnsupportedModel, match="no transitions that can be started anywhere"):
        moved(workshop, "exact", 0.4)
