"""Errors are part of the interface: what, where, the value seen, how to mend, on one line."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from pplcompare.models import errors
from pplcompare.models.errors import DataError, PplCompareError

CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PplCompareError)]
ORDINARY = [kind for kind in CLASSES if kind.__init__ is PplCompareError.__init__]


def drawn_tree() -> dict[str, tuple[str, ...]]:
    """Read name -> names of its bases from the drawing in the module's docstring."""
    tree: dict[str, tuple[str, ...]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.fullmatch(r"    ([│├└─ ]*)(\w+)(?: \((\w+)\))?(?:   .*)?", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            tree[found[2]] = (*path[-2:-1], *([found[3]] if found[3] else []))
    return tree


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    real = {kind.__name__: tuple(base.__name__ for base in kind.__bases__) for kind in CLASSES}
    assert real.pop("PplCompareError") == ("Exception",)
    drawn = drawn_tree()
    assert drawn.pop("PplCompareError") == ()
    assert drawn == real
    assert len(drawn) > 8


@pytest.mark.parametrize("kind", ORDINARY)
def test_every_error_says_what_where_the_value_seen_and_how_to_mend_it(kind: type[PplCompareError]) -> None:
    error = kind("too many", where="group 'A', successes", seen=12, mend="check the row")
    assert str(error) == "group 'A', successes: too many, got 12; check the row"
    assert (error.what, error.where, error.mend) == ("too many", "group 'A', successes", "check the row")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_survives_the_way_out_of_a_process(kind: type[PplCompareError]) -> None:
    error = pickle.loads(pickle.dumps(kind("too\nmany", where="x")))
    assert type(error) is kind
    assert str(error) == "x: too\\nmany"
    assert (error.what, error.where, error.mend) == ("too\nmany", "x", "")


def test_what_alone_is_enough() -> None:
    assert str(DataError("no groups")) == "no groups"


def test_none_and_zero_are_values_seen() -> None:
    assert str(DataError("bad", seen=None)) == "bad, got None"
    assert str(DataError("bad", seen=0)) == "bad, got 0"


@pytest.mark.parametrize("part", ["what", "where", "seen", "mend"])
@pytest.mark.parametrize("nasty", ["a\nb", "a\rb", "\x1b[31mred", "\u202eevil", "a\u2028b", "\0", "\ud800", "\x85"])
def test_no_part_can_break_the_line_or_command_the_terminal(part: str, nasty: str) -> None:
    parts = {"what": "bad", "where": "x", "mend": "good", part: nasty}
    seen = parts.pop("seen", 3)
    message = str(DataError(parts.pop("what"), seen=seen, **parts))
    assert message.isprintable()
    assert message.encode()


def test_a_value_of_many_lines_is_shown_on_one() -> None:
    message = str(DataError("bad", seen=np.arange(200).reshape(20, 10)))
    assert message.isprintable()


def test_words_of_other_scripts_are_shown_as_they_are() -> None:
    assert str(DataError("bad", where="group 'שלום'", seen="🦊 é")) == "group 'שלום': bad, got '🦊 é'"


def test_a_long_value_is_cut() -> None:
    message = str(DataError("bad", seen="x" * 10_000, mend="shorten it"))
    assert len(message) < 200
    assert message.endswith("…; shorten it")


def test_an_integer_too_long_for_text_is_still_reported() -> None:
    assert str(DataError("bad", seen=10**5000)) == "bad, got a value of type int too long to show"
