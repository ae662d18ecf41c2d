"""Live defects of the libraries: each a strict expected failure, which notices the day it is mended."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.xfail(
    strict=True, reason="PyMC's Beta drops (alpha - 1) log x where alpha == 1, and its derivative with it"
)
def test_pymc_differentiates_beta_by_a_shape_that_is_exactly_one() -> None:
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    alpha = pt.dscalar("alpha")
    density = pm.logp(pm.Beta.dist(alpha, np.float64(2.0)), np.float64(0.1))
    derivative = pytensor.function([alpha], pytensor.grad(density, alpha), mode="FAST_COMPILE")
    # d/da [lgamma(a + 2) - lgamma(a) + (a - 1) log x] = psi(3) - psi(1) + log x = 1 + 1/2 + log x
    assert derivative(1.0) == pytest.approx(1.5 + np.log(0.1), abs=1e-12)


def test_pymc_differentiates_beta_by_a_shape_beside_one() -> None:
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    alpha = pt.dscalar("alpha")
    density = pm.logp(pm.Beta.dist(alpha, np.float64(2.0)), np.float64(0.1))
    derivative = pytensor.function([alpha], pytensor.grad(density, alpha), mode="FAST_COMPILE")
    assert derivative(1.0 + 1e-12) == pytest.approx(1.5 + np.log(0.1), abs=1e-9)
