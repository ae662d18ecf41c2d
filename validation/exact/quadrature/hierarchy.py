"""What the exact answers cover, recognised by structure: Beta rates on a plate, counts, scalar hyper-parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.distribution import Distribution
from pplcompare.models.distributions import Beta, BetaProportion
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.interval import Interval
from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Observed, Variable
from pplcompare.validation.exact.beta_binomial.likelihood import Shapes

Float = NDArray[np.float64]

_SMALLEST: Final = 1e-282
# Of a log density: a square in it may overflow, and infinite values have no differences.
_LOWEST: Final = -1e300


@dataclass(frozen=True, slots=True)
class Value:
    """Values of an argument, with 1 - x computed without cancellation where x is near 1."""

    x: Float
    complement: Float


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A scalar variable with a prior, in the unbounded coordinate u of its own support."""

    name: str
    prior: Distribution

    @property
    def support(self) -> Interval:
        """The support of the prior."""
        return self.prior.support(self._numbers)

    @property
    def tail_index(self) -> float:
        """Return t such that prior moment r exists if and only if r < t."""
        return self.prior.tail_index(self._numbers)

    @property
    def _numbers(self) -> list[float]:
        return [float(value) for value in self.prior.arguments.values()]

    def value(self, u: Float) -> Value:
        """Return the variable at `u`."""
        low, high = self.support.low, self.support.high
        if math.isinf(low):
            return Value(u, 1.0 - u)
        if math.isinf(high):
            x = low + np.exp(u)
            return Value(x, 1.0 - x)
        below, above = _logistic(u), _logistic(-u)
        return Value(low + (high - low) * below, (1.0 - high) + (high - low) * above)

    def log_density(self, u: Float) -> Float:
        """Return the log density of u: that of the prior plus log dx/du."""
        at, support = self.value(u), self.support
        if math.isinf(support.low):
            return self._log_prior(at)
        if math.isinf(support.high):
            return self._log_prior(at) + u
        size = np.abs(u)
        return self._log_prior(at) + (math.log(support.high - support.low) - size - 2.0 * np.log1p(np.exp(-size)))

    def _log_prior(self, at: Value) -> Float:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            direct = _log_density(self.prior, at.x)
            mirror = MIRRORED.get(type(self.prior))
            if mirror is None:
                return direct
            # Near 1 the density must be written in 1 - x, which x itself no longer tells.
            return np.where(at.x > 0.5, _log_density(mirror(*self._numbers), at.complement), direct)


def _log_density(prior: Distribution, x: Float) -> Float:
    terms = prior.log_terms(x, [np.asarray(value) for value in prior.arguments.values()])
    return np.maximum(sum(terms, np.zeros(())), _LOWEST)


MIRRORED: Mapping[type[Distribution], Callable[[float, float], Distribution]] = {
    Beta: lambda alpha, beta: Beta(beta, alpha),
    BetaProportion: lambda mean, concentration: BetaProportion(1.0 - mean, concentration),
}
"""The distribution of 1 - x for priors on (0, 1) that are not flat there."""


def _logistic(u: Float) -> Float:
    return np.asarray(np.exp(-np.logaddexp(0.0, -u)))


def _from_shapes(alpha: Value, beta: Value) -> Shapes:
    first, second = np.maximum(alpha.x, _SMALLEST), np.maximum(beta.x, _SMALLEST)
    return Shapes(first, second, first + second, _log_share(first, second), _log_share(second, first))


def _log_share(part: Float, other: Float) -> Float:
    """Return log(part / (part + other)), also where the ratio of the two is beyond float64."""
    with np.errstate(over="ignore"):
        ratio = other / part
    return np.where(np.isfinite(ratio), -np.log1p(ratio), np.log(part) - np.log(other))


