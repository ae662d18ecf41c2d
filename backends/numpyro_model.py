"""A structure as a NumPyro model: a function of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

DISTRIBUTIONS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "Beta": ("Beta", {"concentration1": "alpha", "concentration0": "beta"}),
    "BetaProportion": ("BetaProportion", {"mean": "mean", "concentration": "concentration"}),
    "Gamma": ("Gamma", {"concentration": "shape", "rate": "rate"}),
    "Uniform": ("Uniform", {"low": "low", "high": "high"}),
    "Pareto": ("Pareto", {"scale": "scale", "alpha": "shape"}),
    # A flat prior that is weighted by hand; the exponent goes into a factor.
    "PowerLaw": ("ImproperUniform", {}),
    "Binomial": ("Binomial", {"total_count": "trials", "probs": "probability"}),
}
"""Our distribution -> NumPyro's, and NumPyro's arguments -> ours."""


def numpyro_model(structure: Structure, sizes: Mapping[str, int]) -> Callable[[Mapping[str, Any]], None]:
    """Return a NumPyro model of one argument: the values of all inputs by name, and of observations if there are."""
    for item in structure.random:
        kind = type(item.distribution).__name__
        if kind not in DISTRIBUTIONS:
            raise UnsupportedModel("distribution not in NumPyro's table", where=item.name, seen=kind)

    def model(values: Mapping[str, Any]) -> None:
        import jax.numpy as jnp
        import numpyro
        import numpyro.distributions as dist
        from numpyro.distributions import constraints

        known: dict[str, Any] = dict(values)
        for item in structure.random:
            kind, given = type(item.distribution).__name__, item.distribution.arguments
            theirs, arguments = DISTRIBUTIONS[kind]
            options: dict[str, Any] = {name: known[str(given[ours])] for name, ours in arguments.items()}
            if kind == "PowerLaw":
                options = {"support": constraints.positive, "batch_shape": (), "event_shape": ()}
            distribution = getattr(dist, theirs)(**options)
            if item.plate is not None:
                distribution = distribution.expand([sizes[item.plate]])
            observed = None if isinstance(item, Variable) else values.get(item.name)
            known[item.name] = numpyro.sample(item.name, distribution, obs=observed)
            if kind == "PowerLaw":
                numpyro.factor(f"{item.name}_prior", -known[str(given["exponent"])] * jnp.log(known[item.name]))

    return model


def numpyro_values(inputs: Inputs) -> dict[str, Any]:
    """Return the model's argument: float64 scalars and int64 arrays."""
    return {name: np.asarray(value) for name, value in inputs.values.items()}


def numpyro_source(structure: Structure, inputs: Inputs) -> str:
    """Return a NumPyro program with the numbers in place."""
    lines = [
        "import jax.numpy as jnp",
        "import numpyro",
        "import numpyro.distributions as dist",
        "",
        "numpyro.enable_x64()",
        "",
        "",
        "def model():",
    ]
    values = {name: repr(value) for name, value in inputs.constants.items()}
    values |= {name: f"jnp.array({counts.tolist()!r})" for name, counts in inputs.counts.items()}
    for item in structure.random:
        theirs, arguments = DISTRIBUTIONS[type(item.distribution).__name__]
        given = item.distribution.arguments
        words = [f"{name}={values.get(str(given[ours]), given[ours])}" for name, ours in arguments.items()]
        if "exponent" in given:
            words = ["dist.constraints.positive, (), ()"]
        call = f"dist.{theirs}({', '.join(words)})"
        if item.plate is not None:
            call += f".expand([{inputs.sizes[item.plate]}])"
        observed = "" if isinstance(item, Variable) else f", obs=jnp.array({inputs.observed[item.name].tolist()!r})"
        lines.append(f"    {item.name} = numpyro.sample({item.name!r}, {call}{observed})")
        if "exponent" in given:
            exponent = values[str(given["exponent"])]
            lines.append(f"    numpyro.factor('{item.name}_prior', -{exponent} * jnp.log({item.name}))")
    return "\n".join(lines) + "\n"
