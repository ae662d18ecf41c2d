"""An exact posterior as plain data: what ``pplcompare exact``, the report and `results.json` show of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np
from pplcompare.models.errors import AccuracyError
from pplcompare.models.plain import plain
from pplcompare.validation.exact.answer_summary import answer_summary
from pplcompare.validation.exact.beta_binomial.derived import DERIVED
from pplcompare.validation.exact.exact_document import Answered, ErrorDocument, ExactDocument, QuantityDocument
from pplcompare.validation.exact.exact_words import percent
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.wanted import USUAL, Wanted

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

DETAILED: Final = 100
"""How many groups, the first, get quantiles and probabilities; the others, but for the ends, get only mean and sd."""
MANY: Final = 20
"""Of more groups than these people see only the ends in the order of their means."""
END: Final = 5
"""How many groups are at either end."""
COMPONENTS: Final = 5
"""How many redundant components must fail together in the column ``P(all 5 fail)``."""


_DERIVED: Final = {"alpha": "shape 1", "beta": "shape 2", "mean": "mean", "concentration": "concentration"}


def exact_summary(exact: ExactPosterior, wanted: Wanted = USUAL) -> ExactDocument:
    """Return what is known exactly, with the evidence of its error.

    Each quantity has mean and sd, and where they make sense its median and the quantiles at the ends of a central
    interval, by names such as ``3 %``, the probability that the rate lies below the observed share, and the probability
    that five redundant components with this rate all fail, E rate^5. Moments that do not exist are called infinite.
    Each number that misses the required accuracy is called "not certified", and a quantity that has none is missing;
    both are named under ``left_out``, with the reason. Beyond the first hundred groups there are mean and sd of every
    rate, in columns under ``more_groups``. Of many groups the rates with the highest and the lowest means are named
    under ``ends``, and are quantities wherever they stand in the data. Under ``answer`` stand comparison or ranking of
    the groups and the campaigns to come.

    Parameters
    ----------
    wanted
        The campaigns to come, and the probability of that central interval.

    Raises
    ------
    UsageError
        If the interval has no such probability.
    """
    answers = _Answers(wanted.levels)
    plate, counts = exact.plate_variable, exact.counts

    def name_of(index: int) -> str:
        return f"{plate}[{counts.groups[index]}]"

    for name in exact.scalars:
        answers.add_marginal(name, exact.marginal(name))
    highest, lowest = _ends(exact)
    for index in sorted({*range(min(DETAILED, len(counts.groups))), *highest, *lowest}):
        answers.add_rate(name_of(index), exact, index)
    answers.add_rate(f"{plate} of a new group", exact, None)
    if exact.log_evidence is not None:
        answers.add(f"{plate} before the data", lambda name: answers.add_rate(name, exact.before_the_data(), None))
    for quantity in DERIVED if exact.scalars else ():
        if quantity not in _given(exact):
            answers.add(f"{quantity} of {plate}", partial(answers.add_derived, exact, quantity))
    summary: ExactDocument = {
        "log_evidence": "undefined (improper prior)" if exact.log_evidence is None else exact.log_evidence,
        "error": cast("ErrorDocument", asdict(exact.error)),
        "quantities": answers.quantities,
        "left_out": answers.left_out,
    }
    if len(counts.groups) > DETAILED:
        mean, sd = (values[DETAILED:].tolist() for values in exact.rate_moments())
        summary["more_groups"] = {"group": list(counts.groups[DETAILED:]), "mean": mean, "sd": sd}
    if highest:
        between = len(counts.groups) - len(highest) - len(lowest)
        names = [[name_of(index) for index in end] for end in (highest, lowest)]
        summary["ends"] = {"highest": names[0], "lowest": names[1], "between": between}
    summary["answer"] = answer_summary(exact, answers.left_out, wanted)
    return plain(summary)


def _ends(exact: ExactPosterior) -> tuple[list[int], list[int]]:
    """Return the groups with the highest means and those with the lowest, the highest first; none of few groups."""
    if len(exact.counts.groups) <= MANY:
        return [], []
    order = exact.by_mean()
    return order[:END], order[-END:]


class _Answers:
    """Quantities with their numbers, and the reasons of those that are left out, both by name."""

    def __init__(self, levels: Sequence[float]) -> None:
        self.levels = levels
        self.quantities: dict[str, QuantityDocument] = {}
        self.left_out: dict[str, str] = {}

    def add(self, name: str, how: Callable[[str], None]) -> None:
        """Add a quantity, or the reason why it cannot be had."""
        try:
            how(name)
        except AccuracyError as error:
            self.left_out[name] = error.reason

    def add_marginal(self, name: str, marginal: Marginal) -> None:
        quantiles = self._certified(f"quantiles of {name}", lambda: marginal.quantile(np.array(self.levels)).tolist())
        each: Sequence[Answered] = quantiles if isinstance(quantiles, list) else [quantiles] * len(self.levels)
        self.quantities[name] = {
            "mean": self._certified(f"mean of {name}", lambda: marginal.mean),
            "sd": self._certified(f"sd of {name}", lambda: marginal.sd),
            "quantiles": {percent(q): x for q, x in zip(self.levels, each, strict=True)},
        }

    def add_rate(self, name: str, exact: ExactPosterior, group: int | None) -> None:
        marginal = exact.new_group() if group is None else exact.marginal(exact.plate_variable, group)
        self.add_marginal(name, marginal)
        all_fail = self._certified(f"P(all {COMPONENTS} fail) of {name}", lambda: exact.failure(group, COMPONENTS))
        self.quantities[name]["all_fail"] = all_fail
        if group is not None and exact.counts.trials[group]:
            observed = np.array([exact.counts.successes[group] / exact.counts.trials[group]])
            below = self._certified(f"P(< k/n) of {name}", lambda: float(marginal.cdf(observed)[0]))
            self.quantities[name]["below_observed"] = below

    def add_derived(self, exact: ExactPosterior, quantity: str, name: str) -> None:
        moments = exact.derived([quantity])[quantity]
        self.quantities[name] = {"mean": moments.mean, "sd": moments.sd}

    def _certified[T](self, name: str, value: Callable[[], T]) -> T | Literal["not certified"]:
        try:
            return value()
        except AccuracyError as error:
            self.left_out[name] = error.reason
            return "not certified"


def _given(exact: ExactPosterior) -> set[str]:
    """Return which derived quantities are hyper-parameters themselves, and so are shown already."""
    rate = next(v for v in exact.model.structure.variables if v.name == exact.plate_variable)
    arguments = {argument: value for argument, value in rate.distribution.arguments.items() if value in exact.scalars}
    return {_DERIVED[argument] for argument in arguments}
