"""When an integral over the hyper-parameters is accepted: nodes, shift, box and map must not matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact.quadrature.box import find_box
from pplcompare.validation.exact.quadrature.chart import Chart, chart
from pplcompare.validation.exact.quadrature.comparison import CORE, Summary, difference
from pplcompare.validation.exact.quadrature.evidence import EDGE, TOLERANCE, ErrorEvidence
from pplcompare.validation.exact.quadrature.lattice import Box, Lattice, lattice
from pplcompare.validation.exact.quadrature.posterior import Posterior
from pplcompare.validation.exact.quadrature.update import Shapes

# The same support in two ways: how fast the steps grow, and the step of the coarser of two lattices.
FIRST_MAP: Final = (0.5, 0.2)
SECOND_MAP: Final = (1.0, 0.1)
SPACING: Final = 2.0
"""The distance of the knots of a chart, in steps."""
REFINEMENTS: Final = 3
"""How many steps are tried, each half of the one before."""

_MOST_NODES: Final = 2_000_000
_GROWTHS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Certified[S: Shapes]:
    """Nodes that stood the test; in `nodes` the last hyper-parameter is the outer variable.

    Attributes
    ----------
    posterior
        What they are nodes of.
    """

    posterior: Posterior[S]
    nodes: Lattice
    error: ErrorEvidence


def certified[S: Shapes](posterior: Posterior[S], *, box: Box | None = None) -> Certified[S]:
    """Integrate a posterior and accept the result only if it passes every comparison.

    Parameters
    ----------
    box
        A box to be used instead of the one found: for tests of the comparisons.

    Raises
    ------
    AccuracyError
        If a comparison still fails when the steps cannot be made smaller: a lattice has at most two million nodes.
    """
    # The last first: a location has a simple shape given a scale, not the other way round.
    order = tuple(range(len(posterior.hierarchy.hyperparameters)))[::-1]
    strength, step = FIRST_MAP
    coordinates = chart(posterior.log_density, order, strength, SPACING * step)
    posterior = posterior.around(coordinates.point([np.zeros(())] * len(order))[0])
    first = Map(posterior, coordinates, step, box)
    strength, step = SECOND_MAP
    second = Map(posterior, first.chart.regraded(strength), step)
    best: Certified[S] | None = None
    differences: dict[str, float] = {}
    for level in range(REFINEMENTS):
        if first.count(0.5 ** (level + 1)) > _MOST_NODES:
            break
        result = _compare(posterior, first, second, 0.5**level)
        differences = {**result.error.differences, "edge": result.error.edge}
        if result.error.accepted:
            best = result
            if all(d <= TOLERANCE for d in result.error.quantities.values()):
                break
    if best is None:
        raise AccuracyError(
            f"two ways to compute it differ by more than {TOLERANCE:g}",
            where="exact answer",
            seen=", ".join(f"{name}: {d:.0e}" for name, d in differences.items()) or "too many nodes",
            mend="take a prior with lighter tails",
        )
    return best


class Map:
    """A chart with a box, which is sought if it is neither given nor found already, and the lattices on it.

    A given box stays as it is.

    Attributes
    ----------
    beyond
        Names of the quantities whose moments the box does not hold, whatever its size.
    """

    def __init__[S: Shapes](
        self, posterior: Posterior[S], chart: Chart, step: float, box: Box | None = None, found: Box | None = None
    ) -> None:
        self._density, self.chart, self._step = posterior.log_density, chart, step
        self._found = box is None
        self.beyond: frozenset[str] = frozenset()
        self.box = box or found or ()
        if not self.box:
            rough = posterior.rough
            self.box, self.beyond = find_box(rough.log_density, chart, SPACING * step, posterior.log_factors)

    def count(self, refinement: float) -> float:
        """Return about how many nodes a lattice has."""
        return math.prod((high - low) / (self._step * refinement) for low, high in self.box)

    def lattice(self, refinement: float) -> Lattice:
        """Return the lattice whose step is `refinement` times the first one.

        A side of a box that was found moves out until the density there is negligible at all nodes.
        """
        for _ in range(_GROWTHS):
            nodes = lattice(self._density, self.chart, self.box, self._step * refinement)
            outside = [(low > EDGE, high > EDGE) for low, high in nodes.edges]
            if not (self._found and np.any(outside)):
                break
            self.box = self._moved(outside, SPACING)
        return nodes

    def wider(self, refinement: float) -> Lattice:
        """Return the lattice on a box that is wider on all sides."""
        box = self._moved([(True, True)] * len(self.box), 2.0 * SPACING)
        return lattice(self._density, self.chart, box, self._step * refinement)

    def _moved(self, sides: Sequence[tuple[bool, bool]], steps: float) -> Box:
        margin = steps * self._step
        return tuple((a - margin * low, b + margin * high) for (a, b), (low, high) in zip(self.box, sides, strict=True))


def _compare[S: Shapes](posterior: Posterior[S], first: Map, second: Map, refinement: float) -> Certified[S]:
    fine, other = first.lattice(refinement / 2), second.lattice(refinement)
    beyond = first.beyond | second.beyond
    summary = Summary(posterior, fine, beyond)
    whole, parts = summary.with_parts(fine)
    ends = [fine.every_second((i,) * len(fine.t)) for i in (0, 1)]
    rates = [summary.rates(nodes) for nodes in (*ends, other)]
    found = {
        "N against 2N nodes": difference([(whole, parts[0])]),
        "half-step shift": difference((parts[0], part) for part in parts[1:]),
        "wider box": difference([(whole, summary.whole(first.wider(refinement)))]),
        "second map": difference([(whole, summary.whole(other))]),
        "CDFs of rates": difference((rates[0], others) for others in rates[1:]),
    }
    hyperparameters = posterior.hierarchy.hyperparameters
    sizes = dict(zip(fine.chart.order, (t.size for t in fine.t), strict=True))
    covered = [item.value(np.array([u.min(), u.max()])).x for item, u in zip(hyperparameters, fine.u, strict=True)]
    quantities = sorted({name for differences in found.values() for name in differences if name != CORE})
    error = ErrorEvidence(
        closed_form=False,
        nodes={item.name: sizes[i] for i, item in enumerate(hyperparameters)},
        box={item.name: (float(low), float(high)) for item, (low, high) in zip(hyperparameters, covered, strict=True)},
        differences={name: differences[CORE] for name, differences in found.items() if CORE in differences},
        # NumPy's maximum, unlike Python's, keeps NaN.
        quantities=dict.fromkeys(beyond, math.inf)
        | {name: float(np.max([d[name] for d in found.values() if name in d])) for name in quantities},
        edge=float(np.max([fine.edges, other.edges])),
    )
    return Certified(posterior, fine, error)
