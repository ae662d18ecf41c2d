"""What a fit promises besides its draws: what it tells of its sampler, its seed and its seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

import numpy as np
from pplcompare.backends.fit import STATISTICS, Fit, Seconds, Timing
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.testing.candidate import Candidate
from pplcompare.validation.testing.contract_case import SHORT
from pplcompare.validation.testing.promise import Promise, kept_unless

_WHOLE: Final = ("diverging", "tree_depth", "n_steps")
_CLOCK: Final = 0.01
"""Seconds by which two clocks may differ."""


def prepares(candidate: Candidate) -> tuple[Outcome, str]:
    """Compile all that a fit and its predictions need."""
    candidate.program.prepare(candidate.inputs, SHORT, new_groups=1)
    return kept_unless([])


def samples(candidate: Candidate) -> tuple[Outcome, str]:
    """Sample."""
    found: object = candidate.fit
    return kept_unless([] if isinstance(found, Fit) else [f"it returns {type(found).__name__}, expected Fit"])


def statistics(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at what it tells of its sampler."""
    return kept_unless(_wrong_statistics(candidate.fit))


def _wrong_statistics(fit: Fit) -> Iterator[str]:
    for name, values in fit.statistics.items():
        if name not in STATISTICS:
            yield f"{name!r} is none of {', '.join(STATISTICS)}"
        elif np.shape(values) != (SHORT.chains, SHORT.draws):
            yield f"{name} is {np.shape(values)}, expected {(SHORT.chains, SHORT.draws)}"
        elif name in _WHOLE and np.asarray(values).dtype.kind not in "biu":
            yield f"{name} is {np.asarray(values).dtype}, expected whole numbers"


def record(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at what a fit tells of how it was made."""
    fit = candidate.fit
    native = candidate.program.native_settings(SHORT)
    wrong = [] if fit.seed == 1 else [f"its seed is {fit.seed!r}, expected 1"]
    wrong += [] if dict(fit.native) == native else [f"native is {dict(fit.native)}, the settings are {native}"]
    return kept_unless(wrong)


def seconds(candidate: Candidate) -> tuple[Outcome, str]:
    """Look at the seconds of the program and of a fit."""
    timings = {"program": candidate.program.timing, "fit": candidate.fit.timing}
    return kept_unless(wrong for of, timing in timings.items() for wrong in _wrong_seconds(of, timing))


def _wrong_seconds(of: str, timing: Timing) -> Iterator[str]:
    for field in fields(Timing):
        phase = getattr(timing, field.name)
        if phase is None:
            continue
        if not isinstance(phase, Seconds):
            yield f"{field.name} of the {of} is {type(phase).__name__}, expected Seconds or None"
        elif not all(0.0 <= time < math.inf for time in (phase.wall, phase.cpu) if time is not None):
            yield f"{field.name} of the {of} took {phase.wall!r} seconds"
    run, parts = timing.run, (timing.warmup, timing.sampling)
    if of == "fit" and run is None:
        yield "run is None: it is the time of the call, which can always be told"
    known = [part.wall for part in parts if part is not None]
    if run is not None and sum(known) > run.wall + _CLOCK:
        yield "warm-up and sampling together took longer than the run"


FITTED: Final = (
    Promise("prepare", "It prepares what sampling needs.", prepares, after=("compile", "program")),
    Promise("sample", "It samples.", samples, after=("compile", "program")),
    Promise("statistics", "Statistics have common names and shapes.", statistics, after=("sample",)),
    Promise("record", "A fit tells its seed and native settings.", record, after=("sample", "settings")),
    Promise("seconds", "Seconds are not negative, or not told.", seconds, after=("sample",)),
)
"""What is looked at in fits, but for their draws."""
