"""Nodes of the densities of rates: one lattice for all rates of a plate, or one for a rate that needs its own.

Rates of a plate are mixtures of the same Betas before counts. A count changes a Beta's density by a factor that depends
on the rate alone and another that depends on the Beta alone, so the matrix of all Betas at all nodes is computed once,
and a rate costs its product with a vector. The matrix has at most 2^25 entries, 256 MiB, which is most of what an exact
answer needs at a time; where it would be larger, rates have lattices of their own, whose memory does not depend on the
number of Betas.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.mixture import WIDE, Components, MixtureDensity, logs
from pplcompare.validation.exact.quadrature.box import NEGLIGIBLE, find_box
from pplcompare.validation.exact.quadrature.chart import Chart, chart
from pplcompare.validation.exact.quadrature.lattice import Box, Lattice, lattice
from pplcompare.validation.exact.quadrature.tabulated import TABLE_TOLERANCE, halving_error

_STEPS: Final = (0.125, 0.0625, 0.03125)
_STRENGTH: Final = 0.5
_WHOLE: Final = 16
_MOST_NODES: Final = 512
_MOST_ENTRIES: Final = 1 << 25
_ROWS: Final = 16
_MOST_COST: Final = 1 << 27
# Steps in the standard deviation of the narrowest rate: a CDF from every second node must be right as well.
_STEPS_PER_SD: Final = 5.0


def own_lattice(components: Components, tolerance: float = TABLE_TOLERANCE) -> Lattice:
    """Return a lattice whose CDF does not change when every second node is left out, if steps can be so small.

    Raises
    ------
    AccuracyError
        If even the widest of the steps would take minutes: at most 2^27 logarithms of Betas' densities are computed.
    """
    density = MixtureDensity(components)
    at, box = _place(components, density)
    for step in _STEPS:
        if step < _STEPS[0] and density.cost * _near(at, density) / step > _MOST_COST:
            break
        line = lattice(lambda u: density(u[0]), at, box, step)
        if halving_error(line) <= tolerance:
            break
    return line


def _place(components: Components, density: MixtureDensity) -> tuple[Chart, Box]:
    """Return coordinates of a rate, and the box beyond which its density is negligible."""
    spacing = 4.0 * _STEPS[0]
    middle = MixtureDensity(components.heavy)
    at = chart(lambda u: middle(u[0]), (0,), _STRENGTH, spacing, components.farthest)
    if density.cost * _near(at, density) / _STEPS[0] > _MOST_COST:
        raise AccuracyError(
            "the density of a rate is a mixture of too many Betas",
            where="exact answer",
            seen=f"{components.weights.size:,}",
            mend="its CDF and moments are known, its table and quantiles need a prior with lighter tails",
        )
    return at, find_box(lambda u: density(u[0]), at, spacing)[0]


def _near(at: Chart, density: MixtureDensity) -> float:
    """Return how long the range is, in the coordinates of a chart, where Betas are not gathered."""
    low, high = at.outer.t(density.near * np.array([-1.0, 1.0]))
    return float(high - low)


class SharedLattice:
    """Nodes for all rates of a plate.

    Parameters
    ----------
    components
        The distribution of a rate before its counts.
    trials, successes : (group,)
        The counts of the plate, which say how close the nodes must be.
    """

    def __init__(self, components: Components, trials: NDArray[np.int64], successes: NDArray[np.int64]) -> None:
        self._components = components
        first, second = (float(components.weights @ shape) for shape in components[1:])
        self._narrowest = math.sqrt(float(np.min(1.0 / (first + successes) + 1.0 / (second + (trials - successes)))))

    @cached_property
    def _nodes(self) -> tuple[Lattice, Float, Float, Float] | None:
        """Nodes, logs of the rate and of its complement there, and the Betas' densities relative to their peaks."""
        density = MixtureDensity(self._components)
        at, ((low, high),) = _place(self._components, density)
        most = _MOST_ENTRIES / self._components.weights.size
        if (high - low) / _STEPS[0] > most:
            # Small shapes reach far; after counts of both kinds a rate stays near zero.
            ends = at.outer.t(density.near * np.array([-1.0, 1.0]))
            low, high = max(low, float(ends[0])), min(high, float(ends[1]))
        step = max(self._narrowest / float(at.outer.scale) / _STEPS_PER_SD, (high - low) / _MOST_NODES)
        step = min(step, _STEPS[0])
        if (high - low) / step > most:
            return None
        nodes = lattice(lambda u: np.zeros_like(u[0]), at, ((low, high),), step)
        log_rate, log_complement = logs(nodes.u[0])
        return nodes, log_rate, log_complement, self._relative(log_rate, log_complement)

    def _relative(self, log_rate: Float, log_complement: Float) -> Float:
        _, first, second = self._components
        relative = np.empty((log_rate.size, first.size))
        for i in range(0, log_rate.size, _ROWS):
            rows = slice(i, i + _ROWS)
            relative[rows] = np.exp(log_rate[rows] * first + log_complement[rows] * second - self._peaks)
        return relative

    @cached_property
    def _peaks(self) -> Float:
        _, first, second = self._components
        log_mean, log_complement = logs(np.log(first / second))
        return np.asarray(first * log_mean + second * log_complement)

    def line(self, trials: int, successes: int) -> Lattice | None:
        """Return the lattice of a rate after its counts; None where its density needs other nodes."""
        weights, first, second = self._components.of(trials, successes)
        if float(np.max(first + second)) > WIDE:
            return None
        if self._nodes is None:
            return None
        nodes, log_rate, log_complement, relative = self._nodes
        log_mean, log_other = logs(np.log(first / second))
        factors = beta.log_peak(first, second) + np.log(weights) - first * log_mean - second * log_other + self._peaks
        highest = float(factors.max())
        with np.errstate(divide="ignore"):
            mixed = np.log(relative @ np.exp(factors - highest))[:, None] + highest
        log_terms = nodes.log_terms + mixed + successes * log_rate + (trials - successes) * log_complement
        found = _trimmed(nodes, log_terms)
        return found if found is not None and halving_error(found) <= TABLE_TOLERANCE else None


def _trimmed(nodes: Lattice, log_terms: Float) -> Lattice | None:
    """Return the nodes where a density is not negligible; None where the nodes end before it is."""
    inside = np.flatnonzero(log_terms[:, 0] - log_terms.max() > NEGLIGIBLE)
    low, high = int(inside[0]) - 1, int(inside[-1]) + 2
    # Rates with as many nodes share what depends on the number alone.
    high = min(high + (low - high) % _WHOLE, len(log_terms))
    if low < 0 or inside[-1] == len(log_terms) - 1:
        return None
    low -= (high - low) % 2
    kept = slice(low, high)
    return replace(nodes, t=(nodes.t[0][kept],), u=(nodes.u[0][kept],), log_terms=log_terms[kept])
