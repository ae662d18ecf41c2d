"""Groups that are left out, counted twice or out of order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.wrapped.mutants.mutation import Mutation
from pplcompare.validation.wrapped.mutants.wrong_model import CountArray, data


def _without_last(n: CountArray, k: CountArray) -> tuple[CountArray, CountArray]:
    seen = np.arange(n.size) < n.size - 1
    return n * seen, k * seen


def _first_twice(n: CountArray, k: CountArray) -> tuple[CountArray, CountArray]:
    times = np.where(np.arange(n.size) == 0, 2, 1)
    return n * times, k * times


def _sorted_as_text(structure: Structure, inputs: Inputs) -> Inputs:
    order = np.argsort(np.array(inputs.groups))
    return data(lambda n, k: (n[order], k[order]))(structure, inputs)


def _rolled(n: CountArray, k: CountArray) -> tuple[CountArray, CountArray]:
    return np.roll(n, 1), k


GROUPS: Final[Mapping[str, Mutation]] = {
    "last-group-dropped": Mutation("the counts of the last group are left out", inputs=data(_without_last)),
    "first-group-twice": Mutation("the counts of the first group are taken twice", inputs=data(_first_twice)),
    "groups-sorted": Mutation("counts are in the order of their groups' names as text", inputs=_sorted_as_text),
    "roll-trials": Mutation("n is shifted by one group against k", inputs=data(_rolled)),
}
