"""A structure as a PyMC model; shared by every backend that samples PyMC models."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.cache import cache_folder
from pplcompare.backends.counts_of_32_bits import require_32_bits
from pplcompare.backends.pymc_counts import OBSERVED, observe
from pplcompare.backends.python_names import python_names
from pplcompare.backends.sufficient_density import LIKELIHOODS, NAMES, TABLE, definitions
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.marginal.rewrite import log_choose
from pplcompare.models.structure import Observed, Structure, Variable

if TYPE_CHECKING:
    import pymc as pm

DISTRIBUTIONS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "Beta": ("Beta", {"alpha": "alpha", "beta": "beta"}),
    "BetaProportion": ("Beta", {"mu": "mean", "nu": "concentration"}),
    "Gamma": ("Gamma", {"alpha": "shape", "beta": "rate"}),
    "InverseGamma": ("InverseGamma", {"alpha": "shape", "beta": "scale"}),
    "Exponential": ("Exponential", {"lam": "rate"}),
    "LogNormal": ("LogNormal", {"mu": "mu", "sigma": "sigma"}),
    "HalfNormal": ("HalfNormal", {"sigma": "scale"}),
    "HalfCauchy": ("HalfCauchy", {"beta": "scale"}),
    "HalfStudentT": ("HalfStudentT", {"nu": "df", "sigma": "scale"}),
    "Uniform": ("Uniform", {"lower": "low", "upper": "high"}),
    "Pareto": ("Pareto", {"alpha": "shape", "m": "scale"}),
    # A flat prior that is weighted by hand; the exponent goes into the potential.
    "PowerLaw": ("HalfFlat", {}),
    "Binomial": ("Binomial", {"n": "trials", "p": "probability"}),
    "BetaBinomial": ("BetaBinomial", {"n": "trials", "alpha": "alpha", "beta": "beta"}),
    **TABLE,
}
"""Our distribution -> PyMC's or a likelihood of ours, and its arguments -> ours."""

_LOG_2: Final = math.log(2.0) - float(np.log(np.float32(2.0)))

MISSING: Final[Mapping[str, float]] = {"HalfCauchy": _LOG_2, "HalfStudentT": _LOG_2}
"""What PyMC's log density lacks for each element: it takes the logarithm of its integer 2 in 32 bits."""


def pymc_environment() -> dict[str, str]:
    """Return where PyTensor keeps what it compiles: in our cache, not in the user's home."""
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    folder = f"base_compiledir={cache_folder() / 'pytensor'}"
    return {"PYTENSOR_FLAGS": f"{flags},{folder}" if flags else folder}


def pymc_model(
    structure: Structure,
    sizes: Mapping[str, int],
    *,
    forward: bool = False,
    elements: Mapping[str, Sequence[str]] | None = None,
) -> pm.Model:
    """Return the PyMC model; every input is a `pm.Data`, to be given its value later.

    So are the log binomial coefficients of observed counts: of data alone, they are computed once, not at every step.

    Parameters
    ----------
    forward
        The model is simulated, not sampled: all distributions are PyMC's own.
    elements
        The names of each plate's elements, which become its coordinates; by default they are numbered.
    """
    import pymc as pm
    import pytensor.tensor as pt

    numbered = {plate: range(size) for plate, size in sizes.items()}
    with pm.Model(coords=numbered if elements is None else elements) as model:
        known: dict[str, Any] = {name: pm.Data(name, value) for name, value in _placeholders(structure, sizes).items()}
        for item in structure.random:
            kind = type(item.distribution).__name__
            theirs, arguments = _entry(item)
            given = item.distribution.arguments
            options: dict[str, Any] = {name: known[str(given[ours])] for name, ours in arguments.items()}
            if not isinstance(item, Variable):
                zeros = np.zeros(sizes[str(item.plate)], dtype=_type(structure, item.name))
                options["observed"] = pm.Data(_data_name(item.name), zeros)
            if theirs in LIKELIHOODS:
                likelihood = LIKELIHOODS[theirs](pt, options.pop("observed"), **options)
                pm.Potential(item.name, likelihood, dims=item.plate)
                continue
            if theirs in OBSERVED and not forward:
                constant = pm.Data(_constant_name(item.name), np.zeros(sizes[str(item.plate)]))
                observe(item.name, theirs, options, constant, dims=item.plate)
                continue
            variable = getattr(pm, theirs)(item.name, dims=item.plate, **options)
            if kind == "PowerLaw":
                pm.Potential(_prior_name(item.name), -known[str(given["exponent"])] * pt.log(variable))
            if kind in MISSING:
                pm.Potential(_constant_name(item.name), np.float64(MISSING[kind]) + 0.0 * variable)
            known[item.name] = variable
    return model


