"""How often the evidence of a calibration rejects right ranks that are looked at again and again.

Ranks of a right sampler are uniform, whatever the model. Two quantities share all their ranks, and as many looks are
taken as a run or a history has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.night_evidence import night_evidence
from pplcompare.validation.calibrate.rank_evidence import log_evidence
from pplcompare.validation.calibrate.ranks import RANKS
from pplcompare.validation.selftest.null_rates import EVIDENCE, LEVELS, Rate

_LOOKS: Final = 20
_EVERY: Final = 50
_NIGHTS: Final = 8
# Runs that are held at once.
_BLOCK: Final = 500
_UNIFORM: Final = np.full(RANKS, 1.0 / RANKS)


def evidence_rates(repetitions: int, seed: int) -> list[Rate]:
    """Count right runs, and right histories of runs, that fail at any look."""
    rng = np.random.default_rng([seed, _LOOKS])
    found = []
    for kind, highest in _KINDS.items():
        logs = np.concatenate([highest(rng, count) for count in _blocks(repetitions)])
        rejected = {level: int(np.count_nonzero(logs >= -np.log(level))) for level in LEVELS}
        found.append(Rate(f"{EVIDENCE}, {kind}", "exact", repetitions, repetitions, rejected))
    return found


def _blocks(repetitions: int) -> Iterator[int]:
    for start in range(0, repetitions, _BLOCK):
        yield min(_BLOCK, repetitions - start)


def _of_runs(rng: np.random.Generator, runs: int) -> Float:
    counts = rng.multinomial(_EVERY, _UNIFORM, (runs, _LOOKS)).cumsum(axis=1)
    return np.asarray(log_evidence(counts).max(axis=1))


def _of_histories(rng: np.random.Generator, histories: int) -> Float:
    counts: NDArray[np.int64] = rng.multinomial(_EVERY, _UNIFORM, (histories, _NIGHTS, 1)).repeat(2, axis=2)
    return np.asarray(night_evidence(counts, np.ones(counts.shape[:-1], bool)).path.max(axis=1))


_KINDS: Final[Mapping[str, Callable[[np.random.Generator, int], Float]]] = {
    f"{_LOOKS} looks": _of_runs,
    f"{_NIGHTS} nights": _of_histories,
}
