"""One case on one backend: its verdict, its timed runs and what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from pplcompare.backends.fit import Seconds
from pplcompare.validation.bench.case import Case
from pplcompare.validation.bench.clock import Timed, doubts
from pplcompare.validation.bench.measurement import Measurement
from pplcompare.validation.bench.median_interval import MedianInterval, median_interval
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.verdict import Verdict

ENOUGH: Final = 400.0
"""Effective draws that the column "seconds to 400" asks for."""

UNSTABLE: Final = 2.0
"""The largest ratio of seconds of two runs, per effective draw, that is still a measurement."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds before the first transition, in a process of its own.

    Attributes
    ----------
    load
        From the start of the process until the library is imported.
    build, compile
        None where there is nothing of the kind.
    """

    load: Seconds
    build: Seconds | None
    compile: Seconds | None

    @property
    def wall(self) -> float:
        """All of it."""
        return sum(phase.wall for phase in (self.load, self.build, self.compile) if phase is not None)


@dataclass(frozen=True, eq=False)
class Entry:
    """One case on one backend; true if it passed, and only then.

    Attributes
    ----------
    row
        Verdict and checks; without it no speed is shown.
    start, cold
        With the caches as they were found, and with empty ones; None where not measured.
    runs
        Timed, in the order of the rounds.
    single
        A run of one chain.
    half
        A run of half the length, where much of a run did not depend on the number of chains.
    peak_memory
        Bytes of the backend's process, or of the largest that it started, if that has more, until the end of this case.
    """

    case: Case
    row: FitResult
    start: Start | None = None
    cold: Start | None = None
    runs: Sequence[Measurement] = field(default=())
    single: Measurement | None = None
    half: Measurement | None = None
    peak_memory: int | None = None

    @property
    def passed(self) -> bool:
        """Whether it may have a speed."""
        return self.row.verdict is Verdict.PASSED

    def __bool__(self) -> bool:
        return self.passed

    @property
    def timed(self) -> Timed:
        """What its seconds are judged by."""
        return Timed(self.runs, self.case.plan.settings.chains, self.single, self.half)

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """Why its seconds are no measurement, a clause each."""
        if not self.runs:
            return ()
        found = doubts(self.timed)
        speeds = [each.ess / each.seconds for each in self.runs]
        if max(speeds) > UNSTABLE * min(speeds):
            found += (f"unstable times: effective draws per second from {min(speeds):,.0f} to {max(speeds):,.0f}",)
        return found

    def of_runs(self, value: Callable[[Measurement], float]) -> MedianInterval | None:
        """Return the median of a value of the timed runs; None where there are none."""
        return median_interval([value(each) for each in self.runs]) if self.runs else None

    @property
    def speed(self) -> MedianInterval | None:
        """Least effective draws per second of warm-up and sampling."""
        return self.of_runs(lambda each: each.ess / each.seconds)

    def speed_after(self, start: Start | None) -> MedianInterval | None:
        """Return least effective draws per second of everything, from the start of the process."""
        if start is None:
            return None
        return self.of_runs(lambda each: each.ess / (start.wall + each.seconds))

    @property
    def per_gradient(self) -> MedianInterval | None:
        """Least effective draws per gradient evaluation after warm-up."""
        if any(each.gradients is None for each in self.runs):
            return None
        return self.of_runs(lambda each: each.ess / (each.gradients or 1))

    @property
    def error(self) -> MedianInterval | None:
        """Error of a run's means in posterior standard deviations; None where it is not known."""
        errors = [each.error for each in self.runs if each.error is not None]
        return median_interval(errors) if errors else None

    def seconds_to_enough(self, start: Start | None) -> tuple[float, float] | None:
        """Return bounds on the seconds from the start of the process to `ENOUGH` effective draws.

        If warm-up is timed apart, the two coincide: the whole warm-up plus the needed share of sampling. If it is not,
        they are that share of the whole run, and the whole run.
        """
        if start is None or not self.runs:
            return None
        found = sorted((_part(each) for each in self.runs), key=lambda part: part[1])
        low, high = found[len(found) // 2]
        return start.wall + low, start.wall + high


def _part(run: Measurement) -> tuple[float, float]:
    share = ENOUGH / run.ess
    if run.warmup is not None and run.sampling is not None:
        exact = run.seconds - run.sampling.wall * (1.0 - share)
        return exact, exact
    return share * run.seconds, max(share, 1.0) * run.seconds