def pymc_data(structure: Structure, inputs: Inputs) -> dict[str, float | NDArray[Any]]:
    """Return the values of all `pm.Data` of `pymc_model` by name.

    Raises
    ------
    UnsupportedModel
        For a count that does not fit into PyMC's 32 bits.
    """
    require_32_bits(structure, inputs, "PyMC")
    observed = {_data_name(item.name): inputs.observed[item.name] for item in structure.observed}
    constants = {
        _constant_name(item.name): log_choose(
            inputs.counts[str(item.distribution.arguments["trials"])], inputs.observed[item.name]
        )
        for item in structure.observed
        if _entry(item)[0] in OBSERVED
    }
    return {**inputs.constants, **inputs.counts, **observed, **constants}


def pymc_source(structure: Structure, inputs: Inputs) -> str:
    """Return a PyMC program with the numbers in place, in PyMC's own words throughout; its density is `pymc_model`'s.

    Raises
    ------
    UnsupportedModel
        For a count that does not fit into PyMC's 32 bits, or a distribution that is not in the table.
    """
    pymc_data(structure, inputs)
    names = python_names([item.name for item in structure.random], ("np", "pm", "pt", "model", "range", *NAMES))
    plates = ", ".join(f"{plate!r}: range({size})" for plate, size in inputs.sizes.items())
    lines = ["import numpy as np", "import pymc as pm"]
    if own := definitions([_entry(item)[0] for item in structure.random]):
        lines += ["import pytensor.tensor as pt", *own]
    lines += ["", f"with pm.Model(coords={{{plates}}}) as model:"]
    values = {name: f"np.float64({value!r})" for name, value in inputs.constants.items()}
    values |= {name: f"np.array({counts.tolist()!r})" for name, counts in inputs.counts.items()}
    values |= names
    for item in structure.random:
        theirs, arguments = _entry(item)
        given = item.distribution.arguments
        words = [f"{name}={values[str(given[ours])]}" for name, ours in arguments.items()]
        if theirs in LIKELIHOODS:
            call = f"{theirs}(pt, np.array({inputs.observed[item.name].tolist()!r}), {', '.join(words)})"
            lines.append(f"    pm.Potential({item.name!r}, {call}, dims={item.plate!r})")
            continue
        words = [repr(item.name), *words]
        if item.plate is not None:
            words.append(f"dims={item.plate!r}")
        if not isinstance(item, Variable):
            words.append(f"observed=np.array({inputs.observed[item.name].tolist()!r})")
        lines.append(f"    {names[item.name]} = pm.{theirs}({', '.join(words)})")
        if "exponent" in given:
            weight = f"-{values[str(given['exponent'])]} * pm.math.log({names[item.name]})"
            lines.append(f"    pm.Potential({_prior_name(item.name)!r}, {weight})")
        kind = type(item.distribution).__name__
        if kind in MISSING:
            constant = f"np.float64({MISSING[kind]!r}) + 0.0 * {names[item.name]}"
            lines.append(f"    pm.Potential({_constant_name(item.name)!r}, {constant})")
    return "\n".join(lines) + "\n"


def _entry(item: Variable | Observed) -> tuple[str, Mapping[str, str]]:
    kind = type(item.distribution).__name__
    if kind not in DISTRIBUTIONS:
        raise UnsupportedModel("distribution not in PyMC's table", where=item.name, seen=kind)
    return DISTRIBUTIONS[kind]


# No item of a specification has a name that starts with an underscore.
def _data_name(observed: str) -> str:
    return f"_{observed}_data"


def _prior_name(variable: str) -> str:
    return f"_{variable}_prior"


def _constant_name(variable: str) -> str:
    return f"_{variable}_constant"


def _type(structure: Structure, name: str) -> type[np.int64 | np.float64]:
    return np.float64 if name in structure.amounts else np.int64


def _placeholders(structure: Structure, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Valid values of the right type and shape: PyMC evaluates starting points while it builds."""
    uses = {str(name): argument for item in structure.random for argument, name in item.distribution.arguments.items()}
    return {
        item.name: np.float64({"low": 0.0, "mean": 0.5}.get(uses[item.name], 1.0))
        if item.plate is None
        else np.ones(sizes[item.plate], dtype=_type(structure, item.name))
        for item in structure.inputs
    }
