"""The comparisons that every check is made of: draws that became normal scores, shares or series, against limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.critical_values import limit, size_to_enter, too_few
from pplcompare.validation.checks.effective import Chains, ess_of_mean, ess_of_quantile
from pplcompare.validation.checks.result import CheckResult, Outcome, compared
from pplcompare.validation.checks.scores import (
    CHI_SQUARE_SKEWNESS,
    pooled_variance_score,
    proportion_score,
    skewed_score,
    variance_score,
)

# Independent draws may seem to be worth a little more than they are.
_ANTITHETIC: Final = 1.1


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A statistic of draws that is a standard normal score, about, if the sampler is right.

    Attributes
    ----------
    kind
        The kind whose limits it has.
    ess
        The effective number of `draws`.
    size
        The size that enters its limit; None for `ess`.
    error
        The standard error of what was estimated.
    counts_as
        The kind that gives the comparison its level; empty for `kind`.
    """

    check: str
    subject: str
    kind: str
    score: float
    ess: float
    draws: int
    detail: str
    size: float | None = None
    error: float = math.nan
    counts_as: str = ""

    def judged(self, level: float) -> CheckResult:
        """Compare the score with its limit at a level, if the draws are enough for one."""
        size = self.ess if self.size is None else self.size
        if too_few(self.kind, size, self.ess, self.draws):
            return not_tested(self.check, self.subject, f"{self.ess:.0f} effective draws of {self.draws} are too few")
        detail = self.detail
        if self.ess > _ANTITHETIC * self.draws:
            worth = f"{self.ess:.0f} effective of {self.draws} draws"
            detail += f"; {worth}: antithetic, and conservative where ArviZ caps the size"
        entered = float(size_to_enter(size, self.ess, self.draws))
        most = math.nan if math.isnan(size) else limit(self.kind, level, entered)
        kind = self.counts_as or self.kind
        return compared(self.check, self.subject, self.score, most, detail, kind=kind, size=entered, error=self.error)


def moment_results(
    label: str, score: Chains, level: float, counts_as: tuple[str, str] = ("mean", "variance")
) -> list[CheckResult]:
    """Test mean and variance of normal scores (chain, draw).

    Parameters
    ----------
    counts_as
        The kinds that give the two comparisons their level.
    """
    squares = score**2
    mean, variance = float(score.mean()), float(squares.mean())
    ess, ess_of_squares = ess_of_mean(score), ess_of_mean(squares)
    return [
        _Statistic(
            "mean of z",
            label,
            "mean",
            mean * math.sqrt(ess),
            ess,
            score.size,
            f"mean {mean:+.3f} sd off",
            error=1.0 / math.sqrt(ess),
            counts_as=counts_as[0],
        ).judged(level),
        _Statistic(
            "variance of z",
            label,
            "variance",
            float(variance_score(variance, ess_of_squares)),
            ess_of_squares,
            score.size,
            f"variance {variance:.3f} times the exact one",
            error=math.sqrt(2.0 / ess_of_squares),
            counts_as=counts_as[1],
        ).judged(level),
    ]


def proportion_result(
    check: str,
    label: str,
    below: NDArray[np.bool_],
    q: float,
    ess: float,
    level: float,
    source: str = "",
    counts_as: str = "proportion",
) -> CheckResult:
    """Test the share of draws for which something holds whose exact probability is `q`.

    Parameters
    ----------
    counts_as
        The kind that gives the comparison its level.
    """
    share = float(below.mean())
    score = float(proportion_score(share, q, ess))
    detail = "; ".join(filter(None, (f"{share:.4f} of the draws, expected {q:.4f}", source)))
    size = ess * min(q, 1.0 - q)
    found = _Statistic(check, label, "proportion", score, ess, below.size, detail, size, counts_as=counts_as)
    return found.judged(level)


def below_quantile(q: float) -> str:
    """Return the name of the comparison of the share of draws below the exact quantile `q`."""
    return f"P(below exact {100 * q:g} % quantile)"


