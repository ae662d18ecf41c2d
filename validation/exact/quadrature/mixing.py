"""The posterior of the shapes; laws of latents are mixed over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import AccuracyError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.quadrature.evidence import TOLERANCE, ErrorEvidence
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.moments import Standardised, standardised
from pplcompare.validation.exact.quadrature.update import Increments, Shapes, chosen

_NO_WEIGHT: Final = 1e-13
_MOMENT_TOLERANCE: Final = 1e-7
"""Tolerance in posterior standard deviations, far below what any feasible number of draws could detect."""


@dataclass(frozen=True, eq=False)
class Mixing[S: Shapes]:
    """The posterior of the shapes, on nodes.

    Attributes
    ----------
    nodes
        The nodes and weights of the hyper-parameters; None if there are no hyper-parameters.
    shapes_at
        It takes the unbounded coordinates of the hyper-parameters and returns the shapes.
    data
        The data of all groups.
    error
        How the error of the nodes is known.
    """

    nodes: Lattice | None
    shapes_at: Callable[[Sequence[Float]], S]
    data: Increments
    error: ErrorEvidence

    @cached_property
    def shapes(self) -> S:
        """The shapes at all nodes."""
        return self.shapes_at(self.nodes.u if self.nodes else ())

    def mean(self, values: Float) -> float:
        """Return the expectation of values at the nodes.

        Raises
        ------
        AccuracyError
            If it is not certified.
        """
        return certified_mean(self.nodes, values) if self.nodes else float(values)

    def mean_where_heavy(self, values: Callable[[S], Float]) -> float:
        """Return the expectation of values, bounded by one, which are computed only where the nodes have weight.

        The nodes that are left out weigh less than the tolerance by far.

        Parameters
        ----------
        values
            It takes the shapes at some nodes, (node,) each, and returns (node,).
        """
        weights, heavy = self._weights
        found = np.zeros(weights.shape)
        found[heavy] = values(chosen(self.shapes, heavy))
        return certified_mean(self.nodes, found, bound=1.0) if self.nodes else float(found[0])

    @property
    def _weights(self) -> tuple[Float, NDArray[np.bool_]]:
        """All weights, and where they are not negligible."""
        weights = self.nodes.weights if self.nodes else np.ones(1)
        return weights, weights > _NO_WEIGHT

    def standardised(self, cumulants: Callable[[S], Sequence[Float]]) -> Standardised:
        """Return the moments of a quantity whose first four cumulants given the shapes are known.

        By the law of total cumulance: central moments given the shapes, about the overall mean, are averaged.

        Parameters
        ----------
        cumulants
            It takes the shapes at some nodes, (node,) each, and returns four arrays (node,).

        Raises
        ------
        AccuracyError
            If every second node gives another answer.
        """
        weights, heavy = self._weights
        given = cumulants(chosen(self.shapes, heavy))
        found = standardised(weights[heavy], given)
        if self.nodes is None:
            return found
        second = np.zeros(weights.shape, dtype=bool)
        second[self.nodes.cut((0,) * len(self.nodes.t))] = True
        halved = standardised(weights[heavy] * second[heavy], given)
        errors = (abs(found.mean - halved.mean) / found.sd, abs(found.sd / halved.sd - 1.0))
        if not max(errors) <= _MOMENT_TOLERANCE:
            raise AccuracyError("moments could not be certified", where="exact answer", seen=f"{max(errors):.1e} sd")
        return found


def certified_mean(nodes: Lattice, values: Float, bound: float | None = None) -> float:
    """Return the expectation of values (outer, inner) if every second node and the edges do not matter.

    They may matter by the tolerance, relative to the expectation of the values' sizes, or to the `bound` of the values.

    Raises
    ------
    AccuracyError
        If they do: the values are not smooth in the hyper-parameters, or have no mean.
    """
    start = (0,) * len(nodes.t)
    size = float(nodes.mean(np.abs(values)))
    edge = size * nodes.edge_share(np.abs(values))
    size = size if bound is None else bound
    found, halved = float(nodes.mean(values)), float(nodes.every_second(start).mean(values[nodes.cut(start)]))
    if not (abs(found - halved) <= TOLERANCE * size and edge <= TOLERANCE * size):
        raise AccuracyError(
            "an expectation could not be certified",
            where="exact answer",
            seen=f"{found:g} with all nodes, {halved:g} with every second",
            mend="it may not exist; a function with jumps needs the CDF of a marginal instead",
        )
    return found
