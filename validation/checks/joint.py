"""Do rates belong to the hyper-parameters of their own draw? Conditional scores against an exact law without tables.

Given the hyper-parameters of the same draw, the rate of each group has a distribution in closed form. Its normal
scores s_g are, if the draws are right, N(0, 1), independent of each other and of the hyper-parameters. Rates of one
draw beside hyper-parameters of another keep every marginal and every relation among rates, but not that.

- S = sum s_g / sqrt(G) is N(0, 1), and T = sum s_g^2 is chi-square with G degrees of freedom, and becomes its normal
  score. Both spreads are known, and groups that are correlated show there, without hyper-parameters too.
- S and T do not depend on any function of the hyper-parameters (`product_result`). Scores of groups of which the data
  tell little depend on wrong hyper-parameters most: W weights them by sqrt(c / (c + n_g)), c the median of the
  concentration. Given the hyper-parameters these weights are constants, and W is N(0, 1) like S.
- One group apart hardly moves W. The product of s_g and the logit mean shows it.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.fit import Draws
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.comparisons import moment_results, not_tested, product_result
from pplcompare.validation.checks.effective import Chains
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.result import CheckResult, with_detail
from pplcompare.validation.checks.rounding import Grid, cells_of
from pplcompare.validation.checks.scores import rank_scores, tail_scores
from pplcompare.validation.exact import ExactPosterior
from pplcompare.validation.exact.beta_binomial.derived import DERIVED
from pplcompare.validation.exact.quadrature.law import Cells
from scipy import special

Float = NDArray[np.float64]

DRAWN_HERE: Final = "rates drawn here, given the backend's hyper-parameters: tests our draws only"

# The kinds of the mean and the variance of each series of all groups.
_MOMENTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "sum": ("conditional mean", "conditional variance"),
        "squares": ("conditional squares mean", "conditional squares variance"),
    }
)
# The kinds of the products of such series and functions of the hyper-parameters.
_PRODUCTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("weighted sum", "logit mean"): "sum x logit mean",
        ("weighted sum", "log concentration"): "sum x log concentration",
        ("squares", "log concentration"): "squares x log concentration",
    }
)
_GROUP_FUNCTION: Final = "logit mean"
_SEED: Final = 20_261_128


@dataclass(frozen=True)
class JointScores:
    """The conditional scores of one fit.

    Attributes
    ----------
    labels
        The names of the rates, in order.
    scores : (group, chain, draw)
        The scores s_g.
    weights : (group,)
        The weights of groups in W.
    functions
        Name -> (chain, draw), the normal scores of the ranks of functions of the hyper-parameters; none without them.
    scalars
        The names of the hyper-parameters.
    """

    labels: tuple[str, ...]
    scores: Float
    weights: Float
    functions: Mapping[str, Chains]
    scalars: tuple[str, ...]

    @cached_property
    def normal(self) -> dict[str, Chains]:
        """The series of all groups (chain, draw), each N(0, 1): S, T by its normal score, and W."""
        groups = len(self.scores)
        total = np.einsum("gcd->cd", self.scores) / math.sqrt(groups)
        squares = np.einsum("gcd,gcd->cd", self.scores, self.scores)
        half = 0.5 * groups
        weighted = np.einsum("g,gcd->cd", self.weights / math.sqrt(self.weights @ self.weights), self.scores)
        score = tail_scores(special.gammainc(half, 0.5 * squares), special.gammaincc(half, 0.5 * squares))
        return {"sum": total, "squares": score, "weighted sum": weighted}


def planned_joint(structure: Structure, inputs: Inputs) -> Counter[str]:
    """Return how many comparisons of each kind `joint_results` makes at most."""
    scalars = sum(variable.plate is None for variable in structure.variables)
    groups = sum(inputs.sizes[variable.plate] for variable in structure.variables if variable.plate is not None)
    planned = Counter(kind for kinds in _MOMENTS.values() for kind in kinds)
    if scalars:
        planned.update({**dict.fromkeys(_PRODUCTS.values(), 1), "sum x hyper-parameter": scalars})
        planned["group x logit mean"] = groups
    return planned


def joint_scores(
    exact: ExactPosterior, draws: Draws, marginal: Sequence[Chains], grids: Mapping[str, Sequence[Grid | None]]
) -> JointScores:
    """Return the conditional scores of draws.

    Parameters
    ----------
    marginal
        The normal scores (chain, draw) of the rates by those marginal distributions that are known well enough: without
        hyper-parameters they are conditional.
    grids
        By the name of a rate the grid of each of its chains that was rounded; the others are of full precision.
    """
    rate, n = draws[exact.plate_variable], exact.counts.trials
    labels = _labels(exact)
    if not exact.scalars:
        return JointScores(labels, np.stack(marginal), np.ones(len(marginal)), {}, ())
    shapes = exact.shapes_at({name: draws[name] for name in exact.scalars})
    rng = np.random.default_rng([_SEED, zlib.crc32(np.ascontiguousarray(rate[:, :, 0]).tobytes())])
    scores = np.empty((n.size, *rate.shape[:2]))
    for group, label in enumerate(labels):
        chains = rate[:, :, group]
        cells = cells_of(chains, grids.get(label, ()))
        scores[group] = tail_scores(*exact.conditional_tails(shapes, chains, Cells(*cells), group, rng))
    concentration = float(np.median(shapes.total))
    derived = {name: np.broadcast_to(DERIVED[name].value(shapes), rate.shape[:2]) for _, name in _PRODUCTS}
    functions = {**{name: draws[name] for name in exact.scalars}, **derived}
    ranked = {name: rank_scores(values) for name, values in functions.items()}
    return JointScores(labels, scores, np.sqrt(concentration / (concentration + n)), ranked, exact.scalars)


def joint_results(
    exact: ExactPosterior,
    draws: Draws,
    marginal: Sequence[Chains],
    grids: Mapping[str, Sequence[Grid | None]],
    levels: Levels,
    note: str,
) -> list[CheckResult]:
    """Test the joint law: pooled statistics first, then single ones.

    Parameters
    ----------
    marginal, grids
        See `joint_scores`.
    levels
        False-alarm probability of each comparison, by kind.
    note
        What is to be said of every result; may be empty.
    """
    if not exact.scalars and not marginal:
        return [not_tested("mean of z", _label("sum"), "no exact distribution of a rate is known well enough")]
    joint = joint_scores(exact, draws, marginal, grids)
    results = [*pooled_joint_results(joint, levels), *single_joint_results(joint, levels)]
    return with_detail(results, note)


def joint_left_out(exact: ExactPosterior, reason: str) -> list[CheckResult]:
    """Return that the joint law was not tested, and why: a result for each that `joint_results` has."""
    moments = [(check, _label(which)) for which in _MOMENTS for check in ("mean of z", "variance of z")]
    products: list[tuple[str, str]] = []
    if exact.scalars:
        pairs = [*_PRODUCTS, *(("weighted sum", name) for name in exact.scalars)]
        products += [(f"product with {name}", _label(which)) for which, name in pairs]
        products += [(f"product with {_GROUP_FUNCTION}", f"conditional score of {label}") for label in _labels(exact)]
    return [not_tested(check, subject, reason) for check, subject in (*moments, *products)]


def pooled_joint_results(joint: JointScores, levels: Levels) -> list[CheckResult]:
    """Test mean and variance of S and T, and the products that say most."""
    results: list[CheckResult] = []
    for which, kinds in _MOMENTS.items():
        results += moment_results(_label(which), joint.normal[which], levels.of(kinds[0]), kinds)
    if joint.functions:
        results += [
            product_result(_label(which), name, joint.normal[which], joint.functions[name], levels.of(kind), kind)
            for (which, name), kind in _PRODUCTS.items()
        ]
    return results


def single_joint_results(joint: JointScores, levels: Levels) -> list[CheckResult]:
    """Test the product of W with each hyper-parameter, and those of each group's scores with the logit mean."""
    if not joint.functions:
        return []
    which, kind = "weighted sum", "sum x hyper-parameter"
    results = [
        product_result(_label(which), name, joint.normal[which], joint.functions[name], levels.of(kind), kind)
        for name in joint.scalars
    ]
    h, kind = joint.functions[_GROUP_FUNCTION], f"group x {_GROUP_FUNCTION}"
    for label, score in zip(joint.labels, joint.scores, strict=True):
        results.append(
            product_result(f"conditional score of {label}", _GROUP_FUNCTION, score, h, levels.of(kind), kind)
        )
    return results


def _labels(exact: ExactPosterior) -> tuple[str, ...]:
    return tuple(f"{exact.plate_variable}[{group}]" for group in exact.counts.groups)


def _label(which: str) -> str:
    return f"conditional scores, {which} over groups"
