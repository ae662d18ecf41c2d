"""The whole self-test, and its outcome as a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version

from pplcompare.backends.settings import checked_seed
from pplcompare.validation.selftest.calibration_kills import CalibrationKill, calibration_kills
from pplcompare.validation.selftest.evidence_rates import evidence_rates
from pplcompare.validation.selftest.harness import HARNESS
from pplcompare.validation.selftest.kills import Kill, kill_table
from pplcompare.validation.selftest.null_rates import LEVELS, Rate, null_rates
from pplcompare.validation.study.tally import Tally


@dataclass(frozen=True, slots=True)
class HarnessKill:
    """What became of a function on trial and of its defective version.

    Attributes
    ----------
    sound, defective
        The first case that each gets wrong; empty if there is none.
    """

    defect: str
    what: str
    sound: str
    defective: str

    @property
    def right(self) -> bool:
        """Whether the defective one was caught, and only that."""
        return bool(self.defective) and not self.sound


@dataclass(frozen=True, slots=True)
class SelfTest:
    """All tables; true if everything is as it must be.

    Attributes
    ----------
    rate_repetitions, kill_repetitions
        How often right draws were checked, and each mutant for each budget.
    """

    seed: int
    rate_repetitions: int
    kill_repetitions: int
    rates: tuple[Rate, ...]
    kills: tuple[Kill, ...]
    harness: tuple[HarnessKill, ...]
    calibrations: tuple[CalibrationKill, ...] = ()

    @property
    def wrong(self) -> list[str]:
        """What is not as it must be, in words."""
        return [
            *(
                f"{rate.sampler}, {rate.kind}: rejected too often or too rarely"
                for rate in self.rates
                if not rate.right
            ),
            *(f"{kill.mutant} on {kill.case}: {_complaint(kill)}" for kill in self.kills if not kill.right),
            *(f"{it.defect}: {it.sound or 'survives'}" for it in self.harness if not it.right),
            *(
                f"calibration, {it.fault} on {it.on}: found in {it.found} of {it.repetitions}"
                for it in self.calibrations
                if not it.right
            ),
        ]

    @property
    def passed(self) -> bool:
        """Whether everything is as it must be."""
        return not self.wrong

    def __bool__(self) -> bool:
        return self.passed

    def document(self) -> dict[str, object]:
        """Return everything as JSON takes it."""
        rates = [
            {
                "kind": rate.kind,
                "sampler": rate.sampler,
                "tested": rate.tested,
                "levels": {
                    f"{level:g}": dict(
                        zip(("rejected", "fewest", "most"), (rate.rejected[level], *rate.limits(level)), strict=True)
                    )
                    for level in LEVELS
                },
                "right": rate.right,
            }
            for rate in self.rates
        ]
        return {
            "schema_version": 1,
            "pplcompare": version("pplcompare"),
            "seed": self.seed,
            "repetitions": {"null_rates": self.rate_repetitions, "kills": self.kill_repetitions},
            "null_rates": rates,
            "kills": [{**asdict(kill), "right": kill.right} for kill in self.kills],
            "harness": [{**asdict(it), "right": it.right} for it in self.harness],
            "calibrations": [{**asdict(it), "right": it.right} for it in self.calibrations],
            "wrong": self.wrong,
        }


def _complaint(kill: Kill) -> str:
    if kill.must_note:
        return "is right, and is caught or passes without its note"
    return "is called equivalent, and is caught" if kill.unseen else "survives"


def self_test(
    rate_repetitions: int, kill_repetitions: int, seed: int, announce: Callable[[str], None], jobs: int = 1
) -> SelfTest:
    """Put right samplers, wrong ones, and the harness itself on trial, in at most so many processes.

    Raises
    ------
    UsageError
        If the seed is none.
    """
    checked_seed(seed)
    harness = []
    tally = Tally("defect of the harness", len(HARNESS), announce)
    for name, it in HARNESS.items():
        with tally.step() as told:
            told(name)
            harness.append(HarnessKill(name, it.what, it.trial(it.sound), it.trial(it.defective)))
    rates = [*null_rates(rate_repetitions, seed, announce, jobs), *evidence_rates(rate_repetitions, seed)]
    kills = kill_table(kill_repetitions, seed, announce, jobs)
    found = calibration_kills(kill_repetitions, seed, announce, jobs)
    return SelfTest(seed, rate_repetitions, kill_repetitions, tuple(rates), tuple(kills), tuple(harness), tuple(found))
