"""Counts that are written on the command line: ``A=19/200 B=3/10``, successes and trials by group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError

# A path begins with one of these; the name of a group may hold anything else.
_GROUP: Final = re.compile(r"(?P<group>[^./\\~].*|\.[^./\\].*)=(?P<k>[^=/]*)/(?P<n>[^=/]*)", re.DOTALL)
_WHOLE: Final = re.compile(r"\s*[0-9]{1,16}\s*", re.ASCII)
_MEND: Final = "write group=successes/trials, for example A=19/200"


def is_group(word: str) -> bool:
    """Say whether a word is a group with its counts, and no name and no path: ``./A=19/200`` is a path."""
    return _GROUP.fullmatch(word) is not None


def inline_counts(words: Sequence[str]) -> Counts:
    """Return the counts of groups, in the order given.

    Raises
    ------
    DataError
        If a number is not whole, there are more successes than trials, or two groups have one name.
    """
    groups, trials, successes = [], [], []
    for word in words:
        match = _GROUP.fullmatch(word)
        if match is None:
            raise DataError("not a group with its counts", where="DATA", seen=word, mend=_MEND)
        for text in (match["k"], match["n"]):
            if not _WHOLE.fullmatch(text):
                raise DataError("a whole number is needed", where=f"DATA, {word}", seen=text, mend=_MEND)
        k, n = int(match["k"]), int(match["n"])
        if k > n:
            mend = f"successes come first: {match['group']}={n}/{k}"
            raise DataError(f"more successes than trials ({n})", where=f"DATA, {word}", seen=k, mend=mend)
        groups.append(match["group"])
        successes.append(k)
        trials.append(n)
    return Counts(groups, trials, successes)
