"""The half Student t distribution for NumPyro, which has none of its own."""

from __future__ import annotations

from typing import Any

import jax
import numpyro.distributions as dist


def half_student_t(df: jax.Array, scale: jax.Array) -> Any:
    """Return the distribution of the absolute value of `scale` times a Student t variable."""
    return dist.FoldedDistribution(dist.StudentT(df, 0.0, scale))
