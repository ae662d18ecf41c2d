"""An exact posterior as entries of a database in posteriordb's format: data, model, posterior, reference draws."""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import scipy
from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.document import model_hash
from pplcompare.models.float_array import Float
from pplcompare.models.plain import plain
from pplcompare.validation.checks.diagnostics import rank_rhat
from pplcompare.validation.checks.effective import ess_of_bulk, ess_of_tail
from pplcompare.validation.pack.pack_documents import (
    AddedDocument,
    ChecksMade,
    DataInfo,
    DrawsDiagnostics,
    InferenceDocument,
    ModelInfo,
    PosteriorInfo,
    QuantilesDocument,
    ReferenceInfo,
)
from pplcompare.validation.target.target import Target

CHAINS: Final = 10
LENGTH: Final = 1000
"""Draws of each chain; posteriordb asks for 10,000 in all."""
PROBABILITIES: Final = (0.01, 0.03, 0.05, 0.25, 0.5, 0.75, 0.95, 0.97, 0.99)

_DRAWS: Final = "reference_posteriors/draws"
_SUMMARIES: Final = "reference_posteriors/summary_statistics"
_MOST_RHAT: Final = 1.01
_MOST_LAG: Final = 0.05
_STAN: Final = ">=2.26.0"
_COMMENTS: Final = (
    "Independent draws of the exact posterior: hyper-parameters by rejection with their density, rates from their "
    "conjugate laws given them. No Markov chain was run, so there are no divergent transitions and no energies. Means "
    "and quantiles are integrated, not estimated from the draws, and have no Monte Carlo error."
)


@dataclass(frozen=True, slots=True)
class ReferencePack:
    """The files of one posterior.

    Attributes
    ----------
    name
        The name of the posterior, ``DATA-MODEL``.
    files
        Path within a database -> content.
    """

    name: str
    files: Mapping[str, bytes]


def reference_pack(target: Target, data: str, seed: int, made_by: str) -> ReferencePack:
    """Return a posterior with 10,000 independent exact draws, its exact moments and quantiles, and how they were made.

    Parameters
    ----------
    data
        A name for the data, of letters, digits, ``_`` and ``-``.
    seed
        The seed of the draws; equal seeds give equal draws.
    made_by
        The name and version of the program.

    Raises
    ------
    AccuracyError
        If the exact answer could not be certified.
    """
    model = _model_name(target)
    names = _Names(posterior_name(target, data), f"{data}_{model}", model)
    added: AddedDocument = {"added_by": made_by, "added_date": date.today().isoformat()}
    recipe = _recipe(target, seed, made_by)
    draws = target.exact.simulate(CHAINS * LENGTH, np.random.default_rng(seed))
    chains = {
        name: (draws[variable] if group is None else draws[variable][:, group]).reshape(CHAINS, LENGTH)
        for name, (variable, group) in _elements(target).items()
    }
    program, values = target.stan()
    return ReferencePack(
        names.posterior,
        {
            f"data/data/{names.data}.json.zip": _zipped(names.data, values),
            f"data/info/{names.data}.info.json": _json(_data_info(target, names, added)),
            f"models/stan/{model}.stan": program.encode(),
            f"models/info/{model}.info.json": _json(_model_info(target, names, added)),
            f"posteriors/{names.posterior}.json": _json(_posterior_info(target, names, added)),
            f"{_DRAWS}/draws/{names.posterior}.json.zip": _zipped(
                names.posterior, [{name: chains[name][c].tolist() for name in chains} for c in range(CHAINS)]
            ),
            f"{_DRAWS}/info/{names.posterior}.info.json": _json(_info(names.posterior, recipe, added, chains)),
            **_summaries(target, names.posterior, _json(_info(names.posterior, recipe, added, None))),
        },
    )


def posterior_name(target: Target, data: str) -> str:
    """Return the name of the posterior of a target on data of this name: ``DATA-MODEL``."""
    return f"{data}-{_model_name(target)}"


@dataclass(frozen=True, slots=True)
class _Names:
    posterior: str
    data: str
    model: str


def _model_name(target: Target) -> str:
    """Return the name of a model, with its hash if its priors are not those of the family of that name."""
    name, digest = target.model.name, model_hash(target.model)
    usual = name in FAMILIES and model_hash(FAMILIES[name]()) == digest
    return name if usual else f"{name}_{digest[:8]}"


def _recipe(target: Target, seed: int, made_by: str) -> InferenceDocument:
    error = target.exact.error
    return {
        "method": "analytical",
        "method_arguments": {
            "program": made_by,
            "answer": "closed form" if error.closed_form else "certified quadrature of the hyper-parameters",
            "certified_error": None if error.closed_form else error.largest,
            "model_hash": model_hash(target.model),
            "seed": seed,
        },
    }


def _elements(target: Target) -> dict[str, tuple[str, int | None]]:
    """Return flat name -> variable and number of the group, None for what exists once; groups count from 1 in names."""
    found: dict[str, tuple[str, int | None]] = {}
    for variable in target.structure.variables:
        if variable.plate is None:
            found[variable.name] = variable.name, None
        else:
            groups = range(target.inputs.sizes[variable.plate])
            found |= {f"{variable.name}[{i + 1}]": (variable.name, i) for i in groups}
    return found


