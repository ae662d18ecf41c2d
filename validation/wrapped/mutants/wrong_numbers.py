"""Arithmetic that is not float64, or a function that is not accurate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.backends.protocol import LogDensity
from pplcompare.models.distributions import Beta, BetaBinomial
from pplcompare.validation.wrapped.mutants.mutation import Mutation, Question
from pplcompare.validation.wrapped.mutants.parts import everything
from pplcompare.validation.wrapped.mutants.wrong_model import data
from scipy import special

_LARGE: Final = 8.0
_ERROR: Final = 1.3e-6


def _in_float32(question: Question, found: LogDensity) -> LogDensity:
    """Round what goes in and what comes out: the least that float32 does."""
    points = {name: _float32(values) for name, values in question.points.items()}
    answer = everything(question._replace(points=points))
    return LogDensity(_float32(answer.value), {name: _float32(values) for name, values in answer.gradient.items()})


def _float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(np.float32).astype(np.float64)


def _shapes_in_8_bits(question: Question, found: LogDensity) -> LogDensity:
    """Wrap the sum of two shapes that are whole numbers: log Gamma of what is then negative."""
    value = found.value
    for variable in question.structure.variables:
        shapes = [question.inputs.constants.get(str(name)) for name in variable.distribution.arguments.values()]
        if isinstance(variable.distribution, Beta) and all(
            shape is not None and shape.is_integer() for shape in shapes
        ):
            total = sum(filter(None, shapes))
            value = value + special.gammaln((total + 128.0) % 256.0 - 128.0) - special.gammaln(total)
    return LogDensity(value, found.gradient)


def _counts_in_32_bits(question: Question, found: LogDensity) -> LogDensity:
    wrapped = data(lambda n, k: (n.astype(np.int32).astype(np.int64), k.astype(np.int32).astype(np.int64)))
    with np.errstate(invalid="ignore"):
        return everything(question._replace(inputs=wrapped(question.structure, question.inputs)))


def _betaln_error(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an error like that of a Stirling series cut short, which is used where an argument is at least 8."""
    largest = np.maximum(one, other)
    return np.where(largest >= _LARGE, _ERROR * (_LARGE / np.maximum(largest, _LARGE)) ** 3, 0.0)


def _with_betaln(question: Question, found: LogDensity) -> LogDensity:
    value = found.value
    for item in question.structure.observed:
        if isinstance(item.distribution, BetaBinomial):
            k = question.inputs.observed[item.name]
            n, first, second = question.inputs.arguments(item.distribution, item.plate, question.points)
            errors = _betaln_error(first + k, second + n - k) - _betaln_error(first, second)
            value = value + errors.sum(axis=1)
    return LogDensity(value, found.gradient)


NUMBERS: Final[Mapping[str, Mutation]] = {
    "float32": Mutation("the log density is computed in float32", "large", density=_in_float32),
    "int8-shapes": Mutation("whole shapes are added as 8-bit integers", "hundreds", density=_shapes_in_8_bits),
    "int32-counts": Mutation("counts are 32-bit integers", "billions", density=_counts_in_32_bits),
    "betaln": Mutation("log B(a, b) is 1.3e-6 off where max(a, b) > 8", "marginal", density=_with_betaln),
}
