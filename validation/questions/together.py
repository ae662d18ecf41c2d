"""Components with rates of their own, from one hierarchy: how often all fail, by how strongly they hang together.

Given the mean mu of the hierarchy, rates are independent, each with this mean, and so all m components fail with
probability mu^m, whatever the spread of the rates about their mean. What is not known is mu: the probability is E mu^m,
and two failures correlate by Var(mu) / (E mu (1 - E mu)). For mu of a Beta(a, b) that is 1 / (a + b + 1), and the
probability is the one of `all_fail`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.exact.exact import ExactPosterior
from pplcompare.validation.questions.question_documents import TogetherDocument
from pplcompare.validation.questions.redundant import all_fail, checked_components, checked_mean


@dataclass(frozen=True, slots=True, eq=False)
class FailingTogether:
    """The probability that all components fail, by the correlation of two failures.

    Attributes
    ----------
    components
        The number m of components.
    mean
        The probability that one component fails.
    correlation
        The correlation of the failures of two components, ascending from independent components, (row,).
    probability
        The probability that all fail, (row,).
    kinds
        What the components of each row have in common, where they come from a posterior: nothing, one hierarchy (with
        rates of their own), or one rate; empty where the correlations were given.
    """

    components: int
    mean: float
    correlation: Float
    probability: Float
    kinds: tuple[str, ...] = ()

    @property
    def ratio(self) -> Float:
        """How many times more probable it is than for independent components, (row,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(self.probability / np.float64(self.mean) ** self.components)

    def to_dict(self) -> TogetherDocument:
        """Return all attributes as lists and numbers by name."""
        return {
            "components": self.components,
            "mean": self.mean,
            "correlation": self.correlation.tolist(),
            "probability": self.probability.tolist(),
            "kinds": list(self.kinds),
        }


def failing_together(mean: float, components: int, correlation: Sequence[float] | Float) -> FailingTogether:
    """Return how often all components fail, for a common mean of their rates that has a Beta distribution.

    Parameters
    ----------
    mean
        The probability that one component fails, between 0 and 1.
    components
        The number m of components.
    correlation
        The correlations of two failures, from 0 (independent) to 1 (all or none), (row,).

    Raises
    ------
    UsageError
        If a number cannot be used.
    """
    rho = np.asarray(correlation, dtype=np.float64)
    if rho.ndim != 1 or rho.size == 0 or not np.all((rho >= 0.0) & (rho <= 1.0)):
        raise UsageError("numbers from 0 to 1 are needed", where="correlation", seen=rho.tolist())
    m = checked_components(components)
    return FailingTogether(m, checked_mean(mean), rho, all_fail(mean, rho, m))


KINDS: Final = ("nothing", "one hierarchy", "one rate")
"""What the components of `failing_together_of` have in common, least first."""


def failing_together_of(answer: ExactPosterior, components: int) -> FailingTogether:
    """Return how often all of m new components fail, exactly from a posterior, for three kinds of components.

    Independent components fail with the probability of one alone. Components with rates of their own share the
    hierarchy, which is not known exactly. Components with one common rate share that as well.

    Parameters
    ----------
    answer
        An exact posterior; before the data, `answer.before_the_data()`.
    components
        The number m of components.

    Raises
    ------
    UsageError
        If the number cannot be used.
    AccuracyError
        If an expectation could not be certified.
    """
    m = checked_components(components)

    def expected(f: Callable[[Float], Float]) -> float:
        """Return the expectation of a function of mu."""

        def at(values: Mapping[str, Float]) -> Float:
            shapes = answer.shapes_at(values)
            return f(np.asarray(shapes.first / shapes.total))

        return answer.expectation(at)

    mean = expected(lambda mu: mu)
    variances = 0.0, expected(lambda mu: (mu - mean) ** 2), answer.new_group().sd ** 2
    probability = [mean**m, expected(lambda mu: mu**m), answer.failure(None, m)]
    correlation = np.array(variances) / (mean * (1.0 - mean))
    return FailingTogether(m, mean, correlation, np.array(probability), KINDS)
