"""Measure the bias of pooled scores, which sums over fits add up, and then the false alarms of such sums.

    uv run python benchmarks/over_fits.py [--fits 10000] [--sums 20000] [--out validation/checks/over_fits.json]

A studentised mean of a skewed quantity has the bias c / sqrt(ESS) to first order (Hall 1992, "The Bootstrap and
Edgeworth Expansion", section 2.6): one number c for each kind of limit. It is measured with chains of known law, at
400 effective draws as the largest |mean score| sqrt(ESS) over the laws, three standard errors added; at 1,600 it is
measured to be compared. Means of normal values have none; means over groups that share hyper-parameters may be a little
skewed: by at most 0.05 in the data sets of this package, and series with three times that stand for them.

The false alarms of sums of 2, 8 and 40 scores are then counted, from scores of all laws, at the limits that checks use:
with equal weights, and with those of the data sets of this package.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.critical_values import critical_values, size_to_enter
from pplcompare.validation.checks.over_fits import weights_of
from pplcompare.validation.checks.scores import pooled_variance_score, rank_scores, variance_score
from tails.chain import ess_of_mean
from tails.mean import autoregressive

SEED: Final = 20_261_128
LAWS: Final = ((0.0, 400), (0.0, 1600), (0.5, 400), (0.9, 400), (-0.5, 400))
"""Correlations and effective draws."""

LEAST: Final = 400
SYMMETRIC: Final = ("mean", "product")
GROUPS: Final = ((5,) * 2, (5,) * 8, (5,) * 40, (2, 2, 12, 12, 18, 18, 71, 71))
"""The numbers of groups of the fits that are summed."""

LEVELS: Final = (1e-2, 1e-3, 1e-4)
SKEWNESS: Final = 0.15
_CHAINS: Final = 4
_BLOCK: Final = 4e6
_TABLE: Final = Path(__file__).parents[1] / "validation" / "checks" / "over_fits.json"


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of many fits of right draws, and the sizes that their limits are entered with."""

    scores: Float
    sizes: Float


def means(x: Float) -> Scores:
    """Return scores of means of a known spread."""
    ess = ess_of_mean(x)
    return Scores(x.mean(axis=(1, 2)) * np.sqrt(ess), entered(ess, x))


def variances(x: Float) -> Scores:
    """Return scores of variances of normal values."""
    ess = ess_of_mean(x * x)
    return Scores(np.asarray(variance_score((x * x).mean(axis=(1, 2)), ess)), entered(ess, x))


def pooled_means(x: Float) -> Scores:
    """Return scores of means of a series that is skewed, and whose spread is not known."""
    tilt = SKEWNESS / 6.0  # the skewness of z + t (z^2 - 1) is 6 t + 8 t^3, over (1 + 2 t^2)^1.5
    series = x + tilt * (x * x - 1.0)
    ess = ess_of_mean(series)
    return Scores(series.mean(axis=(1, 2)) / series.std(axis=(1, 2), ddof=1) * np.sqrt(ess), entered(ess, x))


def pooled_variances(x: Float) -> Scores:
    """Return scores of means of squares whose spread is not known."""
    squares = x * x
    ess = ess_of_mean(squares)
    mean, sd = squares.mean(axis=(1, 2)), squares.std(axis=(1, 2), ddof=1)
    return Scores(np.asarray(pooled_variance_score(mean, sd, ess)), entered(ess, x))


def products(x: Float) -> Scores:
    """Return scores of the dependence of normal values on the ranks of others, which do not depend on them."""
    z, h = x[::2], np.stack([rank_scores(each) for each in x[1::2]])
    z = z[: len(h)]
    square = (h * h).mean(axis=(1, 2))
    slope = (z * h).mean(axis=(1, 2)) / square
    ess = ess_of_mean((z - slope[:, None, None] * h) * h)
    return Scores(slope * np.sqrt(square * ess), entered(ess, x))


