"""A structure and its inputs as a JAX function of the flat unconstrained vector, for any sampler that JAX can run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from pplcompare.models.errors import BackendUnavailable, UnsupportedModel, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import log_choose
from pplcompare.models.structure import Structure

if TYPE_CHECKING:
    import jax
    from pplcompare.backends.jax_terms import Known

_MEND: Final = "pip install jax"
_MEND_X64: Final = "call jax.config.update('jax_enable_x64', True), or set JAX_ENABLE_X64=1, before any array is made"


def jax_target(structure: Structure, inputs: Inputs) -> Callable[[jax.Array], jax.Array]:
    """Return the log density as a compiled JAX function that knows nothing but its data.

    It can stand inside `jax.jit`, `jax.grad` and `jax.vmap`. Near the ends of a support nothing cancels: logarithms of
    a rate and of its distance to 1 come from the logit. Log binomial coefficients are computed once, here.

    Parameters
    ----------
    structure, inputs
        The model and its numbers.

    Returns
    -------
    x (dimension,) -> scalar
        Both float64. `x` holds the canonical unconstrained coordinates, log(x - low) or logit((x - low)/(high - low)),
        variable by variable in the structure's order, plates element by element. The value has all constants and the
        log Jacobian; it is -inf where a positive variable overflows, NaN where `x` is. The function raises `UsageError`
        for an array of another type or shape.

    Raises
    ------
    BackendUnavailable
        If JAX cannot be imported or computes in 32 bits.
    UnsupportedModel
        For a distribution that is not in the table.
    """
    try:
        import jax
    except ImportError as error:
        raise BackendUnavailable(f"cannot be imported: {error}", where="jax", mend=_MEND) from error
    if not jax.config.jax_enable_x64:
        raise BackendUnavailable("JAX computes in 32 bits", where="jax", mend=_MEND_X64)
    density = _density(structure, inputs)
    dimension = sum(1 if v.plate is None else inputs.sizes[v.plate] for v in structure.variables)

    def log_density(x: jax.Array) -> jax.Array:
        import jax.numpy as jnp

        coordinates = jnp.asarray(x)
        if coordinates.dtype != np.float64:
            raise UsageError("must be of float64", where="x", seen=str(coordinates.dtype), mend=_MEND_X64)
        if coordinates.shape != (dimension,):
            mend = "take jax.vmap for many points"
            raise UsageError(f"must have the shape ({dimension},)", where="x", seen=coordinates.shape, mend=mend)
        value = density(coordinates)
        beyond = jnp.isnan(value) & ~jnp.any(jnp.isnan(coordinates))
        return jnp.where(beyond, -jnp.inf, value)

    compiled: Callable[[jax.Array], jax.Array] = jax.jit(log_density)
    return compiled


def _density(structure: Structure, inputs: Inputs) -> Callable[[jax.Array], jax.Array]:
    """Return the same function without its guards."""
    import jax.numpy as jnp
    from pplcompare.backends.jax_terms import LOG_DENSITIES, Known, placed

    for item in structure.random:
        if (kind := type(item.distribution).__name__) not in LOG_DENSITIES:
            raise UnsupportedModel("distribution not in JAX's table", where=item.name, seen=kind)
    supports = structure.supports(inputs)
    # NumPy's arrays: those of JAX would be of 32 bits for ever if its switch stood otherwise here.
    data = {name: Known(np.asarray(value, dtype=np.float64)) for name, value in inputs.values.items()}
    constant = _log_coefficients(structure, inputs)

    def density(x: jax.Array) -> jax.Array:
        known: dict[str, Known] = dict(data)
        total, start = jnp.asarray(constant), 0
        for variable in structure.variables:
            size = 1 if variable.plate is None else inputs.sizes[variable.plate]
            part = x[start] if variable.plate is None else x[start : start + size]
            known[variable.name] = place = placed(part, supports[variable.name])
            total += jnp.sum(place.log_slope)
            start += size
        for item in structure.random:
            shape = () if item.plate is None else (inputs.sizes[item.plate],)
            arguments = [known[str(name)] for name in item.distribution.arguments.values()]
            terms = LOG_DENSITIES[type(item.distribution).__name__](known[item.name], *arguments)
            total += jnp.sum(jnp.broadcast_to(terms, shape))
        return total

    return density


def _log_coefficients(structure: Structure, inputs: Inputs) -> float:
    """Return the sum of the log binomial coefficients of all observed counts."""
    from pplcompare.backends.jax_terms import COUNTS

    return math.fsum(
        coefficient
        for item in structure.observed
        if type(item.distribution).__name__ in COUNTS
        for coefficient in log_choose(
            inputs.counts[str(item.distribution.arguments["trials"])], inputs.observed[item.name]
        ).tolist()
    )
