"""A structure as a NumPyro model: a function of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from inspect import getsource
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from pplcompare.backends.python_names import python_names
from pplcompare.backends.sufficient_density import LIKELIHOODS, NAMES, TABLE, definitions
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

DISTRIBUTIONS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "Beta": ("dist.Beta", {"concentration1": "alpha", "concentration0": "beta"}),
    "BetaProportion": ("dist.BetaProportion", {"mean": "mean", "concentration": "concentration"}),
    "Gamma": ("dist.Gamma", {"concentration": "shape", "rate": "rate"}),
    "InverseGamma": ("dist.InverseGamma", {"concentration": "shape", "rate": "scale"}),
    "Exponential": ("dist.Exponential", {"rate": "rate"}),
    "LogNormal": ("dist.LogNormal", {"loc": "mu", "scale": "sigma"}),
    "HalfNormal": ("dist.HalfNormal", {"scale": "scale"}),
    "HalfCauchy": ("dist.HalfCauchy", {"scale": "scale"}),
    # NumPyro has none: this one is ours.
    "HalfStudentT": ("half_student_t", {"df": "df", "scale": "scale"}),
    "Uniform": ("dist.Uniform", {"low": "low", "high": "high"}),
    "Pareto": ("dist.Pareto", {"scale": "scale", "alpha": "shape"}),
    # A flat prior that is weighted by hand; the exponent goes into a factor.
    "PowerLaw": ("dist.ImproperUniform", {}),
    "Binomial": ("dist.Binomial", {"total_count": "trials", "probs": "probability"}),
    # NumPyro's own is not accurate: this one is ours.
    "BetaBinomial": (
        "BetaBinomial",
        {"concentration1": "alpha", "concentration0": "beta", "total_count": "trials"},
    ),
    **TABLE,
}
"""Our distribution -> NumPyro's (``dist`` is `numpyro.distributions`) or ours, and its arguments -> ours."""


_OWN: Final[Mapping[str, str]] = {
    "BetaBinomial": "pplcompare.backends.numpyro_beta_binomial",
    "half_student_t": "pplcompare.backends.numpyro_half_student_t",
}
"""The distributions of ours in that table -> their modules, which import the library."""


def numpyro_model(structure: Structure, sizes: Mapping[str, int]) -> Callable[[Mapping[str, Any]], None]:
    """Return a NumPyro model of one argument: the values of all inputs by name, and of observations if there are."""
    _check(structure)

    def model(values: Mapping[str, Any]) -> None:
        import jax.numpy as jnp
        import numpyro
        import numpyro.distributions as dist
        from numpyro.distributions import constraints

        constructors = SimpleNamespace(dist=dist, **_own(_OWN))
        known: dict[str, Any] = dict(values)
        for item in structure.random:
            kind, given = type(item.distribution).__name__, item.distribution.arguments
            theirs, arguments = DISTRIBUTIONS[kind]
            options: dict[str, Any] = {name: known[str(given[ours])] for name, ours in arguments.items()}
            if theirs in LIKELIHOODS:
                numpyro.factor(item.name, LIKELIHOODS[theirs](jnp, values[item.name], **options))
                continue
            if kind == "PowerLaw":
                options = {"support": constraints.positive, "batch_shape": (), "event_shape": ()}
            distribution = attrgetter(theirs)(constructors)(**options)
            if item.plate is not None:
                distribution = distribution.expand([sizes[item.plate]])
            observed = None if isinstance(item, Variable) else values.get(item.name)
            known[item.name] = numpyro.sample(item.name, distribution, obs=observed)
            if kind == "PowerLaw":
                numpyro.factor(f"_{item.name}_prior", -known[str(given["exponent"])] * jnp.log(known[item.name]))

    return model


def numpyro_values(inputs: Inputs) -> dict[str, Any]:
    """Return the model's argument: float64 scalars, arrays of counts in int64, of amounts in float64."""
    return {name: np.asarray(value) for name, value in inputs.values.items()}


def numpyro_source(structure: Structure, inputs: Inputs) -> str:
    """Return a NumPyro program with the numbers in place.

    Raises
    ------
    UnsupportedModel
        For a distribution that is not in the table.
    """
    _check(structure)
    names = python_names([item.name for item in structure.random], ("jnp", "numpyro", "dist", "model", *NAMES))
    lines = [
        "import jax",
        "import jax.numpy as jnp",
        "import numpyro",
        "import numpyro.distributions as dist",
        "",
        "numpyro.enable_x64()",
        "",
        "",
        *_own_distributions(structure),
        "def model():",
    ]
    values = {name: repr(value) for name, value in inputs.constants.items()}
    values |= {name: f"jnp.array({counts.tolist()!r})" for name, counts in inputs.counts.items()}
    values |= names
    for item in structure.random:
        theirs, arguments = DISTRIBUTIONS[type(item.distribution).__name__]
        given = item.distribution.arguments
        words = [f"{name}={values[str(given[ours])]}" for name, ours in arguments.items()]
        if "exponent" in given:
            words = ["dist.constraints.positive, (), ()"]
        if theirs in LIKELIHOODS:
            call = f"{theirs}(jnp, jnp.array({inputs.observed[item.name].tolist()!r}), {', '.join(words)})"
            lines.append(f"    numpyro.factor({item.name!r}, {call})")
            continue
        call = f"{theirs}({', '.join(words)})"
        if item.plate is not None:
            call += f".expand([{inputs.sizes[item.plate]}])"
        observed = "" if isinstance(item, Variable) else f", obs=jnp.array({inputs.observed[item.name].tolist()!r})"
        lines.append(f"    {names[item.name]} = numpyro.sample({item.name!r}, {call}{observed})")
        if "exponent" in given:
            exponent = values[str(given["exponent"])]
            lines.append(f"    numpyro.factor('_{item.name}_prior', -{exponent} * jnp.log({names[item.name]}))")
    return "\n".join(lines) + "\n"


def _check(structure: Structure) -> None:
    for item in structure.random:
        kind = type(item.distribution).__name__
        if kind not in DISTRIBUTIONS:
            raise UnsupportedModel("distribution not in NumPyro's table", where=item.name, seen=kind)


def _own_distributions(structure: Structure) -> list[str]:
    """Return the definitions of the distributions that NumPyro does not have as they are needed."""
    used = sorted({DISTRIBUTIONS[type(item.distribution).__name__][0] for item in structure.random})
    lines = definitions(used)
    for constructor in _own(used).values():
        lines += [*getsource(constructor).splitlines(), "", ""]
    return lines


def _own(names: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Return those of our distributions that are named; nothing of the library is imported for the others."""
    return {name: getattr(import_module(_OWN[name]), name) for name in names if name in _OWN}
