"""A fit as ArviZ wants it: an `xarray.DataTree` with labelled groups."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.study.simulated import Simulated

if TYPE_CHECKING:
    import xarray as xr

type Attributes = Mapping[str, str | int | float]

_SAMPLED: Final = ("posterior", "sample_stats")
_DRAWN: Final = (*_SAMPLED, "posterior_predictive", "prior", "prior_predictive")
_COMPRESSED: Final = ("posterior_predictive", "prior_predictive")


def to_datatree(
    structure: Structure,
    inputs: Inputs,
    fit: Fit,
    attributes: Attributes,
    *,
    simulated: Simulated | None = None,
    library: Attributes | None = None,
) -> xr.DataTree:
    """Return all that is known of a fit, in ArviZ's groups, with the groups' names as coordinates.

    Posterior, sampler statistics, observed and constant data are always there; counts to come, and what was drawn from
    the prior, where they were simulated.

    Parameters
    ----------
    attributes
        Stored with the posterior: model, backend, seed and the like.
    simulated
        What the backend simulated beside the fit.
    library
        Stored with every group that was drawn, from `library_attributes`.
    """
    # Brings xarray and pandas, which nothing needs before the first fit is back.
    import arviz_base

    kept = Simulated() if simulated is None else simulated
    groups: dict[str, Mapping[str, Any] | None] = {
        "posterior": dict(fit.draws),
        "sample_stats": dict(fit.statistics),
        "posterior_predictive": kept.posterior_predictive,
        "prior": kept.prior,
        "prior_predictive": kept.prior_predictive,
        "observed_data": dict(inputs.observed),
        "constant_data": {**inputs.counts, **inputs.constants},
    }
    drawn = {name: dict(library or {}) for name in _DRAWN if groups[name] is not None}
    for name in _SAMPLED:
        drawn[name] |= _seconds(fit)
    ours: Attributes = {**attributes, "pplcompare_version": version("pplcompare")}
    drawn["posterior"] |= {**ours, **({"without_prior": kept.without_prior} if kept.without_prior else {})}
    dims = {item.name: [item.plate] for item in (*structure.random, *structure.inputs) if item.plate is not None}
    tree: xr.DataTree = arviz_base.from_dict(
        {name: group for name, group in groups.items() if group is not None},
        coords={inputs.plate: list(inputs.groups)},
        dims=dims,
        attrs=drawn,
        check_conventions=False,  # a fit knows its dimensions: more chains than draws are no mistake
    )
    return tree


def library_attributes(backend: str, status: Status, settings: NUTSSettings, fit: Fit) -> dict[str, str | int | float]:
    """Return ArviZ's attributes of what drew: the library, its version, and how long it adapted.

    The library is the one that the backend is called after, else the first of its versions that is not ours, where
    others registered it. Draws without any statistic of a sampler are taken to be independent: nothing adapted.
    """
    told = [library for library in status.versions if library != "pplcompare" or not status.registered]
    name = backend if backend in status.versions else next(iter(told), backend)
    found: dict[str, str | int | float] = {"inference_library": name}
    if name in status.versions:
        found["inference_library_version"] = status.versions[name]
    return found | ({"tuning_steps": settings.warmup} if fit.statistics else {})


def compression(tree: xr.DataTree) -> dict[str, dict[str, dict[str, object]]]:
    """Return how the counts of a tree are written: few different ones take an eighth of the place, or less."""
    packed: dict[str, object] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    return {
        f"/{group}": {str(name): dict(packed) for name in tree[group].data_vars}
        for group in _COMPRESSED
        if group in tree
    }


def _seconds(fit: Fit) -> dict[str, float]:
    """Return the wall seconds of warm-up and sampling together, where they are known."""
    return {} if fit.timing.run is None else {"sampling_time": fit.timing.run.wall}