def quantile_result(label: str, probability: Chains, q: float, level: float) -> CheckResult:
    """Test the share of draws below the exact quantile `q`.

    The ESS is that of the draws' own quantile: a share far from `q`, or of none, has no ESS that could be trusted.
    """
    return proportion_result(below_quantile(q), label, probability <= q, q, ess_of_quantile(probability, q), level)


def pooled_results(label: str, scores: Float, level: float) -> list[CheckResult]:
    """Test normal scores (group, chain, draw) of a whole plate.

    Draw by draw the mean over groups, and that of squares, is a series whose spread nobody knows, since groups share
    hyper-parameters: it is estimated from the series itself. Sizes of groups are never added.
    """
    mean, square = scores.mean(axis=0), (scores**2).mean(axis=0)
    ess, ess_of_squares = ess_of_mean(mean), ess_of_mean(square)
    error = float(mean.std(ddof=1)) / math.sqrt(ess)
    spread = float(pooled_variance_score(square.mean(), square.std(ddof=1), ess_of_squares))
    means = (float(mean.mean()), float(square.mean()))
    return [
        _Statistic(
            "mean of z",
            label,
            "pooled mean",
            means[0] / error,
            ess,
            mean.size,
            f"{means[0]:+.4f}, expected 0",
            error=error,
        ).judged(level),
        _Statistic(
            "variance of z",
            label,
            "pooled variance",
            spread,
            ess_of_squares,
            mean.size,
            f"{means[1]:.4f}, expected 1",
            error=float(square.std(ddof=1)) / means[1] / math.sqrt(ess_of_squares),
        ).judged(level),
    ]


def product_result(
    label: str, name: str, score: Chains, ranked: Chains, level: float, counts_as: str = "product"
) -> CheckResult:
    """Test that normal scores (chain, draw) do not depend on a function of other variables.

    The statistic is the slope of the scores on h, in its standard deviation given h, of which only the autocorrelation
    of the products is estimated, without the slope itself. So its tails, measured for `critical_values`, are the same
    whatever the law of the function is.

    Parameters
    ----------
    ranked : (chain, draw)
        h, the normal scores of the function's ranks (`rank_scores`).
    counts_as
        The kind that gives the comparison its level.
    """
    check = f"product with {name}"
    if not ranked.any():
        return not_tested(check, label, f"{name} is the same in all draws")
    square = float((ranked * ranked).mean())
    slope = float((score * ranked).mean()) / square
    ess = ess_of_mean((score - slope * ranked) * ranked)
    error = 1.0 / math.sqrt(square * ess)
    detail = f"slope {slope:+.4f}, expected 0"
    found = _Statistic(
        check, label, "product", slope / error, ess, score.size, detail, error=error, counts_as=counts_as
    )
    return found.judged(level)


def skewed_result(
    label: str, offset: float, skewness: float, ess: float, level: float, draws: int, source: str
) -> CheckResult:
    """Test the mean of a quantity whose exact mean, sd and skewness are known; `offset` is in sd."""
    score = float(skewed_score(offset, skewness, ess))
    # Limits of variances were measured at the skewness of a chi-square variable. A mean of a more skewed quantity is as
    # skewed as a variance of fewer draws.
    size = ess * min(1.0, (CHI_SQUARE_SKEWNESS / max(abs(skewness), CHI_SQUARE_SKEWNESS)) ** 2)
    detail = f"mean {offset:+.3f} sd off; {source}"
    error = 1.0 / math.sqrt(ess)
    found = _Statistic("mean", label, "variance", score, ess, draws, detail, size, error=error, counts_as="derived")
    return found.judged(level)


def not_tested(check: str, subject: str, reason: str) -> CheckResult:
    """Return that a comparison could not be made, and why."""
    return CheckResult(check, subject, math.nan, math.nan, Outcome.NOT_TESTED, reason)