def _data_info(target: Target, names: _Names, added: AddedDocument) -> DataInfo:
    groups = target.counts.groups
    return {
        "name": names.data,
        "keywords": ["beta-binomial"],
        "title": f"Successes of {len(groups)} groups",
        "description": f"Trials and successes of the groups {', '.join(groups)}, in this order; constants of priors.",
        "urls": [],
        "references": [],
        "data_file": f"data/data/{names.data}.json",
        **added,
    }


def _model_info(target: Target, names: _Names, added: AddedDocument) -> ModelInfo:
    return {
        "name": names.model,
        "keywords": ["beta-binomial"],
        "title": f"Beta-binomial model, {target.model.name}",
        "description": "; ".join(f"{v.name} ~ {v.distribution}" for v in target.structure.variables),
        "urls": [],
        "references": [],
        "model_implementations": {"stan": {"model_code": f"models/stan/{names.model}.stan", "stan_version": _STAN}},
        **added,
    }


def _posterior_info(target: Target, names: _Names, added: AddedDocument) -> PosteriorInfo:
    sizes = target.inputs.sizes
    return {
        "name": names.posterior,
        "keywords": ["exact answer"],
        "model_name": names.model,
        "reference_posterior_name": names.posterior,
        "data_name": names.data,
        "dimensions": {v.name: 1 if v.plate is None else sizes[v.plate] for v in target.structure.variables},
        **added,
    }


def _info(
    name: str, inference: InferenceDocument, added: AddedDocument, chains: Mapping[str, Float] | None
) -> ReferenceInfo:
    found = None if chains is None else _diagnostics(chains)
    return {
        "name": name,
        "inference": inference,
        "diagnostics": found,
        "checks_made": None if found is None else _checks(found),
        "comments": _COMMENTS,
        **added,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    }


def _diagnostics(chains: Mapping[str, Float]) -> DrawsDiagnostics:
    return {
        "diagnostic_information": {"names": [*chains]},
        "ndraws": CHAINS * LENGTH,
        "nchains": CHAINS,
        "effective_sample_size_bulk": [ess_of_bulk(values) for values in chains.values()],
        "effective_sample_size_tail": [ess_of_tail(values) for values in chains.values()],
        "r_hat": [rank_rhat(values) for values in chains.values()],
        "divergent_transitions": None,
        "expected_fraction_of_missing_information": None,
        "mean_lag1_ac": [_lag(values) for values in chains.values()],
    }


def _lag(chains: Float) -> float:
    """Return the mean over chains of the autocorrelation of one draw with the next."""
    centred = chains - chains.mean(axis=1, keepdims=True)
    return float(np.mean((centred[:, 1:] * centred[:, :-1]).sum(axis=1) / np.square(centred).sum(axis=1)))


def _checks(found: DrawsDiagnostics) -> ChecksMade:
    sizes = [*found["effective_sample_size_bulk"], *found["effective_sample_size_tail"]]
    return {
        "ndraws_is_10k": found["ndraws"] == 10_000,
        "nchains_is_gte_4": found["nchains"] >= 4,
        "ess_within_bounds": bool(np.isfinite(sizes).all() and min(sizes) > 0),
        "r_hat_below_1_01": max(found["r_hat"]) < _MOST_RHAT,
        "efmi_above_0_2": None,
        "abs_mean_lag1_ac_below_0_05": max(map(abs, found["mean_lag1_ac"])) < _MOST_LAG,
    }


def _summaries(target: Target, name: str, info: bytes) -> dict[str, bytes]:
    """Return the exact moments and quantiles, each beside where it comes from."""
    names = [*_elements(target)]
    marginals = [target.exact.marginal(*element) for element in _elements(target).values()]
    means, sds = [m.mean for m in marginals], [m.sd for m in marginals]
    squares = [mean * mean + sd * sd for mean, sd in zip(means, sds, strict=True)]
    quantiles: QuantilesDocument = {
        "names": names,
        "probabilities": PROBABILITIES,
        "quantiles": [marginal.quantile(np.array(PROBABILITIES)).tolist() for marginal in marginals],
    }
    found = {
        "mean_value": {"names": names, "mean_value": _finite(means), "mcse_mean": None},
        "mean_value_squared": {"names": names, "mean_value_squared": _finite(squares), "mcse_mean_squared": None},
        "quantiles": quantiles,
    }
    files = {f"{_SUMMARIES}/{kind}/{kind}/{name}.json": _json(content) for kind, content in found.items()}
    return files | {f"{_SUMMARIES}/{kind}/info/{name}.info.json": info for kind in found}


def _finite(values: list[float]) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values]


def _json(content: object) -> bytes:
    return (json.dumps(plain(content), indent=2, allow_nan=False) + "\n").encode()


def _zipped(name: str, content: object) -> bytes:
    """Return an archive of one file of JSON; equal contents give equal archives."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(f"{name}.json", date_time=(1980, 1, 1, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, json.dumps(plain(content), allow_nan=False))
    return packed.getvalue()
