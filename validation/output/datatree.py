"""A fit as ArviZ wants it: an `xarray.DataTree` with labelled groups."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from pplcompare.backends.fit import Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import xarray as xr


def to_datatree(structure: Structure, inputs: Inputs, fit: Fit, attributes: Mapping[str, str | int]) -> xr.DataTree:
    """Return posterior, sampler statistics, observed and constant data, with the groups' names as coordinates.

    Parameters
    ----------
    attributes
        Stored with the posterior: model, backend, seed and the like.
    """
    # Brings xarray and pandas, which nothing needs before the first fit is back.
    import arviz_base

    dims = {item.name: [item.plate] for item in (*structure.random, *structure.inputs) if item.plate is not None}
    tree: xr.DataTree = arviz_base.from_dict(
        {
            "posterior": dict(fit.draws),
            "sample_stats": dict(fit.statistics),
            "observed_data": dict(inputs.observed),
            "constant_data": {**inputs.counts, **inputs.constants},
        },
        coords={inputs.plate: list(inputs.groups)},
        dims=dims,
        check_conventions=False,  # a fit knows its dimensions: more chains than draws are no mistake
    )
    tree["posterior"].attrs.update({**attributes, "pplcompare_version": version("pplcompare")})
    return tree
