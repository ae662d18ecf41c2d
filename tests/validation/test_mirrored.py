"""Priors on (0, 1) keep their digits near 1."""

from __future__ import annotations

import numpy as np
from pplcompare.models.bounded import MIRRORED
from pplcompare.models.distribution import Data
from pplcompare.models.distributions import DISTRIBUTIONS, Beta, Uniform
from pplcompare.models.interval import UNIT
from pplcompare.validation.exact.quadrature.hyperparameter import Hyperparameter


def test_every_prior_on_the_unit_interval_that_is_not_flat_there_is_written_in_the_complement_too() -> None:
    numbers = (0.25, 0.5)
    taking_numbers = [
        kind for kind in DISTRIBUTIONS.values() if not any(isinstance(it, Data) for it in kind.domains.values())
    ]
    within = {kind for kind in taking_numbers if kind(*numbers[: len(kind.domains)]).support(numbers).high <= UNIT.high}
    assert within - {Uniform} == set(MIRRORED)


def test_a_prior_falls_near_1_as_its_mirror_does_near_0() -> None:
    u = np.array([30.0, 45.0, 300.0])  # 1 - x is no number of float64 other than 0 from 37 on
    found = Hyperparameter("mean", Beta(2.5, 7.25)).log_density(u)
    np.testing.assert_allclose(found, Hyperparameter("mean", Beta(7.25, 2.5)).log_density(-u), rtol=1e-14)