def _from_mean(mean: Value, concentration: Value) -> Shapes:
    share, other = np.maximum(mean.x, _SMALLEST), np.maximum(mean.complement, _SMALLEST)
    total = np.maximum(concentration.x, _SMALLEST)
    first, second = np.maximum(share * total, _SMALLEST), np.maximum(other * total, _SMALLEST)
    return Shapes(first, second, total, np.log(share), np.log(other))


SHAPES: Mapping[type[Distribution], Callable[[Value, Value], Shapes]] = {Beta: _from_shapes, BetaProportion: _from_mean}
"""How the two arguments of a rate's distribution become shapes."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Rates with one distribution, whose arguments are numbers or hyper-parameters."""

    rate: Variable
    hyperparameters: tuple[Hyperparameter, ...]

    @property
    def proper(self) -> bool:
        """Whether every prior integrates to one."""
        return all(item.prior.proper for item in self.hyperparameters)

    def directions(self, step: Sequence[float]) -> tuple[float, float]:
        """Return by how much the logs of the two shapes change when those of the hyper-parameters change by `step`."""
        steps = dict(zip((item.name for item in self.hyperparameters), step, strict=True))
        moved = [steps.get(str(argument), 0.0) for argument in self.rate.distribution.arguments.values()]
        if isinstance(self.rate.distribution, BetaProportion):
            return moved[1], moved[1]
        return moved[0], moved[1]

    def shapes(self, u: Sequence[Float]) -> Shapes:
        """Return the shapes of the rates' distribution at the hyper-parameters' unbounded coordinates."""
        values = {item.name: item.value(at) for item, at in zip(self.hyperparameters, u, strict=True)}
        arguments = [
            values[argument] if isinstance(argument, str) else Value(np.array(argument), np.array(1.0 - argument))
            for argument in self.rate.distribution.arguments.values()
        ]
        return SHAPES[type(self.rate.distribution)](*arguments)


def hierarchy(model: Model) -> Hierarchy:
    """Recognise the structure of a model.

    Raises
    ------
    UnsupportedModel
        If it is not a Beta variable on a plate that feeds one observed Binomial, or if the distribution of that
        variable depends on more than two hyper-parameters or on any whose prior is not made of numbers.
    """
    observed = [item for item in model.items if isinstance(item, Observed)]
    variables = {item.name: item for item in model.items if isinstance(item, Variable)}
    inputs = {item.name for item in model.items if isinstance(item, Input)}
    if len(observed) != 1:
        raise _unsupported("needs exactly one observation", model, len(observed))
    arguments = observed[0].distribution.arguments
    rate = variables.get(str(arguments.get("probability", "")))
    if rate is None or arguments.get("trials") not in inputs:
        raise _unsupported(
            "the observation must be a Binomial whose probability is a variable", model, str(observed[0])
        )
    if rate.plate is None or rate.plate != observed[0].plate:
        raise _unsupported("the probability must live on the plate of the observation", model, rate.plate)
    if type(rate.distribution) not in SHAPES:
        raise _unsupported("the probability must be Beta or BetaProportion", model, str(rate.distribution))
    used = dict.fromkeys(value for value in rate.distribution.arguments.values() if isinstance(value, str))
    hyperparameters = [variable for variable in variables.values() if variable.name in used]
    if others := [name for name in variables if name not in used and name != rate.name]:
        raise _unsupported("variables that do not feed the probability", model, tuple(others))
    for variable in hyperparameters:
        if variable.plate is not None:
            raise _unsupported("hyper-parameters must be scalar", model, variable.name)
        if any(isinstance(value, str) for value in variable.distribution.arguments.values()):
            raise _unsupported("a hyper-parameter's prior must be made of numbers", model, str(variable.distribution))
    return Hierarchy(rate, tuple(Hyperparameter(item.name, item.distribution) for item in hyperparameters))


def _unsupported(what: str, model: Model, seen: object) -> UnsupportedModel:
    return UnsupportedModel(
        what,
        where=f"exact answer of {model.name}",
        seen=seen,
        mend="samplers still run it; an exact answer needs Beta rates on a plate that feed one Binomial",
    )
