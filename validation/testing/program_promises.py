"""What a compiled program promises without sampling: the same model, whatever the data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import numpy as np
from pplcompare.backends.protocol import LogDensity
from pplcompare.models.counts import Counts
from pplcompare.models.density import ReferenceDensity, reference_density
from pplcompare.models.distributions import Beta, Binomial, Gamma
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.checks.result import CheckResult, Outcome
from pplcompare.validation.checks.same_model import compare_densities, probe_points
from pplcompare.validation.testing.candidate import Candidate, LeftOut, own_inputs
from pplcompare.validation.testing.contract_case import SHORT, SHORTEST
from pplcompare.validation.testing.declared_promises import program_methods
from pplcompare.validation.testing.promise import Promise, kept_unless


class Unheard(Gamma):
    """A distribution that no backend can have in its table."""


def compiles(candidate: Candidate) -> tuple[Outcome, str]:
    """Compile."""
    if missing := candidate.missing:
        raise LeftOut(missing)
    return kept_unless([] if candidate.program is not None else ["there is no program"])


def refusal(candidate: Candidate) -> tuple[Outcome, str]:
    """Ask for a distribution that is in nobody's table: an error must say so, and an answer must be right."""
    model = Model(
        "unheard",
        Input("trials", plate="group"),
        Variable("alpha", Unheard(16, 9)),
        Variable("rate", Beta("alpha", 2.5), plate="group"),
        Observed("successes", Binomial("trials", "rate"), plate="group"),
    )
    inputs = own_inputs(candidate.case.counts, model)
    points = probe_points(model.structure, inputs)
    reference = reference_density(model.structure, inputs, points, jacobian=True)
    try:
        program = candidate.backend.compile(model.structure, inputs.sizes)
        found = program.log_density(inputs, points, jacobian=True)
        program.sample(inputs, SHORTEST, 1)
    except UnsupportedModel:
        return kept_unless([])
    except Exception as error:
        return kept_unless([f"{type(error).__name__} instead of UnsupportedModel: {error}"])
    return kept_unless(map(str, _failed(compare_densities(found, reference, "a distribution that it cannot know"))))


def source(candidate: Candidate) -> tuple[Outcome, str]:
    """Look for the numbers in the text of the program."""
    inputs = candidate.inputs
    text: object = candidate.program.source(inputs)
    if not isinstance(text, str):
        return kept_unless([f"it is {type(text).__name__}, expected text"])
    numbers = [*inputs.constants.values(), max(int(count.max()) for count in inputs.counts.values())]
    return kept_unless(f"{number:g} is not in it" for number in numbers if not _shown(number, text))


def _shown(number: float, text: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(f'{number:g}')}(\.0*)?(?![\d.])", text) is not None


def settings(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at what is passed to the library."""
    found: object = candidate.program.native_settings(SHORT)
    return kept_unless([] if isinstance(found, dict) and _plain(found) else [f"{found!r} is not plain data"])


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _plain(one) for name, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | bool | int | float)


def _reference(candidate: Candidate, counts: Counts, *, jacobian: bool) -> ReferenceDensity:
    return reference_density(candidate.structure, own_inputs(counts), candidate.points, jacobian=jacobian)


def _failed(results: list[CheckResult]) -> Iterator[CheckResult]:
    return (result for result in results if result.outcome is Outcome.FAILED)


def density(candidate: Candidate, *, jacobian: bool) -> tuple[Outcome, str]:
    """Compare values with the reference."""
    found, reference = _both(candidate, candidate.case.counts, jacobian=jacobian)
    value, *_ = compare_densities(found, reference, "the model")
    return kept_unless(map(str, _failed([value])), ours=np.array_equal(found.value, reference.value))


def gradient(candidate: Candidate) -> tuple[Outcome, str]:
    """Compare gradients with the reference, with and without Jacobian."""
    ours, results = True, list[CheckResult]()
    for jacobian in (True, False):
        found, reference = _both(candidate, candidate.case.counts, jacobian=jacobian)
        _, *of_gradient = compare_densities(found, reference, f"the model, Jacobian: {jacobian}")
        results += of_gradient
        ours &= all(np.array_equal(found.gradient.get(n, np.nan), by) for n, by in reference.gradient.items())
    return kept_unless(map(str, _failed(results)), ours=ours)


def other_density(candidate: Candidate) -> tuple[Outcome, str]:
    """Compare values for other data, which need no other program."""
    found, reference = _both(candidate, candidate.case.other, jacobian=True)
    value, *_ = compare_densities(found, reference, "the model with other data")
    return kept_unless(map(str, _failed([value])), ours=np.array_equal(found.value, reference.value))


def _both(candidate: Candidate, counts: Counts, *, jacobian: bool) -> tuple[LogDensity, ReferenceDensity]:
    found = candidate.density(counts, jacobian=jacobian)
    return found, _reference(candidate, counts, jacobian=jacobian)


_COMPILED: Final = ("compile", "program")

COMPILED: Final = (
    Promise("compile", "It compiles a structure.", compiles, after=("status",)),
    Promise("program", "Its program has the protocol's methods.", program_methods, after=("compile",)),
    Promise("source", "The program is text with the numbers in it.", source, after=_COMPILED),
    Promise("settings", "Its native settings are plain data.", settings, after=_COMPILED),
    Promise("density", "The density with Jacobian is right.", partial(density, jacobian=True), after=_COMPILED),
    Promise("no Jacobian", "The density without Jacobian is right.", partial(density, jacobian=False), after=_COMPILED),
    Promise("gradient", "Gradients are right, with it and without.", gradient, after=_COMPILED),
    Promise("other density", "The program has the density of other data.", other_density, after=("density",)),
)
"""What is looked at before anything is sampled."""

REFUSAL: Final = Promise(
    "refusal", "What it cannot take is UnsupportedModel.", refusal, after=("density", "other density", "sample")
)
"""What is looked at when it is known how the backend compiles and samples."""
