"""Counts: what is refused, in which words; what is accepted, and shown as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError

from tests.reference.fixtures import HARMLESS_NAMES, awkward_counts

NOT_WHOLE = "a whole number is needed"

BAD_NUMBERS: list[tuple[object, str]] = [
    (-1, "must be between 0 and 2^53, got -1"),
    (-0.5, f"{NOT_WHOLE}, got -0.5"),
    (3.5, f"{NOT_WHOLE}, got 3.5"),
    ("3", f"{NOT_WHOLE}, got '3'"),
    (True, f"{NOT_WHOLE}, got True"),
    (np.True_, f"{NOT_WHOLE}, got np.True_"),
    (math.nan, f"{NOT_WHOLE}, got nan"),
    (np.float64("nan"), f"{NOT_WHOLE}, got nan"),
    (math.inf, f"{NOT_WHOLE}, got inf"),
    (-math.inf, f"{NOT_WHOLE}, got -inf"),
    (None, f"{NOT_WHOLE}, got None"),
    (pd.NA, f"{NOT_WHOLE}, got <NA>"),
    (Decimal(3), f"{NOT_WHOLE}, got Decimal('3')"),
    (3 + 0j, f"{NOT_WHOLE}, got (3+0j)"),
    (np.timedelta64(3, "ns"), NOT_WHOLE),
    (np.datetime64(3, "ns"), NOT_WHOLE),
    ([3], f"{NOT_WHOLE}, got [3]"),
    (np.array([3, 4]), f"{NOT_WHOLE}, got array([3, 4])"),
    (2**53 + 1, "must be between 0 and 2^53, got 9007199254740993"),
    (1e300, "must be between 0 and 2^53, got 1e+300"),
    (10**5000, "must be between 0 and 2^53"),
]

BAD_NAMES: list[tuple[Sequence[Any], str]] = [
    ([""], "a name is needed, got ''"),
    (["  "], "a name is needed"),
    (["\u3000"], "a name is needed"),
    (["\u200b"], "a name is needed"),
    (["\ufeff"], "a name is needed"),
    ([None], "a name is needed, got None"),
    ([3], "a name is needed, got 3"),
    ([b"A"], "a name is needed, got b'A'"),
    (["a\nb"], "control"),
    (["a\x00"], "control"),
    (["a\x1b[31m"], "control"),
    (["a\x7f"], "control"),
    (["a\x85"], "control"),
    (["a\u2028b"], "control"),
    (["\ud800"], "control"),
    (["a\u202eb"], "bidirectional"),
    (["a\u2066b"], "bidirectional"),
    (["\u200fa"], "bidirectional"),
    (["x" * 1025], "over 1024 bytes"),
    (["é" * 513], "over 1024 bytes"),
    (["A", "A"], "two groups have the same name, got ('A', 'A')"),
    (["\u00e9", "e\u0301"], "two groups have the same name"),
    (["A", "\uff21"], "two groups have the same name"),
    (["ﬁ", "fi"], "two groups have the same name"),
    (["a", "a\u200b"], "two groups have the same name"),
    (["a", "a "], "two groups have the same name"),
    (["é", " é"], "two groups have the same name"),
    (["a b", "a\u00a0b"], "two groups have the same name"),
]


def identifier(value: object) -> str:
    return "long" if isinstance(value, int) and value > 2**60 else ascii(value)[:24]


def refusal(groups: Any, trials: Any, successes: Any) -> str:
    """Return the message, having checked that it is one line that does no harm."""
    with pytest.raises(DataError) as caught:
        Counts(groups, trials, successes)
    message = str(caught.value)
    assert message.isprintable()
    return message


@pytest.mark.parametrize(("value", "words"), BAD_NUMBERS, ids=identifier)
def test_a_bad_number_of_trials_is_refused_by_group_and_value(value: object, words: str) -> None:
    message = refusal(["A", "B"], [10, value], [3, 0])
    assert message.startswith("group 'B', trials: ")
    assert words in message


@pytest.mark.parametrize(("value", "words"), BAD_NUMBERS, ids=identifier)
def test_a_bad_number_of_successes_is_refused_by_group_and_value(value: object, words: str) -> None:
    message = refusal(["A", "B"], [10, 10], [3, value])
    assert message.startswith("group 'B', successes: ")
    assert words in message


@pytest.mark.parametrize(("names", "words"), BAD_NAMES, ids=ascii)
def test_a_bad_name_is_refused(names: Sequence[Any], words: str) -> None:
    message = refusal(names, [10] * len(names), [3] * len(names))
    assert message.startswith("group: ")
    assert words in message


def test_more_successes_than_trials_are_refused() -> None:
    message = refusal(["A", "B", "C"], [200, 10, 5], [19, 11, 9])
    assert message == "group 'B', successes: more successes than trials (10), got 11"


@pytest.mark.parametrize(
    ("groups", "trials", "successes", "words"),
    [
        ([], [], [], "no groups; give at least one group"),
        (["A"], [10, 10], [3], "differ in length, got (1, 2, 1)"),
        (["A", "B"], [10, 10], [3], "differ in length, got (2, 2, 1)"),
        (["A"], [], [], "differ in length, got (1, 0, 0)"),
        (["A"], None, [3], "three sequences are needed"),
        (["A"], 10, [3], "three sequences are needed"),
        (None, [10], [3], "three sequences are needed"),
        (["A", "B"], np.ones((2, 90)), [1, 1], NOT_WHOLE),
    ],
)
def test_counts_of_another_shape_are_refused(groups: Any, trials: Any, successes: Any, words: str) -> None:
    assert words in refusal(groups, trials, successes)


@pytest.mark.parametrize(
    "three", [3, 3.0, np.float64(3.0), np.int8(3), np.uint64(3), np.float32(3)], ids=lambda v: type(v).__name__
)
def test_whole_numbers_of_every_kind_are_counts(three: Any) -> None:
    counts = Counts(["A"], [three], [three])
    assert counts.trials.tolist() == counts.successes.tolist() == [3]
    assert counts.trials.dtype == counts.successes.dtype == np.int64


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, iter], ids=lambda kind: str(kind.__name__))
def test_columns_of_every_kind_are_accepted(kind: Any) -> None:
    counts = Counts(kind(["A", "B"]), kind([200, 10]), kind([19.0, 3.0]))
    assert counts.groups == ("A", "B")
    assert counts.trials.tolist() == [200, 10]
    assert counts.successes.tolist() == [19, 3]


def test_a_data_frame_with_another_index_is_read_in_its_own_order() -> None:
    frame = pd.DataFrame({"group": ["A", "B"], "n": [200, 10], "k": [19, 3]}, index=[7, 3]).sort_index()
    counts = Counts(frame["group"], frame["n"], frame["k"])
    assert (counts.groups, counts.trials.tolist()) == (("B", "A"), [10, 200])


@pytest.mark.parametrize(
    "name",
    [
        *HARMLESS_NAMES,
        "{{7*7}}",
        "=cmd|'/C calc'!A1",
        "-rf",
        "x" * 1024,
        "👨‍👩‍👧",
        "न‍म",
        " padded ",
        "NaN",
        "none",
        "\u0301",
    ],
    ids=ascii,
)
def test_a_harmless_name_is_kept_as_it_is(name: str) -> None:
    assert Counts([name], [10], [3]).groups == (name,)


@pytest.mark.parametrize(("n", "k"), [(0, 0), (1, 0), (1, 1), (2**53, 2**53), (2**53, 0)])
def test_extreme_counts_are_accepted(n: int, k: int) -> None:
    counts = Counts(["A"], [n], [k])
    assert (counts.trials[0], counts.successes[0]) == (n, k)


def test_counts_cannot_be_changed() -> None:
    given_trials = np.array([10, 20])
    counts = Counts(["A", "B"], given_trials, [3, 4])
    given_trials[0] = 99
    assert counts.trials.tolist() == [10, 20]
    for array in (counts.trials, counts.successes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        counts.trials = given_trials  # type: ignore[misc]


def test_counts_show_their_size() -> None:
    assert repr(awkward_counts()) == "Counts(13 groups, 123634 of 1001380)"


@pytest.mark.parametrize(
    ("trials", "words"),
    [
        ([10] * 999 + [True], f"{NOT_WHOLE}, got True"),
        ([10] * 999 + [2**53 + 1], "must be between"),
        ([10.0] * 999 + [2**53 + 1], "must be between"),
        ([10.0] * 999 + [math.nan], f"{NOT_WHOLE}, got nan"),
        ([10] * 999 + [2**64], "must be between"),
        (np.array([10.0] * 999 + [0.5]), f"{NOT_WHOLE}, got 0.5"),
    ],
)
def test_one_bad_number_among_many_is_found(trials: Any, words: str) -> None:
    assert refusal([f"g{i}" for i in range(1000)], trials, [0] * 1000).startswith("group 'g999', trials: ")
    assert words in refusal([f"g{i}" for i in range(1000)], trials, [0] * 1000)


@pytest.mark.parametrize(("names", "words"), BAD_NAMES, ids=ascii)
def test_one_bad_name_among_many_is_found(names: Sequence[Any], words: str) -> None:
    many = [*(f"g{i}" for i in range(50)), "é", *names, "z"]
    assert words in refusal(many, [10] * len(many), [3] * len(many))


@given(st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)), min_size=1, max_size=20))
def test_pairs_are_kept_in_order_or_refused(pairs: list[tuple[int, int]]) -> None:
    names = [f"g{i}" for i in range(len(pairs))]
    trials, successes = [n for n, _ in pairs], [k for _, k in pairs]
    wrong = next((i for i, (n, k) in enumerate(pairs) if k > n), None)
    if wrong is not None:
        assert refusal(names, trials, successes).startswith(f"group 'g{wrong}', successes: more successes than trials")
    else:
        counts = Counts(names, trials, successes)
        assert (counts.trials.tolist(), counts.successes.tolist()) == (trials, successes)
