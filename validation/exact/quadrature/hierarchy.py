"""What the exact answers cover, recognised by structure: latents on a plate, data, scalar hyper-parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Observed, Variable
from pplcompare.validation.exact.quadrature.conjugate_pair import ConjugatePair, Latent
from pplcompare.validation.exact.quadrature.hyperparameter import Hyperparameter, Value
from pplcompare.validation.exact.quadrature.update import Shapes

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hierarchy[S: Shapes]:
    """Latents with one distribution, whose arguments are numbers or hyper-parameters.

    Attributes
    ----------
    latent
        The latents.
    form
        How the arguments of their distribution become shapes.
    """

    latent: Variable
    form: Latent[S]
    hyperparameters: tuple[Hyperparameter, ...]

    @property
    def proper(self) -> bool:
        """Whether every prior integrates to one."""
        return all(item.prior.proper for item in self.hyperparameters)

    def directions(self, step: Sequence[float]) -> tuple[float, float]:
        """Return how the shapes move when the logs of the hyper-parameters change by `step`."""
        steps = dict(zip((item.name for item in self.hyperparameters), step, strict=True))
        one, other = (steps.get(str(argument), 0.0) for argument in self.latent.distribution.arguments.values())
        return self.form.directions(one, other)

    def shapes(self, u: Sequence[Float]) -> S:
        """Return the shapes of the latents' distribution at the hyper-parameters' unbounded coordinates."""
        values = {item.name: item.value(at) for item, at in zip(self.hyperparameters, u, strict=True)}
        one, other = (
            values[argument] if isinstance(argument, str) else Value(np.array(argument), np.array(1.0 - argument))
            for argument in self.latent.distribution.arguments.values()
        )
        return self.form.shapes(one, other)


def hierarchy[S: Shapes](model: Model, pair: ConjugatePair[S]) -> Hierarchy[S]:
    """Recognise the structure of a model.

    Raises
    ------
    UnsupportedModel
        If it is not a latent of the pair on a plate that feeds one observation of the pair, or if the distribution of
        the latent depends on more than two hyper-parameters or on any whose prior is not made of numbers.
    """

    def unsupported(what: str, seen: object) -> UnsupportedModel:
        mend = f"samplers still run it; an exact answer needs {pair.observed.covered}"
        return UnsupportedModel(what, where=f"exact answer of {model.name}", seen=seen, mend=mend)

    observed = [item for item in model.items if isinstance(item, Observed)]
    variables = {item.name: item for item in model.items if isinstance(item, Variable)}
    inputs = {item.name for item in model.items if isinstance(item, Input)}
    if len(observed) != 1:
        raise unsupported("needs exactly one observation", len(observed))
    kind, role = pair.observed.distribution, pair.observed.latent
    arguments = observed[0].distribution.arguments if isinstance(observed[0].distribution, kind) else {}
    latent = variables.get(str(arguments.get(role, "")))
    if latent is None or arguments.get(pair.observed.known) not in inputs:
        raise unsupported(f"the observation must be a {kind.__name__} whose {role} is a variable", str(observed[0]))
    if latent.plate is None or latent.plate != observed[0].plate:
        raise unsupported(f"the {role} must live on the plate of the observation", latent.plate)
    form = pair.latent.get(type(latent.distribution))
    if form is None:
        names = " or ".join(kind.__name__ for kind in pair.latent)
        raise unsupported(f"the {role} must be {names}", str(latent.distribution))
    used = dict.fromkeys(value for value in latent.distribution.arguments.values() if isinstance(value, str))
    hyperparameters = [variable for variable in variables.values() if variable.name in used]
    if others := [name for name in variables if name not in used and name != latent.name]:
        raise unsupported(f"variables that do not feed the {role}", tuple(others))
    for variable in hyperparameters:
        if variable.plate is not None:
            raise unsupported("hyper-parameters must be scalar", variable.name)
        if any(isinstance(value, str) for value in variable.distribution.arguments.values()):
            raise unsupported("a hyper-parameter's prior must be made of numbers", str(variable.distribution))
    return Hierarchy(latent, form, tuple(Hyperparameter(item.name, item.distribution) for item in hyperparameters))
