"""Whether a calibration finds the faults that it must find soon, and passes a right sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median_low
from types import MappingProxyType
from typing import Final

from pplcompare.validation.calibrate.random_streams import stream_seed
from pplcompare.validation.selftest.calibration_faults import CALIBRATION_FAULTS, CalibrationFault, found_after
from pplcompare.validation.selftest.in_processes import in_processes

QUICK: Final[Mapping[str, int]] = MappingProxyType(
    {"prior": 100, "k+1": 400, "another-truth": 100, "rate-as-scale": 50, "priors-swapped": 50}
)
"""Faults that are found soon, and within how many replications."""

_RIGHT: Final = "none"
_RIGHT_WITHIN: Final = 400


@dataclass(frozen=True, slots=True)
class CalibrationKill:
    """What calibrations found of one fault.

    Attributes
    ----------
    on
        The case of `TRIAL_MODELS`.
    within
        How many replications were allowed.
    found, repetitions
        How many calibrations found it, and of how many.
    after
        After how many replications half of those did; None if none did.
    quantity
        That against which there was most evidence in the last of them.
    must_pass
        Whether there is nothing to be found.
    """

    fault: str
    what: str
    on: str
    within: int
    found: int
    repetitions: int
    after: int | None
    quantity: str
    must_pass: bool = False

    @property
    def right(self) -> bool:
        """Whether all found what is there, or none what is not."""
        return self.found == (0 if self.must_pass else self.repetitions)


def calibration_kills(
    repetitions: int, seed: int, announce: Callable[[str], None], jobs: int = 1
) -> list[CalibrationKill]:
    """Calibrate the exact sampler with each fault, and without one."""
    work = partial(_kill, repetitions=repetitions, seed=seed)
    return in_processes(work, (*QUICK, _RIGHT), jobs, announce, "fault of a calibration")


def _kill(name: str, repetitions: int, seed: int) -> CalibrationKill:
    right = name == _RIGHT
    fault = CalibrationFault("nothing is wrong") if right else CALIBRATION_FAULTS[name]
    within = _RIGHT_WITHIN if right else QUICK[name]
    looks = [found_after(fault, stream_seed(seed, at, "selftest", name), within) for at in range(repetitions)]
    after = [look.after for look in looks if look.after is not None]
    return CalibrationKill(
        name,
        fault.what,
        fault.on,
        within,
        len(after),
        repetitions,
        median_low(after) if after else None,
        looks[-1].quantity,
        right,
    )
