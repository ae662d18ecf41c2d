"""What a session checked, for its terminal: targets, levels and their sum, power, second looks, and failures."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pplcompare.validation.checks.detectable import POWER, detectable_sentence
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.target.record import Checked

WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class CheckOfTest:
    """One check and the test that made it, by its node."""

    test: str
    checked: Checked


def summary(told: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return the lines of a summary, of 80 columns; only the name of a test may be longer, since it is one word.

    Parameters
    ----------
    told
        The test and the fields of `Checked` for each check, at least one.
    """
    checks = [CheckOfTest(test, Checked(**fields)) for test, fields in told]
    checks.sort(key=lambda check: (check.checked.what, check.test))
    return [*_targets(checks), *_level(checks), *_power(checks), *_second_looks(checks), *_not_passed(checks)]


def _targets(checks: list[CheckOfTest]) -> Iterator[str]:
    """Yield each target with what was compared, and how many checks there were at which level."""
    groups: dict[tuple[str, str], list[Checked]] = {}
    for check in checks:
        groups.setdefault((check.checked.what, check.checked.quantities), []).append(check.checked)
    for (what, quantities), members in groups.items():
        yield from _wrapped(f"{what}: {quantities}")
        levels = Counter(member.level for member in members)
        at = ", ".join(f"{_checks(number)} at level {level:g}" for level, number in sorted(levels.items()))
        outcomes = Counter(member.outcome for member in members)
        became = ", ".join(word if len(outcomes) == 1 else f"{number} {word}" for word, number in outcomes.items())
        yield from _wrapped(f"{at}: {became}", "  ")


def _level(checks: list[CheckOfTest]) -> Iterator[str]:
    targets = {check.checked.what for check in checks}
    total = min(1.0, math.fsum(check.checked.level for check in checks))
    yield from _wrapped(
        f"{_checks(len(checks))} of {len(targets)} target{'s' * (len(targets) > 1)}; the probability that right draws "
        f"fail one of them is at most {total:g}, the sum of the levels."
    )


def _power(checks: list[CheckOfTest]) -> Iterator[str]:
    """Yield the error of each kind that each check finds which compares it: the worst of them."""
    told = [check.checked.found_smallest for check in checks if check.checked.found_smallest]
    found = detectable_sentence(told) or "none of any size"
    yield from _wrapped(f"Errors that each of them would have found with {100 * POWER:.0f} % power: {found}.")
    if nothing := len(checks) - len(told):
        yield from _wrapped(f"{_checks(nothing)} compared nothing, and would have found none.")


def _second_looks(checks: list[CheckOfTest]) -> Iterator[str]:
    second = [check for check in checks if check.checked.looks > 1]
    if second:
        yield from _wrapped(f"{_checks(len(second))} took the declared second look:")
        yield from (f"  {check.test}" for check in second)


def _not_passed(checks: list[CheckOfTest]) -> Iterator[str]:
    bad = [check for check in checks if check.checked.outcome != Outcome.PASSED]
    if bad:
        yield from _wrapped(f"{_checks(len(bad))} did not pass:")
        yield from (f"  {check.checked.outcome}: {check.test}" for check in bad)


def _checks(number: int) -> str:
    return f"{number} check{'s' * (number > 1)}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
