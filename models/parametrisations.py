"""Other ways to write distributions: each is refused with what says the same here, in numbers where it has them.

Beta by mode and concentration: Kruschke (2015), Doing Bayesian Data Analysis, section 6.2.2. By mean and standard
deviation: Beta and Gamma of these moments, from Gelman et al. (2013), BDA3, appendix A.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pplcompare.models.distribution import Argument

type _Convert = Callable[[float, float], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class _Other:
    """A distribution by other arguments.

    Attributes
    ----------
    kind, words
        Its name here, and the names that each of its one or two arguments may have elsewhere, separated by blanks.
    formula
        What the arguments here are.
    needs
        When there is such a distribution.
    convert
        The function takes the arguments elsewhere, the only one twice, and returns those here; they are positive and
        finite if and only if there is such a distribution.
    says
        The name of what says the same here, if it is another one.
    """

    kind: str
    words: tuple[str, ...]
    formula: str
    needs: str
    convert: _Convert
    says: str = ""


def _of_mode(mode: float, concentration: float) -> tuple[float, ...]:
    if not (0.0 <= mode <= 1.0 and concentration > 2.0):
        return (math.nan,)
    return mode * (concentration - 2.0) + 1.0, (1.0 - mode) * (concentration - 2.0) + 1.0


def _of_moments(mean: float, sd: float) -> tuple[float, ...]:
    if not (0.0 < mean < 1.0 and sd > 0.0):
        return (math.nan,)
    concentration = mean * (1.0 - mean) / sd / sd - 1.0
    if concentration < _ROUNDING:
        return (math.nan,)
    return mean * concentration, (1.0 - mean) * concentration


def _proportion(mean: float, concentration: float) -> tuple[float, ...]:
    return (mean, concentration) if mean < 1.0 else (math.nan,)


def _gamma_of_moments(mean: float, sd: float) -> tuple[float, ...]:
    return (mean / sd * (mean / sd), mean / sd / sd) if mean > 0.0 and sd > 0.0 else (math.nan,)


def _gamma_of_scale(shape: float, scale: float) -> tuple[float, ...]:
    return (shape, 1.0 / scale) if scale > 0.0 else (math.nan,)


def _exponential_of_scale(scale: float, _: float) -> tuple[float, ...]:
    return (1.0 / scale,) if scale > 0.0 else (math.nan,)


# What is left of 1 - 1 is no concentration.
_ROUNDING: Final = 1e-12
_MEAN: Final = "mean mu"
_SD: Final = "sd sigma std"
_CONCENTRATION: Final = "concentration kappa nu"

_OTHERS: Final = (
    _Other(
        "Beta",
        ("mode omega", _CONCENTRATION),
        "alpha = mode (concentration - 2) + 1, beta = (1 - mode) (concentration - 2) + 1",
        "0 <= mode <= 1 and concentration > 2",
        _of_mode,
    ),
    _Other(
        "Beta",
        (_MEAN, _SD),
        "alpha = mean c, beta = (1 - mean) c, where c = mean (1 - mean) / sd^2 - 1",
        "0 < mean < 1 and 0 < sd^2 < mean (1 - mean)",
        _of_moments,
    ),
    _Other(
        "Beta",
        (_MEAN, _CONCENTRATION),
        "BetaProportion(mean, concentration)",
        "0 < mean < 1 and concentration > 0",
        _proportion,
        says="BetaProportion",
    ),
    _Other("Gamma", (_MEAN, _SD), "shape = mean^2 / sd^2, rate = mean / sd^2", "both positive", _gamma_of_moments),
    _Other("Gamma", ("shape alpha k", "scale theta"), "rate = 1 / scale", "both positive", _gamma_of_scale),
    _Other("Exponential", ("scale",), "rate = 1 / scale", "scale > 0", _exponential_of_scale),
)

_ON_THE_WHOLE_LINE: Final = ("normal", "gaussian", "cauchy", "studentt", "student_t", "logistic", "laplace")
# Half of a distribution about zero, and the arguments that it has besides the location before the last one.
_HALVES: Final = {
    "normal": ("HalfNormal", ("scale",)),
    "gaussian": ("HalfNormal", ("scale",)),
    "cauchy": ("HalfCauchy", ("scale",)),
    "studentt": ("HalfStudentT", ("df", "scale")),
    "student_t": ("HalfStudentT", ("df", "scale")),
}


def converted(kind: str, arguments: Mapping[str, Argument]) -> str:
    """Return what mends a distribution with these arguments, empty if it is none of the known ways to write it."""
    for other in _OTHERS:
        values = [next((arguments[key] for key in arguments if key in words.split()), None) for words in other.words]
        if other.kind != kind or len(arguments) != len(values) or None in values:
            continue
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        if len(numbers) < len(values):
            return f"write {other.formula}"
        here = other.convert(numbers[0], numbers[-1])
        if not all(0.0 < number < math.inf for number in here):
            return f"write {other.formula}; it needs {other.needs}"
        return f"write {other.formula}, that is {other.says or kind}({', '.join(f'{number:.10g}' for number in here)})"
    return ""


def elsewhere(kind: str, arguments: Sequence[str]) -> str:
    """Return what mends a distribution on the whole line, empty if this is no such name.

    Parameters
    ----------
    arguments
        As they were written.
    """
    name = kind.casefold()
    if name not in _ON_THE_WHOLE_LINE:
        return ""
    half, words = _HALVES.get(name, _HALVES["normal"])
    *given, location, scale = ("", "", *(argument.strip() for argument in arguments))
    if name in _HALVES and len(arguments) == len(words) + 1 and location in ("0", "0.0", "0."):
        words = (*given[2:], scale)
    return (
        "variables here are positive or have bounds, and it has the whole line: for a positive one write "
        f"{half}({', '.join(words)}), its half above 0, or LogNormal(mu, sigma), whose logarithm is normal"
    )
