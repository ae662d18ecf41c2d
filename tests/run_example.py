"""Runs an example, as it is or with an error in it, and tells how it ended: `run_example.py EXAMPLE [ERROR]`.

The seam is `pplcompare.target`, from which each example has its density in whatever form. What it gets here draws
from a wrong density, and is still asserted against the right posterior. A density without the Jacobian of alpha and
beta is that of priors whose shape is smaller by one; a sampler that accepts every proposal is one whose density is
flat.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import pplcompare as pc
from numpy.typing import ArrayLike
from pplcompare.models.errors import CheckNotPassed
from pplcompare.models.float_array import Float
from pplcompare.validation.target.assured import Assured
from pplcompare.validation.target.target import Target, target

PRIORS: Final = {
    "no Jacobian": ("alpha=Gamma(15, 9)", "beta=Gamma(39, 8)"),
    "a prior rate 10 % off": ("alpha=Gamma(16, 9.9)",),
}
EVERY: Final = "every proposal accepted"
ERRORS: Final = (*PRIORS, EVERY)
DRAWS: Final = 250
LIBRARIES: Final = ("pymc", "pytensor", "nutpie", "numpyro", "cmdstanpy")


class Flat(Target):
    """A target whose density says yes to every proposal."""

    def log_density(self, x: ArrayLike) -> Float:
        return np.zeros(np.shape(x)[:-1])


def planted(error: str) -> Target:
    """Return a target with a wrong density and the right posterior."""
    right = target("campaigns", "hierarchical")
    if error == EVERY:
        return Flat(right.model, right.counts)
    wrong = target("campaigns", "hierarchical", priors=PRIORS[error])
    wrong.exact = right.exact
    return wrong


def main(example: str, error: str = "") -> None:
    """Run it, and print a line of JSON."""
    found: list[Assured] = []
    kept = Target.assert_right

    def fewer(self: Target, fit: Any) -> Assured:
        # What is planted is found in few draws; what is right is told from all that the example asks for.
        found.append(kept(self, fit, draws=DRAWS) if error in ERRORS else kept(self, fit))
        return found[-1]

    def chosen(data: str, model: str) -> Target:
        return planted(error) if error in ERRORS else target(error or data, model)

    outcome = "right"
    with mock.patch.object(Target, "assert_right", fewer), mock.patch.object(pc, "target", chosen):
        try:
            runpy.run_path(str(Path(__file__).parents[1] / "examples" / f"{example}.py"))
        except CheckNotPassed as raised:
            outcome = f"{type(raised).__name__}: {raised}"
    assert found or outcome != "right"
    imported = [name for name in LIBRARIES if name in sys.modules]
    print(json.dumps({"outcome": outcome, "what": found[-1].what if found else "", "imported": imported}))


if __name__ == "__main__":
    main(*sys.argv[1:])
