"""Numbers as they are shown, on whatever processor they were found."""

from __future__ import annotations

import math

import pytest
from pplcompare.validation.exact.exact_words import number


@pytest.mark.parametrize(
    ("tie", "digits", "shown"), [(0.1171875, 6, "0.117188"), (0.1171875, 3, "0.117"), (2.5e-9, 1, "3e-09")]
)
def test_a_tie_is_rounded_alike_whatever_its_last_digit(tie: float, digits: int, shown: str) -> None:
    for value in (math.nextafter(tie, 0.0), tie, math.nextafter(tie, 1.0)):
        assert number(value, digits) == shown


def test_what_has_nothing_to_round_is_shown() -> None:
    assert [number(value) for value in (None, "Beta", 3, math.inf, math.nan, 0.0)] == [
        "–",
        "Beta",
        "3",
        "inf",
        "nan",
        "0",
    ]
