"""What a column of a table can be, and the names that people give it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ROLES: Final = {
    "group": "names of groups",
    "n": "trials",
    "k": "successes",
    "failures": "failures",
    "rate": "successes of each trial",
    "outcome": "what came of one trial",
}
"""What a column can be."""

COUNTED: Final = frozenset({"n", "k", "failures", "rate"})
"""The roles of columns that hold numbers of a group."""


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split(", "))


# In small letters, with single blanks for all signs, and without "number of" and the like before it.
_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "group": _words(
        "group, groups, group name, test group, experiment group, "
        "variant, variants, variation, variations, arm, arms, treatment, campaign, campaigns, "
        "segment, cohort, bucket, version, condition, site, page, landing page, player, hospital, study, name, label"
    ),
    "n": _words(
        "n, trials, visitors, visits, users, sessions, impressions, views, exposures, sent, delivered, emails, "
        "recipients, participants, subjects, patients, customers, attempts, total, totals, size, sample size, samples, "
        "obs, observations, nobs, at bats, denominator, clicks, tosses, flips, shown, "
        "impression, tested"
    ),
    "k": _words(
        "k, success, successes, succeeded, conversion, conversions, converted, converts, hits, wins, events, "
        "positives, clicks, clicked, sales, purchases, purchased, bought, orders, signups, sign ups, opens, opened, "
        "responders, responded, cases, deaths, died, numerator, heads, yes, true, "
        "click, purchase, pass, passed, survived, survivors"
    ),
    "failures": _words(
        "failure, failures, failed, fail, fails, misses, losses, not converted, non conversions, unconverted, "
        "non events, negatives, tails, no, false"
    ),
    "rate": _words(
        "rate, rates, conversion rate, success rate, click rate, click through rate, ctr, cvr, cr, proportion, share, "
        "fraction"
    ),
    "outcome": _words(
        "outcome, outcomes, result, response, y, k, success, conversion, converted, click, clicked, purchase, "
        "purchased, bought, sale, signup, signed up, subscribed, opened, responded, event, hit, win, won, died, "
        "churned, recovered, passed, survived"
    ),
}
_SIGNS: Final = re.compile(r"[\W_]+")
_RATE: Final = " rate"
_BEFORE: Final = re.compile(r"^(?:number of|no of|nr of|num|count of|total|n) (?=\w)")


def column_word(name: str) -> str:
    """Return the name of a column in small letters, with single blanks for signs."""
    return _BEFORE.sub("", _SIGNS.sub(" ", name.casefold()).strip(), count=1)


def ends_in_rate(name: str) -> bool:
    """Say whether a name such as "Lead rate" is that of rates; whether of which counts is seen elsewhere."""
    return column_word(name).endswith(_RATE)


def is_rate_of(name: str, successes: str) -> bool:
    """Say whether a name such as "Sign-up rate" is that of the rates of these successes, "Sign-ups"."""
    return ends_in_rate(name) and not _forms(column_word(name).removesuffix(_RATE)).isdisjoint(
        _forms(column_word(successes))
    )


def _forms(word: str) -> set[str]:
    """Return a word with and without the ending of several."""
    return {word, word.removesuffix("s")}


_SUCCESSES: Final = frozenset(form for known in _NAMES["k"] for form in _forms(column_word(known)))


def _means(word: str, role: str) -> bool:
    """Say whether the word of a column means a role; "sign up rate" means rates, as "sign ups" are successes."""
    rated = role == "rate" and word.endswith(_RATE)
    return word in _NAMES[role] or (rated and not _forms(word.removesuffix(_RATE)).isdisjoint(_SUCCESSES))


def named(header: tuple[str, ...], role: str) -> list[int]:
    """Return the places of the columns whose names say that they have the role; `group`, `n` and `k` come first."""
    exact = [place for place, name in enumerate(header) if name == role]
    alike = exact or [place for place, name in enumerate(header) if name.casefold() == role]
    return alike or [place for place, name in enumerate(header) if _means(column_word(name), role)]


def roles_of(name: str) -> set[str]:
    """Return the roles that the name of a column may mean."""
    word = column_word(name)
    return {role for role in _NAMES if _means(word, role)}
