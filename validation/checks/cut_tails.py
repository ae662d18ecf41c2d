"""Tails of one quantity: shares of draws below exact quantiles, and the smallest tail whose loss they find.

Draws that never come to the outer tail of probability c have the share (q - c) / (1 - c) below the exact q quantile. Of
shares the arcsine of the root has the standard error 1 / (2 sqrt(ESS)), whatever the share is (Anscombe 1948, "The
transformation of Poisson, binomial and negative-binomial data"). So a loss is found where that arcsine falls by the
limit and the margin of the power, in these units. The outermost share that is tested at an end finds the smallest one.
An estimated size near the least one that is tested may be below it in other draws of the same sampler. So what is found
is told by the outermost share whose size is beyond that by a margin.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from pplcompare.validation.checks.comparisons import quantile_result
from pplcompare.validation.checks.critical_values import LEAST_ESS, LEAST_SIZE
from pplcompare.validation.checks.detectable import MARGIN
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.result import CheckResult

QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

_SURELY: Final = 1.3
"""Times the least size and the least ESS that are tested: what has as much is tested in other draws, too."""


def tail_results(label: str, probability: Chains, level: float) -> list[CheckResult]:
    """Test the shares of draws below all `QUANTILES`; the outermost surely tested one at each end tells what it finds.

    An end that has none tells that nothing is found for certain.

    Parameters
    ----------
    probability : (chain, draw)
        The exact CDF at the draws.
    level
        False-alarm probability of each comparison.
    """
    results = [quantile_result(label, probability, q, level) for q in QUANTILES]
    middle = len(QUANTILES) // 2
    for end in (range(middle + 1), range(len(QUANTILES) - 1, middle - 1, -1)):
        tested = [at for at in end if math.isfinite(results[at].limit)]
        sure = [at for at in tested if _is_surely_tested(results[at].size, _share(at))]
        if sure:
            q, result = _share(sure[0]), results[sure[0]]
            results[sure[0]] = replace(result, finds=least_cut(q, result.limit, result.size / q))
        elif tested:
            results[tested[-1]] = replace(results[tested[-1]], finds=math.inf)
    return results


def least_cut(q: float, limit: float, ess: float) -> float:
    """Return the least probability of an outer tail without draws that the share below the q quantile finds.

    It is infinite where no draws at all below the quantile are within the limit.
    """
    angle = math.asin(math.sqrt(q)) - (limit + MARGIN) / (2.0 * math.sqrt(ess))
    left = math.sin(angle) ** 2
    return (q - left) / (1.0 - left) if angle > 0.0 else math.inf


def _share(at: int) -> float:
    """Return the exact share of draws between a quantile and the nearer end."""
    return min(QUANTILES[at], 1.0 - QUANTILES[at])


def _is_surely_tested(size: float, share: float) -> bool:
    return size >= _SURELY * LEAST_SIZE and size / share >= _SURELY * LEAST_ESS