MAKERS: Final[dict[str, Callable[[Float], Scores]]] = {
    "mean": means,
    "variance": variances,
    "pooled mean": pooled_means,
    "pooled variance": pooled_variances,
    "product": products,
}


def entered(ess: Float, x: Float) -> Float:
    """Return the sizes that limits are entered with."""
    return np.asarray(size_to_enter(ess, ess, x.shape[1] * x.shape[2]))


def simulated(kind: str, fits: int) -> Iterator[tuple[str, int, Scores]]:
    """Yield the scores of each law and its effective draws; squares of antithetic chains are not antithetic."""
    of_squares = "variance" in kind
    rng = np.random.default_rng([SEED, list(MAKERS).index(kind)])
    for correlation, size in LAWS:
        step = correlation**2 if of_squares else correlation
        if of_squares and correlation < 0.0:
            continue
        length = math.ceil(size * max((1.0 + step) / (1.0 - step), 1.0) / _CHAINS)
        at_once = max(int(_BLOCK / (_CHAINS * length)), 1)
        parts = []
        for _ in range(math.ceil(fits / at_once)):
            shape = (at_once, _CHAINS, length)
            parts.append(MAKERS[kind](autoregressive(rng, shape, correlation, 1.0 - correlation**2)))
        of = Scores(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("scores", "sizes")))
        yield f"{_CHAINS} x {length}, AR(1) {correlation:g}", size, of


def main() -> None:
    """Measure, count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=10_000, help="of each law")
    parser.add_argument("--sums", type=int, default=20_000, help="of scores drawn from all that were simulated")
    parser.add_argument("--out", type=Path, default=_TABLE)
    options = parser.parse_args()
    coefficients, measurements, counts = {}, [], []
    for kind in MAKERS:
        found: dict[str, Scores] = {}
        largest = 0.0
        for law, size, of in simulated(kind, options.fits):
            found[law] = of
            bias, error = float(of.scores.mean()), float(of.scores.std() / math.sqrt(len(of.scores)))
            # The means of normal values, and of their products with what they do not depend on, are symmetric: whatever
            # is found is noise.
            none = kind in SYMMETRIC or size > LEAST
            bound = 0.0 if none else (abs(bias) + 3.0 * error) * math.sqrt(size)
            largest = max(largest, bound)
            rounded = {"bias": round(bias, 5), "error": round(error, 5)}
            measurements.append({"kind": kind, "law": law, "size": size, **rounded})
            print(measurements[-1], flush=True)
        coefficients[kind] = math.ceil(100.0 * largest) / 100.0
        counts += [asdict(count) for count in counted(kind, found, coefficients[kind], options.sums)]
    document = {
        "recipe": f"python benchmarks/over_fits.py --fits {options.fits} --sums {options.sums}",
        "seed": SEED,
        "versions": {name: version(name) for name in ("numpy", "scipy")} | {"python": platform.python_version()},
        "bias_times_root_of_size": coefficients,
        "measurements": measurements,
        "verification": counts,
    }
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Count:
    """How many sums of right scores lie beyond their limits, at each of `LEVELS`."""

    kind: str
    law: str
    groups: tuple[int, ...]
    sums: int
    beyond: list[int]


def counted(kind: str, found: dict[str, Scores], coefficient: float, sums: int) -> Iterator[Count]:
    """Yield the counts for each law; fits are drawn without order from all that were simulated."""
    rng = np.random.default_rng([SEED, 2])
    for law, of in found.items():
        for groups in GROUPS:
            chosen = rng.integers(len(of.scores), size=(sums, len(groups)))
            weights = np.array(weights_of(groups))
            total = of.scores[chosen] @ weights
            sizes = of.sizes[chosen].min(axis=1)
            rows = [critical_values().row(kind, level) for level in LEVELS]
            most = np.stack([row(sizes) for row in rows]) + coefficient * weights.sum() / np.sqrt(sizes)
            yield (count := Count(kind, law, groups, sums, (np.abs(total) > most).sum(axis=1).tolist()))
            print(count, flush=True)


if __name__ == "__main__":
    main()
