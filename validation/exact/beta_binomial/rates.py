"""The rates of all groups: mixtures of Betas, made when they are first asked for."""

from __future__ import annotations

from functools import cached_property

from pplcompare.models.float_array import Float
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.predictive import BetaBinomialMixture
from pplcompare.validation.exact.beta_binomial.ranked_rates import ranked_rates
from pplcompare.validation.exact.beta_binomial.rate_lattice import SharedLattice
from pplcompare.validation.exact.beta_binomial.rate_marginal import BetaMarginal, RateMarginal
from pplcompare.validation.exact.beta_binomial.rate_moments import rate_moments
from pplcompare.validation.exact.beta_binomial.rate_pair import CountedRate, RatePair
from pplcompare.validation.exact.beta_binomial.shapes import Shapes
from pplcompare.validation.exact.quadrature.mixing import Mixing
from pplcompare.validation.exact.quadrature.pair import Ranked


class Rates:
    """The laws of rates, mixed over the posterior of the shapes; groups with equal counts share one object.

    Parameters
    ----------
    mixing
        The posterior of the shapes.
    """

    def __init__(self, mixing: Mixing[Shapes]) -> None:
        self._mixing = mixing
        self._rates: dict[tuple[float, float], RateMarginal] = {}
        self._predictives: dict[tuple[float, float, float], BetaBinomialMixture] = {}
        self._pairs: dict[tuple[tuple[float, float], tuple[float, float]], RatePair] = {}

    def after(self, k: float, n: float) -> RateMarginal:
        """Return the distribution of a rate after `k` successes in `n` trials."""
        if (k, n) not in self._rates:
            self._rates[k, n] = self._made(int(k), int(n))
        return self._rates[k, n]

    def moments(self) -> tuple[Float, Float]:
        """Return mean and standard deviation of the rate of every group, (group,) each: a million take a second."""
        k, n = self._mixing.data
        return rate_moments(self._components[0], n, k)

    def next(self, k: float, n: float, to_come: float) -> BetaBinomialMixture:
        """Return the distribution of the successes in `to_come` further trials."""
        if (k, n, to_come) not in self._predictives:
            self._predictives[k, n, to_come] = BetaBinomialMixture(self.after(k, n), int(to_come))
        return self._predictives[k, n, to_come]

    def pair(self, one: tuple[float, float], other: tuple[float, float]) -> RatePair:
        """Return two rates after their counts (k, n), the one and the other."""
        if (one, other) not in self._pairs:
            counted = (CountedRate(self.after(*each), *each) for each in (one, other))
            self._pairs[one, other] = RatePair(self._mixing, self._parts, *counted)
        return self._pairs[one, other]

    def ranked(self) -> Ranked:
        """Return all rates in order: ten thousand take seconds."""
        return ranked_rates(self._mixing, self.moments()[0])

    def _parts(self, each: CountedRate) -> list[Components]:
        if self._mixing.nodes is None:
            return each.rate.candidates
        return [components.of(int(each.n), int(each.k)) for components in self._halves]

    @cached_property
    def _halves(self) -> tuple[Components, Components]:
        """The distribution of a new rate, by every second node from the first on, and from the second on."""
        nodes = self._mixing.nodes
        assert nodes is not None
        shifted = Components.at(self._mixing.shapes_at, nodes.every_second((1,) * len(nodes.t)))
        return self._components[0], shifted

    def _made(self, k: int, n: int) -> RateMarginal:
        if self._mixing.nodes is None:
            shapes = self._mixing.shapes
            return BetaMarginal(float(shapes.first) + k, float(shapes.second) + (n - k))
        return RateMarginal(self._components, n, k, self._mixing.error, lambda: self._shared_lattice.line(n, k))

    @cached_property
    def _components(self) -> tuple[Components, ...]:
        """The distribution of a new rate, by every second node and by all nodes."""
        nodes, shapes_at = self._mixing.nodes, self._mixing.shapes_at
        if nodes is None:
            return (Components.at_shapes(self._mixing.shapes),)
        parts = (nodes.every_second((0,) * len(nodes.t)), nodes)
        return tuple(Components.at(shapes_at, part) for part in parts)

    @cached_property
    def _shared_lattice(self) -> SharedLattice:
        k, n = self._mixing.data
        return SharedLattice(self._components[0], n, k)
