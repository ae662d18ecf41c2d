"""When an integral over the hyper-parameters is accepted: nodes, shift, box and map must not matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.quadrature.chart import Chart, Float, chart
from pplcompare.validation.quadrature.comparison import CORE, Summary, difference
from pplcompare.validation.quadrature.evidence import EDGE, TOLERANCE, ErrorEvidence
from pplcompare.validation.quadrature.lattice import NEGLIGIBLE, Box, Lattice, find_box, lattice
from pplcompare.validation.quadrature.posterior import Posterior
from pplcompare.validation.quadrature.tabulated import halving_error

# The same support in two ways: how fast the steps grow, and the step of the coarser of two lattices.
_FIRST_MAP: Final = (0.5, 0.2)
_SECOND_MAP: Final = (1.0, 0.1)
_SPACING: Final = 2.0
_REFINEMENTS: Final = 3
_MOST_NODES: Final = 2_000_000
_PROBES: Final = 17
_GROWTHS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Certified:
    """Nodes that stood the test; in `nodes` the last hyper-parameter is the outer variable.

    Attributes
    ----------
    posterior
        What they are nodes of.
    """

    posterior: Posterior
    nodes: Lattice
    error: ErrorEvidence


def certified(posterior: Posterior, *, box: Box | None = None) -> Certified:
    """Integrate a posterior and accept the result only if it passes every comparison.

    Parameters
    ----------
    box
        A box to be used instead of the one found: for tests of the comparisons.

    Raises
    ------
    AccuracyError
        If a comparison still fails when the steps cannot be made smaller.
    """
    # The last first: a mean has a simple shape given the concentration, not the other way round.
    order = tuple(range(len(posterior.hierarchy.hyperparameters)))[::-1]
    strength, step = _FIRST_MAP
    coordinates = chart(posterior.log_density, order, strength, _SPACING * step)
    posterior = posterior.around(coordinates.point([np.zeros(())] * len(order))[0])
    first = Map(posterior, coordinates, step, box)
    strength, step = _SECOND_MAP
    second = Map(posterior, first.chart.regraded(strength), step)
    best: Certified | None = None
    for level in range(_REFINEMENTS):
        if level and first.count(0.5 ** (level + 1)) > _MOST_NODES:
            break
        result = _compare(posterior, first, second, 0.5**level)
        if result.error.accepted:
            best = result
            if all(d <= TOLERANCE for d in result.error.quantities.values()):
                break
    if best is None:
        shown = {name: f"{d:.0e}" for name, d in (*result.error.differences.items(), ("edge", result.error.edge))}
        raise AccuracyError(
            f"two ways to compute it differ by more than {TOLERANCE:g}",
            where="exact answer",
            seen=", ".join(f"{name}: {d}" for name, d in shown.items()),
            mend="take a prior with lighter tails",
        )
    return best


def outer_lattice(posterior: Posterior, nodes: Lattice, variable: int) -> tuple[Lattice, float]:
    """Return a lattice in which a hyper-parameter is the outer variable, and how far its CDF is from that of `nodes`.

    The distance is within the tolerance if that can be had, else the least of all that were found.
    """
    order = nodes.chart.order
    if order[0] == variable:
        return nodes, 0.0
    strength, step = _FIRST_MAP
    at = chart(posterior.rough.log_density, order[::-1], strength, _SPACING * step)
    other = Map(posterior, at, step, found=_image(nodes, at))
    mean = nodes.mean(nodes.u[variable])
    sd = np.sqrt(nodes.mean((nodes.u[variable] - mean) ** 2))
    probes = mean + sd * np.linspace(-4.0, 4.0, _PROBES)
    expected = nodes.cdf(variable, probes)
    best = other.lattice(0.5), math.inf
    for level in range(_REFINEMENTS):
        found = other.lattice(0.5 ** (level + 1)) if level else best[0]
        error = float(np.max([np.abs(found.cdf(variable, probes) - expected).max(), halving_error(found.line)]))
        if error < best[1]:
            best = found, error
        if error <= TOLERANCE:
            break
    return best


def _image(nodes: Lattice, chart: Chart) -> Box:
    """Return the box of a chart that holds all nodes where the density is not negligible."""
    heavy = nodes.log_terms > nodes.log_terms.max() + NEGLIGIBLE
    outer, inner = (nodes.u[variable][heavy] for variable in chart.order)
    ends = chart.outer.t(outer), chart.inner(outer).t(inner)
    return tuple((float(t.min()), float(t.max())) for t in ends)


class Map:
    """A chart with a box, which is sought if it is neither given nor found already, and the lattices on it.

    A given box stays as it is.
    """

    def __init__(
        self, posterior: Posterior, chart: Chart, step: float, box: Box | None = None, found: Box | None = None
    ) -> None:
        self._density, self.chart, self._step = posterior.log_density, chart, step
        self._found = box is None
        self.box = box or found or find_box(posterior.rough.log_density, chart, _SPACING * step, posterior.log_factors)

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
            self.box = self._moved(outside, _SPACING)
        return nodes

    def wider(self, refinement: float) -> Lattice:
        """Return the lattice on a box that is wider on all sides."""
        box = self._moved([(True, True)] * len(self.box), 2.0 * _SPACING)
        return lattice(self._density, self.chart, box, self._step * refinement)

    def _moved(self, sides: Sequence[tuple[bool, bool]], steps: float) -> Box:
        margin = steps * self._step
        return tuple((a - margin * low, b + margin * high) for (a, b), (low, high) in zip(self.box, sides, strict=True))


def _compare(posterior: Posterior, first: Map, second: Map, refinement: float) -> Certified:
    fine, other = first.lattice(refinement / 2), second.lattice(refinement)
    summary = Summary(posterior, fine)
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
        quantities={name: float(np.max([d[name] for d in found.values() if name in d])) for name in quantities},
        edge=float(np.max([fine.edges, other.edges])),
    )
    return Certified(posterior, fine, error)


def certified_mean(nodes: Lattice, values: Float) -> float:
    """Return the expectation of values (outer, inner) if every second node and the edges do not matter.

    Raises
    ------
    AccuracyError
        If they do: the values are not smooth in the hyper-parameters, or have no mean.
    """
    start = (0,) * len(nodes.t)
    size = float(nodes.mean(np.abs(values)))
    found, halved = float(nodes.mean(values)), float(nodes.every_second(start).mean(values[nodes.cut(start)]))
    if not (abs(found - halved) <= TOLERANCE * size and nodes.edge_share(np.abs(values)) <= TOLERANCE):
        raise AccuracyError(
            "an expectation could not be certified",
            where="exact answer",
            seen=f"{found:g} with all nodes, {halved:g} with every second",
            mend="it may not exist; a function with jumps needs the CDF of a marginal instead",
        )
    return found
