"""Quantities that follow from the shapes of the rates' distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.conjugate_pair import Derived

DERIVED: Final[Mapping[str, Derived[Shapes]]] = {
    "shape 1": Derived(lambda shapes: shapes.first, lambda p, q: p),
    "shape 2": Derived(lambda shapes: shapes.second, lambda p, q: q),
    "mean": Derived(lambda shapes: np.exp(shapes.log_mean)),
    "concentration": Derived(lambda shapes: shapes.total, max),
    "log concentration": Derived(lambda shapes: np.log(shapes.total)),
    "logit mean": Derived(lambda shapes: shapes.log_mean - shapes.log_complement),
}
"""Quantities by name; their growth is read from the directions of the logs of both shapes."""
