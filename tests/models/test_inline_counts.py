"""Groups with their counts, written on the command line."""

from __future__ import annotations

import pytest
from pplcompare.models.errors import DataError
from pplcompare.models.inline_counts import inline_counts, is_group


def test_words_are_successes_out_of_trials_by_group() -> None:
    counts = inline_counts(["A=19/200", "a > b=3/10", "x=y=0/0", "a/b=1/2"])
    assert counts.groups == ("A", "a > b", "x=y", "a/b")
    assert counts.trials.tolist() == [200, 10, 0, 2]
    assert counts.successes.tolist() == [19, 3, 0, 1]


@pytest.mark.parametrize("word", ["rats", "my.csv", "./A=19/200", "../A=1/2", "/tmp/A=1/2", "~/A=1/2", "A=1"])
def test_names_and_paths_are_no_groups(word: str) -> None:
    assert not is_group(word)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["A=20/19"], r"A=20/19: more successes than trials \(19\), got 20; successes come first: A=19/20"),
        (["A=1.5/3"], r"DATA, A=1.5/3: a whole number is needed, got '1.5'; write group=successes/trials"),
        (["A=/3"], "a whole number is needed, got ''"),
        (["A=-1/3"], "a whole number is needed, got '-1'"),
        (["A=1/2", "A=1/3"], "two groups have the same name"),
        (["A=1/99999999999999999999"], "a whole number is needed"),
        (["A=1/2", "rats"], "not a group with its counts, got 'rats'"),
    ],
)
def test_bad_input_is_refused_by_its_cause(words: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        inline_counts(words)
