"""How large the settings of a command may be: what no machine holds or waits for is refused before any work.

Each bound follows from a budget of memory or time, and the message says from which.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model

DRAWS: Final = 2500
"""Draws of each chain in a check."""
NIGHTLY: Final = 4
"""Times the draws, in a nightly check."""
MORE_DRAWS: Final = 4
"""Times the draws, in a second look."""

MOST_CHAINS: Final = 10_000
"""Chains of one fit."""

_BYTES_A_DRAW: Final = 8


class Budget(NamedTuple):
    """The greatest product of some options; the last of them is the one that is named.

    Attributes
    ----------
    why
        The budget that the bound follows from.
    """

    options: tuple[str, ...]
    most: int
    why: str


BUDGETS: Final = (
    Budget(("chains",), MOST_CHAINS, "each has a state and statistics of about 100 kB, all together 1 GB"),
    Budget(("chains", "draws"), 2**27, "the draws of one number in all chains take 8 bytes each, together 1 GiB"),
    Budget(("chains", "warmup"), 10**9, "at a microsecond each they take a quarter of an hour"),
    Budget(("jobs",), 1000, "each is a process of at least 64 MB, all together 64 GB"),
    Budget(("rounds",), 100_000, "the rows of each take about 10 kB in the results, all together 1 GB"),
    Budget(("repetitions",), 10**7, "at a millisecond each they take three hours"),
    Budget(("replications",), 10**8, "at a millisecond each they take a day"),
    Budget(("more",), 10**8, "at a millisecond each they take a day"),
    Budget(("thin",), 10_000, "the draws of one number in a fit are 99 times as many, in 25 fits 200 MB"),
    Budget(("times",), 10**6, "trials must stay below 2^53"),
)
_DEFAULTS: Final[Mapping[str, int]] = {"chains": NUTSSettings().chains}


def check_sizes(options: Mapping[str, Any]) -> None:
    """Refuse what exceeds a budget, whatever the data are.

    Parameters
    ----------
    options
        By name; None, or no number, where an option was not given or is the name of a file.

    Raises
    ------
    UsageError
        For the first that is too large, with its bound and the budget that this follows from.
    """
    for names, most, why in BUDGETS:
        *factors, last = names
        number = options.get(last)
        others = {name: options.get(name) or _DEFAULTS[name] for name in factors}
        bound = most // math.prod(others.values())
        if isinstance(number, int) and number > bound:
            given = "".join(f" with {value} {name}" for name, value in others.items())
            raise UsageError(f"at most {bound}{given}", where=f"--{last}", seen=number, mend=why)


def check_memory(settings: NUTSSettings, counts: Counts, models: Sequence[Model], most: int, *, looks: int = 1) -> None:
    """Refuse draws of one fit that a backend's process could not hold, even if it held nothing else.

    Parameters
    ----------
    most
        Bytes that the process may hold.
    looks
        2 if a second look, which has more draws, may follow.

    Raises
    ------
    UsageError
        If the draws of a model's variables, as float64, take more.
    """
    for model in models:
        numbers = sum(1 if item.plate is None else len(counts.groups) for item in model.structure.variables)
        size = _BYTES_A_DRAW * settings.chains * settings.draws * numbers * (MORE_DRAWS if looks > 1 else 1)
        if size > most:
            second = f" in the second look, of {MORE_DRAWS} times the draws" if looks > 1 else ""
            one_look = " --one-look," if looks > 1 else ""
            raise UsageError(
                f"{numbers} numbers in {settings.chains} chains take {size / 2**30:.3g} GiB{second}, "
                f"a backend may hold {most / 2**30:.3g}",
                where=f"--draws, {model.name}",
                seen=settings.draws,
                mend=f"take fewer draws or chains,{one_look} or a larger --memory-limit",
            )
