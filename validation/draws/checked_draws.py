"""Draws of one's own sampler against the exact posterior, in one call.

For example a Metropolis sampler of both rates of ``campaigns``::

    import numpy as np
    import pplcompare as pc

    data, rng = pc.load("campaigns"), np.random.default_rng(1)
    n, k = data.trials, data.successes

    def log_density(x):  # of x = logit(rate), Jacobian included; the prior is Beta(2, 5)
        return -(2 + k) * np.logaddexp(0, -x) - (5 + n - k) * np.logaddexp(0, x)

    x, rates = rng.normal(-2, 0.5, (4, 2)), []  # four chains
    for _ in range(31_000):
        y = x + rng.normal(0, [0.5, 1.5], x.shape)
        x = np.where(np.log(rng.uniform(size=x.shape)) < log_density(y) - log_density(x), y, x)
        rates.append(1 / (1 + np.exp(-x)))

    checked = pc.check_draws(pc.exact_posterior(pc.independent(), data), {"rate": np.stack(rates[1000:], axis=1)})
    print(checked)

Without the Jacobian, that is with 1 + k and 4 + n - k, it fails.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import UsageError
from pplcompare.models.plain import plain
from pplcompare.models.shown_table import ShownTable, Tabular
from pplcompare.validation.checks.detectable import detectable, detectable_clauses
from pplcompare.validation.checks.effective import EffectiveSizes
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, ratio_to_limit
from pplcompare.validation.checks.traced import traced_labels, traced_quantities
from pplcompare.validation.checks.trust_drawing import trust_drawing
from pplcompare.validation.draws.labelled_draws import DrawsLike, labelled_draws
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.pictures.plots import PlotFigure, plotted_figure
from pplcompare.validation.pictures.trace import FitTrace
from pplcompare.validation.study.plan import FAMILY_LEVEL

_MOST_LINES: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class CheckedDraws(Tabular):
    """What draws say; true if they passed, and only then.

    Attributes
    ----------
    model
        The name of the model.
    report
        Gates and comparisons.
    sizes
        Effective numbers of draws by quantity; empty where a gate failed.
    level, comparisons
        Family-wise false-alarm probability, and how many comparisons share it at most.
    levels
        False-alarm probability of each comparison, by kind.
    notes
        What was taken for granted, and how draws were rounded.
    trace
        What pictures keep of the draws.
    """

    model: str
    report: CheckReport
    sizes: Mapping[str, EffectiveSizes]
    level: float
    comparisons: int
    levels: Levels
    notes: tuple[str, ...] = ()
    trace: FitTrace = field(default_factory=lambda: FitTrace("draws"))

    @property
    def outcome(self) -> Outcome:
        """The worst of all outcomes."""
        return self.report.outcome

    @property
    def passed(self) -> bool:
        """Whether `outcome` is *passed*: what is underpowered, not certified or not tested is not."""
        return self.outcome is Outcome.PASSED

    def __bool__(self) -> bool:
        return self.passed

    def raise_if_failed(self) -> None:
        """Raise unless the draws have passed: what is underpowered, not certified or not tested raises, too.

        Raises
        ------
        CheckNotPassed
            With the outcome and a table of what led to it.
        """
        self.report.raise_if_failed(self.headline.partition(":")[0])

    def plot(self) -> PlotFigure:
        """Draw the shares of draws below exact quantiles, with the limits of the checks, and means and spreads.

        ``report.plot()`` draws how near each kind of comparison came to its limit.

        Raises
        ------
        BackendUnavailable
            If matplotlib is missing.
        """
        return plotted_figure(trust_drawing(self.report, self.trace))

    @property
    def found(self) -> tuple[str, ...]:
        """The smallest errors that each comparison of a kind finds with 99 % power, a clause each."""
        return tuple(detectable_clauses([detectable(self.report.results)]))

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The failed comparisons and gates, the worst first."""
        return self.report.failures

    @property
    def headline(self) -> str:
        """The outcome in one line."""
        text = f"{self.model}: {self.outcome}, {self.report.comparisons} comparisons, family-wise level {self.level:g}"
        if left_out := self.report.of(Outcome.NOT_TESTED):
            text += f", {len(left_out)} not tested"
        if self.sizes:
            worst = min(self.sizes, key=lambda name: self.sizes[name].least)
            text += f", least ESS {self.sizes[worst].least:,.0f} ({worst})"
        return text

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data that JSON can hold."""
        found: dict[str, object] = plain(
            {
                "model": self.model,
                "outcome": self.outcome.value,
                "level": self.level,
                "comparisons": self.comparisons,
                "notes": list(self.notes),
                "ess": {name: asdict(sizes) for name, sizes in self.sizes.items()},
                "results": [{**asdict(result), "outcome": result.outcome.value} for result in self.report.results],
            }
        )
        return found

    def _shown(self) -> list[CheckResult]:
        """Return what a person should see: what is not passed, else the largest deviations."""
        bad = self.report.denied
        close = [result for result in self.report.of(Outcome.PASSED) if math.isfinite(result.limit)]
        return list(bad or sorted(close, key=ratio_to_limit, reverse=True)[:3])[:_MOST_LINES]

    def __repr__(self) -> str:
        return "\n  ".join([self.headline, *map(str, self._shown()), *self.notes])

    def _repr_html_(self) -> str:
        return _table_of(self.headline, self._shown(), self.notes).html()

    def _table(self) -> ShownTable:
        return _table_of(self.headline, self.report.results, ())


def _table_of(caption: str, results: Sequence[CheckResult], notes: Sequence[str]) -> ShownTable:
    columns: dict[str, list[object]] = {
        "check": [result.check for result in results],
        "of": [result.subject for result in results],
        "outcome": [str(result.outcome) for result in results],
        "statistic": [_finite(result.statistic) for result in results],
        "limit": [_finite(result.limit) for result in results],
        "detail": [result.detail for result in results],
    }
    return ShownTable(caption, columns, notes)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def check_draws(
    exact: ExactPosterior, draws: DrawsLike, level: float = FAMILY_LEVEL, *, where: str = "draws"
) -> CheckedDraws:
    """Check draws against an exact posterior: gates, then every variable in every group.

    Parameters
    ----------
    exact
        From `exact_posterior`.
    draws
        Name -> array (chain, draw) or (chain, draw, group), constrained, after warm-up; or an xarray dataset or an
        ArviZ tree, whose coordinates name the groups.
    level
        Probability that correct draws are called wrong: family-wise, over all comparisons.
    where
        What error messages call the draws.

    Raises
    ------
    DataError
        If a variable is missing or has another shape. What is wrong with the values is a result, not an error.
    """
    if not 0.0 < level < 1.0:
        raise UsageError("must lie between 0 and 1", where="level", seen=level)
    found, notes = labelled_draws(exact, draws, where)
    structure, inputs = exact.model.structure, exact.inputs
    chains, length = next(iter(found.values())).shape[:2]
    planned = planned_comparisons(structure, inputs)
    settings, levels = NUTSSettings(chains=chains, draws=length), Levels.weighted(level, planned)
    check = check_posterior(exact, structure, inputs, found, settings, levels)
    notes = (*notes, *check.report.notes)
    trace = FitTrace("draws")
    if check.sizes:  # the gates have let the draws through
        labels = traced_labels(exact, check.report.results)
        trace = FitTrace("draws", *traced_quantities(exact, found, check.report.results, labels))
    return CheckedDraws(exact.model.name, check.report, check.sizes, level, planned.total(), levels, notes, trace)


def check(answer: ExactPosterior, draws: DrawsLike, level: float = FAMILY_LEVEL) -> CheckedDraws:
    """Check draws against an exact posterior: `check_draws` by its short name.

    Parameters
    ----------
    answer
        From `exact` or `exact_posterior`.
    draws, level
        As of `check_draws`.

    Raises
    ------
    DataError
        If a variable is missing or has another shape. What is wrong with the values is a result, not an error.
    """
    return check_draws(answer, draws, level)
