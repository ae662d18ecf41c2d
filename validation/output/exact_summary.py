"""An exact posterior as plain data: what ``pplcompare exact``, the report and `results.json` show of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.quadrature.marginal import Marginal

QUANTILES: Final = (0.03, 0.5, 0.97)
DETAILED: Final = 100
"""Of how many groups, the first, quantiles and probabilities are computed; of the others only mean and sd."""
COMPONENTS: Final = 5
"""How many redundant components must fail together in the column ``P(all 5 fail)``."""


_DERIVED: Final = {"alpha": "shape 1", "beta": "shape 2", "mean": "mean", "concentration": "concentration"}


def exact_summary(exact: ExactPosterior) -> dict[str, Any]:
    """Return what is known exactly, with the evidence of its error.

    Each quantity has mean and sd, and where they make sense the 3 %, 50 % and 97 % quantiles, the probability that the
    rate lies below the observed share, and the probability that five redundant components with this rate all fail,
    E rate^5. Moments that do not exist are called infinite, what misses the required accuracy "not certified".
    Beyond the first hundred groups there are mean and sd of every rate, in columns under ``more_groups``.
    """
    plate, counts = exact.plate_variable, exact.counts
    quantities = {name: _marginal(exact.marginal(name)) for name in exact.scalars}
    for index, group in enumerate(counts.groups[:DETAILED]):
        marginal = exact.marginal(plate, index)
        shown = _marginal(marginal) | {"all_fail": _certified(exact.failure, index, COMPONENTS)}
        if counts.trials[index]:
            observed = np.array([counts.successes[index] / counts.trials[index]])
            shown["below_observed"] = _certified(lambda of, at: float(of.cdf(at)[0]), marginal, observed)
        quantities[f"{plate}[{group}]"] = shown
    quantities[f"{plate} of a new group"] = _new_group(exact)
    if exact.log_evidence is not None:
        quantities[f"{plate} before the data"] = _new_group(exact_posterior(exact.model, Counts(["none"], [0], [0])))
    for name, moments in exact.derived().items() if exact.scalars else ():
        if name not in _given(exact):
            quantities[f"{name} of {plate}"] = {"mean": moments.mean, "sd": moments.sd}
    evidence = "undefined (improper prior)" if exact.log_evidence is None else exact.log_evidence
    summary: dict[str, Any] = plain({"log_evidence": evidence, "error": asdict(exact.error), "quantities": quantities})
    if len(counts.groups) > DETAILED:
        mean, sd = (values[DETAILED:].tolist() for values in exact.rate_moments())
        summary["more_groups"] = {"group": list(counts.groups[DETAILED:]), "mean": mean, "sd": sd}
    return summary


def error_sentence(error: Mapping[str, Any]) -> str:
    """Return how well an exact answer is known, for people."""
    if error["closed_form"]:
        return "closed form"
    nodes = " x ".join(f"{count} {name}" for name, count in error["nodes"].items())
    found = ", ".join(f"{name} {size:.1g}" for name, size in error["differences"].items())
    return f"{nodes} nodes; largest differences: {found}; required: {error['tolerance']:g}"


def plain(tree: Any) -> Any:
    """Return the tree with numbers that JSON does not know as words."""
    if isinstance(tree, Mapping):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [plain(value) for value in tree]
    if hasattr(tree, "tolist"):
        return plain(tree.tolist())
    if isinstance(tree, float) and not math.isfinite(tree):
        return "undefined" if math.isnan(tree) else "infinite" if tree > 0 else "-infinite"
    return tree


def _given(exact: ExactPosterior) -> set[str]:
    """Return which derived quantities are hyper-parameters themselves, and so are shown already."""
    rate = next(v for v in exact.model.structure.variables if v.name == exact.plate_variable)
    arguments = {argument: value for argument, value in rate.distribution.arguments.items() if value in exact.scalars}
    return {_DERIVED[argument] for argument in arguments}


def _new_group(exact: ExactPosterior) -> dict[str, Any]:
    return _marginal(exact.new_group()) | {"all_fail": _certified(exact.failure, None, COMPONENTS)}


def _marginal(marginal: Marginal) -> dict[str, Any]:
    quantiles = _certified(marginal.quantile, np.array(QUANTILES))
    each = [quantiles] * len(QUANTILES) if isinstance(quantiles, str) else quantiles.tolist()
    return {
        "mean": _certified(lambda: marginal.mean),
        "sd": _certified(lambda: marginal.sd),
        "quantiles": {f"{100 * q:g} %": x for q, x in zip(QUANTILES, each, strict=True)},
    }


def _certified[**P, T](value: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | str:
    try:
        return value(*args, **kwargs)
    except AccuracyError:
        return "not certified"
