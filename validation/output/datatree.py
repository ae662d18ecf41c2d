"""A fit as ArviZ wants it: an `xarray.DataTree` with labelled groups."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pplcompare.backends.fit import Fit
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import xarray as xr


def to_datatree(structure: Structure, inputs: Inputs, fit: Fit, attributes: dict[str, Any]) -> xr.DataTree:
    """Return posterior, sampler statistics, observed and constant data, with the groups' names as coordinates.

    Parameters
    ----------
    attributes
        Stored with the posterior: model, backend, seed and the like.
    """
    # Brings xarray and pandas, which nothing needs before the first fit is back.
    import arviz_base

    dims = {item.name: [item.plate] for item in (*structure.random, *structure.inputs) if item.plate is not None}
    with warnings.catch_warnings():
        # It guesses that few draws are chains; ours are (chain, draw).
        warnings.filterwarnings("ignore", message="Found chain dimension to be longer than draw dimension")
        tree: xr.DataTree = arviz_base.from_dict(
            {
                "posterior": dict(fit.draws),
                "sample_stats": dict(fit.statistics),
                "observed_data": dict(inputs.observed),
                "constant_data": {**inputs.counts, **inputs.constants},
            },
            coords={inputs.plate: list(inputs.groups)},
            dims=dims,
        )
    tree["posterior"].attrs.update({**attributes, "pplcompare_version": version("pplcompare")})
    return tree
