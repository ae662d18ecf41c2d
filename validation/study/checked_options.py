"""Numbers and names that options give, refused before anything heavy is imported or computed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pplcompare.backends.settings import LARGEST_SEED, NUTSSettings, checked_seed
from pplcompare.models.errors import UsageError
from pplcompare.validation.study.selection import selected_backends
from pplcompare.validation.study.sizes import check_sizes

_HIGHEST_LEVEL: Final = 0.05
_SETTINGS: Final = ("chains", "warmup", "draws")
_MOST_DIGITS: Final = 4000
"""The most digits of a whole number, which Python reads in no time."""


def check_options(options: Mapping[str, Any], names: Sequence[str] | None = None) -> None:
    """Refuse what an option of the command line gives and no command can use.

    Parameters
    ----------
    options
        By name; None where an option was not given.
    names
        All registered backends; None for a command that needs none, whatever ``PPLCOMPARE_REQUIRE`` says.

    Raises
    ------
    UsageError
        For the first that cannot be used.
    """
    sampled(options)
    if options.get("seed") is not None:
        checked_seed(options["seed"])
    if options.get("level") is not None:
        checked_level(options["level"])
    for name, where in (("jobs", "jobs"), ("rounds", "--rounds"), ("most", "--most")):
        if options.get(name) is not None:
            checked_count(options[name], where)
    check_sizes(options)
    if names is not None:
        selected_backends(names, options.get("backends", ()), options.get("require", ()))


def sampled(options: Mapping[str, Any], **defaults: int) -> NUTSSettings:
    """Return the settings that options give as numbers; others have these defaults, or those of `NUTSSettings`."""
    given = {name: options[name] for name in _SETTINGS if isinstance(options.get(name), int)}
    return NUTSSettings(**{**defaults, **given})


def seed_or_drawn(seed: int | None) -> int:
    """Return the seed that was given; one that is drawn if none was."""
    return secrets.randbelow(LARGEST_SEED + 1) if seed is None else checked_seed(seed)


def checked_level(level: float) -> float:
    """Return a family-wise level that leaves room for a screen above it."""
    if not 0.0 < level <= _HIGHEST_LEVEL:
        raise UsageError(f"must be above 0 and at most {_HIGHEST_LEVEL:g}", where="--level", seen=level)
    return level


def checked_count(number: int, where: str) -> int:
    """Return a number of at least 1."""
    if number < 1:
        raise UsageError("a whole number of at least 1 is needed", where=where, seen=number)
    return number


def number_or_file(text: str | None, where: str) -> int | str | None:
    """Return the number that a text is, else the text: the name of a file."""
    if text is None or not (text.isascii() and text.isdecimal()):
        return text
    if len(text) > _MOST_DIGITS:
        raise UsageError("a number of too many digits", where=where, seen=text)
    return int(text)
