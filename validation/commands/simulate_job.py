"""A campaign that a model could have made, from options to a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from pplcompare.models.beta_binomial import DEFAULT_FAMILY
from pplcompare.models.counts import Counts
from pplcompare.models.document import model_hash
from pplcompare.models.errors import UsageError
from pplcompare.models.float_array import Float
from pplcompare.models.model_choice import choose_models
from pplcompare.models.simulated_counts import SimulatedCounts, simulate_counts
from pplcompare.validation.commands.typed_numbers import numbers, whole_numbers
from pplcompare.validation.questions.question_documents import SimulatedDocument
from pplcompare.validation.study.checked_options import seed_or_drawn

MOST_GROUPS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """What is simulated, in the words of the command line.

    Attributes
    ----------
    counts
        Counts whose groups and trials are taken; None where there are none.
    groups, trials
        The number of groups, and the trials of each, where there are no data.
    model, priors, given
        The model (None for the usual one), priors in place of its own, and values that are not drawn.
    seed
        The seed; None for one that is drawn.
    """

    counts: Counts | None
    groups: int | None
    trials: str | None
    model: str | None
    priors: Sequence[str]
    given: Sequence[str]
    seed: int | None


def simulate_job(request: SimulateRequest) -> tuple[SimulatedCounts, SimulatedDocument]:
    """Return the simulated counts and their document.

    Raises
    ------
    DataError, SpecificationError, UsageError
        If something that was asked for cannot be used.
    """
    seed = seed_or_drawn(request.seed)
    (model,) = choose_models((DEFAULT_FAMILY if request.model is None else request.model,), request.priors)
    found = simulate_counts(model, _groups(request), seed, _given(request.given))
    document = {"model": model.name, "hash": model_hash(model), "seed": seed, **found.to_dict()}
    return found, cast("SimulatedDocument", document)


def _groups(request: SimulateRequest) -> Counts:
    """Return groups and trials; the successes mean nothing."""
    groups, trials = request.groups, request.trials
    if request.counts is not None:
        if groups is not None or trials is not None:
            where = "--groups" if trials is None else "--trials"
            raise UsageError("DATA has groups and trials already", where=where, mend="leave out one of them")
        return request.counts
    if groups is None and trials is None:
        raise UsageError("nothing to simulate", where="DATA", mend="name data, or give --trials 200,10")
    if trials is None:
        raise UsageError("needs the trials of each group", where="--groups", seen=groups, mend="add --trials 100")
    each = whole_numbers(trials, "--trials")
    number = len(each) if groups is None else groups
    if not 1 <= number <= MOST_GROUPS:
        raise UsageError(f"a whole number from 1 to {MOST_GROUPS:,} is needed", where="--groups", seen=number)
    if len(each) not in (1, number):
        mend = f"give one number, or {number}"
        raise UsageError("the wrong number of trials", where="--trials", seen=trials, mend=mend)
    each = each * number if len(each) == 1 else each
    return Counts([f"g{i + 1}" for i in range(number)], each, [0] * number)


def _given(texts: Sequence[str]) -> dict[str, float | Float]:
    """Return values by name, of ``rate=0.1`` and ``rate=0.1,0.3``."""
    found: dict[str, float | Float] = {}
    for text in texts:
        name, equals, right = text.partition("=")
        if not equals:
            raise UsageError("cannot be read", where="--given", seen=text, mend="write for example rate=0.1")
        if name in found:
            raise UsageError("given twice", where="--given", seen=name)
        values = numbers(right, "--given")
        found[name] = values[0] if len(values) == 1 else np.array(values)
    return found
