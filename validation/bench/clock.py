"""Can the seconds be believed? What a backend says of its phases, against the harness's own clock.

A backend measures its phases itself, since only it knows where they begin. Three ways to be wrong are common, in
adapters as in published comparisons: to compile inside the sampling time, to stop the clock before asynchronous work is
done, and to add up the seconds of chains that ran side by side. Each leaves a trace outside of the backend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final, NamedTuple

from pplcompare.validation.bench.measurement import Measurement

# What is less does not change a comparison: a share of the run, and seconds.
_SHARE: Final = 0.3
_LEAST: Final = 0.1
# Seconds that a call may take besides its run, and bytes a second: messages between processes, and draws that are read
# from text. Whatever the size, a call of more than four runs is asked about.
_BESIDES: Final = 0.05
_BYTES_PER_SECOND: Final = 3e6
_RUNS_BESIDES: Final = 3.0
_ROUNDING: Final = 1.02
# Messages between processes take as long.
_SHORTEST: Final = 0.01
# Of one core; clocks of processes tick in hundredths.
_MORE_THAN_ONE_CORE: Final = 1.25


class Timed(NamedTuple):
    """What is looked at: the timed runs, how many chains each had, a run of one chain, and one of half the length."""

    runs: Sequence[Measurement]
    chains: int = 1
    single: Measurement | None = None
    half: Measurement | None = None

    @property
    def run(self) -> float:
        """Median wall seconds of a run, as the backend says."""
        return median(each.seconds for each in self.runs)


def doubts(timed: Timed) -> tuple[str, ...]:
    """Return why the seconds cannot be believed, a clause each; empty where they can."""
    return tuple(doubt for look in _LOOKS if (doubt := look(timed)))


def _too_short(timed: Timed) -> str:
    if timed.run >= _SHORTEST:
        return ""
    return f"a run of {1e3 * timed.run:.2g} ms is too short to be timed: take more draws"


def _longer_than_the_call(timed: Timed) -> str:
    worst = max(timed.runs, key=lambda each: each.seconds / each.call)
    if worst.seconds <= _ROUNDING * worst.call:
        return ""
    return (
        f"a run is said to have taken {worst.seconds:.3g} s, the whole call took {worst.call:.3g} s: "
        "are seconds of chains that ran side by side added up?"
    )


def _hidden(timed: Timed) -> str:
    besides = median(each.call - each.seconds for each in timed.runs)
    explained = _BESIDES + timed.runs[0].bytes / _BYTES_PER_SECOND
    most = max(_SHARE * timed.run, _LEAST) + explained
    if besides <= min(most, _BESIDES + _RUNS_BESIDES * timed.run):
        return ""
    return (
        f"{besides:.3g} s of a call are outside of its run of {timed.run:.3g} s: "
        "does the clock stop before the work is done?"
    )


def same_for_one_chain(timed: Timed) -> float:
    """Return the seconds that a run of one chain has, too; zero where they are too few to matter.

    They are extrapolated to a run of no chains. Chains cost the same, which transitions of warm-up and sampling do not;
    but a sampler that moves all chains at once has them as well.
    """
    if timed.single is None or timed.chains < 2:
        return 0.0
    return _if_they_matter((timed.chains * timed.single.seconds - timed.run) / (timed.chains - 1), timed)


def _fixed(timed: Timed) -> str:
    """Ask the number of chains, then their length: a sampler that moves all at once has only the latter."""
    fixed, neither = same_for_one_chain(timed), ""
    if timed.half is not None:
        fixed = min(fixed, _if_they_matter(2.0 * timed.half.seconds - timed.run, timed))
        neither = ", nor on their length"
    if not fixed:
        return ""
    return (
        f"{fixed:.3g} s of a run of {timed.run:.3g} s do not depend on the number of chains{neither}: "
        "is something compiled in the sampling time?"
    )


def _if_they_matter(seconds: float, timed: Timed) -> float:
    return seconds if seconds > max(_SHARE * timed.run, 5.0 * _LEAST) else 0.0


def _more_than_one_core(timed: Timed) -> str:
    ratios = [each.run.cpu / each.seconds for each in timed.runs if each.run and each.run.cpu and each.seconds > _LEAST]
    if not ratios or median(ratios) <= _MORE_THAN_ONE_CORE:
        return ""
    return f"{median(ratios):.2g} CPU seconds for each second of a run: are there threads that nobody asked for?"


_LOOKS: Final[Sequence[Callable[[Timed], str]]] = (
    _too_short,
    _longer_than_the_call,
    _hidden,
    _fixed,
    _more_than_one_core,
)
