"""Where in the space of data sets draws are wrong: on which counts, in which component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.models.float_array import Float
from scipy import special

LEVEL: Final = 1e-3
"""The probability that right draws have any place shown: this describes what failed, and no verdict is made of it."""

EVERYWHERE: Final = "all data sets"
"""The kind that every data set is of."""

_FEWEST: Final = 20
# No tail of a normal score is smaller.
_LEAST: Final = 1e-300
_DEGREES: Final = ("place", "spread")
_FIFTHS: Final = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Data sets of one kind, on which one component of the draws is wrong.

    Attributes
    ----------
    where
        What these data sets have in common.
    component
        The component of the draws.
    what
        What is wrong, "place" or "spread".
    replications
        How many data sets are of this kind.
    inside, outside
        The mean wave of these data sets and of all others, as normal scores: about N(0, 1) if draws are right.
    """

    where: str
    component: str
    what: str
    replications: int
    inside: float
    outside: float


def data_places(
    direct: Float,
    successes: NDArray[np.int64],
    trials: NDArray[np.int64],
    components: Sequence[str],
    groups: Sequence[str],
) -> tuple[DataPlace, ...]:
    """Return the places where draws are wrong, the clearest first; each component is told once.

    Parameters
    ----------
    direct : (replication, component, degree)
        Means of waves.
    successes : (replication, group)
    trials : (group,)
    """
    certain = np.isfinite(direct).all(axis=(1, 2))
    waves, successes = direct[certain][:, :, : len(_DEGREES)], successes[certain]
    kinds = [(words, chosen) for words, chosen in _kinds(successes, trials, groups) if _is_kind(chosen)]
    if not kinds:
        return ()
    inside = np.stack([_scores(waves[chosen]) for _, chosen in kinds])
    outside = np.stack([_scores(waves[~chosen]) for _, chosen in kinds])
    limit = score_limit(inside.size)
    found: dict[int, DataPlace] = {}
    for flat in np.argsort(-np.abs(inside), axis=None, kind="stable"):
        kind, component, degree = (int(i) for i in np.unravel_index(flat, inside.shape))
        if np.abs(inside[kind, component, degree]) < limit:
            break
        words, chosen = kinds[kind]
        scores = float(inside[kind, component, degree]), float(outside[kind, component, degree])
        place = DataPlace(words, components[component], _DEGREES[degree], int(chosen.sum()), *scores)
        found.setdefault(component, place)
    return tuple(found.values())


def score_limit(comparisons: int) -> float:
    """Return the score that right draws exceed in any of so many comparisons with the probability `LEVEL`."""
    return -float(special.ndtri(0.5 * LEVEL / comparisons))


def _kinds(
    successes: NDArray[np.int64], trials: NDArray[np.int64], groups: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return kinds of data sets in words, each with its replications; of equal kinds the first is told."""
    share = successes.sum(axis=1) / max(int(trials.sum()), 1)
    each = successes / np.maximum(trials, 1)
    low, high = np.quantile(share, _FIFTHS)
    apart = each.std(axis=1)
    near, far = np.quantile(apart, _FIFTHS)
    kinds = []
    for group, of, name in zip(successes.T, trials.tolist(), groups, strict=True):
        kinds += [(f"no success in {name}", group == 0), (f"no failure in {name}", group == of)]
    return [
        *kinds,
        ("few successes in all", share <= low),
        ("many successes in all", share >= high),
        ("groups alike", apart <= near),
        ("groups unlike", apart >= far),
        ("a group without successes", (successes == 0).any(axis=1)),
        ("a group without failures", (successes == trials).any(axis=1)),
        (EVERYWHERE, np.ones(len(successes), dtype=np.bool_)),
    ]


def wave_scores(direct: Float) -> Float:
    """Return normal scores of the place and the spread of draws over all data sets, (component, 2).

    They are about N(0, 1) if draws are right; zero where there are fewer than 20 data sets.

    Parameters
    ----------
    direct : (replication, component, degree)
        Means of waves; data sets without a certified answer are left out.
    """
    certain = np.isfinite(direct).all(axis=(1, 2))
    return _scores(direct[certain][:, :, : len(_DEGREES)])


def _is_kind(chosen: NDArray[np.bool_]) -> bool:
    return int(chosen.sum()) >= _FEWEST


def _scores(waves: Float) -> Float:
    """Return normal scores of means by Student's law, (component, degree); zero where there are too few."""
    if len(waves) < _FEWEST:
        return np.zeros(waves.shape[1:])
    error = waves.std(axis=0, ddof=1) / np.sqrt(len(waves))
    t = waves.mean(axis=0) / np.maximum(error, np.finfo(np.float64).tiny)
    tail = np.maximum(special.stdtr(len(waves) - 1, -np.abs(t)), _LEAST)
    return np.asarray(-np.sign(t) * special.ndtri(tail))
