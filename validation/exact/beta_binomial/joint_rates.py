"""The joint distribution of two rates: its weight at each pair of nodes, one node of either rate.

Given the shapes two rates are independent; their joint density is a mixture of products of Betas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial import beta
from pplcompare.validation.exact.beta_binomial.mixture import WIDE, Components, logs
from pplcompare.validation.exact.quadrature.lattice import Lattice, lattice
from pplcompare.validation.exact.quadrature.small_products import product

_ENTRIES: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class JointRates:
    """Two rates on nodes.

    Attributes
    ----------
    one, other
        The nodes of either rate.
    masses : (part, node of one, node of other)
        The weights of the joint distribution there, by each of the mixtures.
    """

    one: Lattice
    other: Lattice
    masses: Float

    @property
    def halved(self) -> JointRates:
        """The same with every second node of either rate."""
        return JointRates(self.one.every_second((0,)), self.other.every_second((0,)), 4.0 * self.masses[:, ::2, ::2])


def joint_rates(
    one: tuple[Lattice, Sequence[Components]], other: tuple[Lattice, Sequence[Components]], refinement: int
) -> JointRates:
    """Return the joint distribution of two rates.

    Parameters
    ----------
    one, other
        The nodes that the density of either rate needs by itself, and the mixtures of Betas that it is by different
        nodes of the hyper-parameters, the same for both rates.
    refinement
        The number of parts into which each step between nodes is divided.
    """
    (line, mixtures), (other_line, other_mixtures) = one, other
    first, second = _refined(line, refinement), _refined(other_line, refinement)
    masses = [_masses(first, second, *each) for each in zip(mixtures, other_mixtures, strict=True)]
    return JointRates(first, second, np.stack(masses))


def _refined(line: Lattice, parts: int) -> Lattice:
    if parts == 1:
        return line
    (t,), (step,) = line.t, line.steps
    box = ((float(t[0]), float(t[-1]) + step),)
    return lattice(lambda u: np.zeros_like(u[0]), line.chart, box, step / parts)


def _masses(one: Lattice, other: Lattice, first: Components, second: Components) -> Float:
    total = np.zeros((one.t[0].size, other.t[0].size))
    size = max(_ENTRIES // max(total.shape), 1)
    for i in range(0, first.weights.size, size):
        here, there = (Components(*(part[i : i + size] for part in each)) for each in (first, second))
        total += product(_densities(here, one) * here.weights, _densities(there, other).T)
    return total


def _densities(components: Components, line: Lattice) -> Float:
    """Return what each Beta weighs at the nodes, (node, component)."""
    _, first, second = components
    u = line.u[0].ravel()[:, None]
    narrow = first + second >= WIDE
    if narrow.any():
        found = beta.log_density(first, second, u)
    else:
        log_mean, log_complement = logs(np.log(first / second))
        constants = beta.log_peak(first, second) - first * log_mean - second * log_complement
        found = np.concatenate([*logs(u), np.ones_like(u)], axis=1) @ np.stack([first, second, constants])
    found += line.chart.outer.log_slope(line.t[0])[:, None]
    np.exp(found, out=found)
    return found * line.steps[0]
