"""Ten tests with a tolerance of 0.1 beside the same ten by `assert_right`: what they find, and how often they are red.

    uv run python benchmarks/planted_errors.py [--seeds 1000] [--planted 10] [--batch 100] [--draws 500]

The ten tests are Metropolis and HMC (`batched_samplers.py`), each on five small posteriors. As such tests do, each
compares posterior means, standard deviations and quantiles at 5 % and 95 % of every parameter, in its own units,
with reference values, here exact ones, and is red where one is further off than 0.1. Beside it stands the same test
with a tolerance that was doubled until it was red for at most one in a thousand of the right samplers' seeds.

The same draws, four chains of 500, are the first look of ``target.assert_right(fit, draws=500)``; where it flags
something, fit is called again for four times as many. A suite finds an error if any of its tests is red.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from batched_samplers import ALTERED, POSTERIORS, SAMPLED, SAMPLERS, Draw, Posterior, posterior
from pplcompare.models.errors import CheckNotPassed, NotRight
from pplcompare.models.float_array import Float
from pplcompare.validation.study.sizes import MORE_DRAWS

CHAINS, ATOL, QUANTILES = 4, 0.1, (0.05, 0.95)


class MissingDrawsError(Exception):
    """A second look was asked for, and its draws are not sampled yet."""


@dataclass(frozen=True)
class Case:
    """One of the ten tests.

    Attributes
    ----------
    root
        What its random numbers follow from.
    """

    name: str
    root: int
    of: Posterior
    draw: Draw

    def sampled(self, key: tuple[int, ...], seeds: int, draws: int, error: str) -> Float:
        """Return the draws of many seeds at once: (seed, chain, draw, dimension)."""
        rng = np.random.default_rng([self.root, *key, draws])
        return self.draw(self.of, rng, CHAINS * seeds, draws, error).reshape(seeds, CHAINS, draws, -1)

    def reference(self) -> Float:
        """Return exact means, standard deviations and quantiles: (statistic, dimension)."""
        exact, found = self.of.right.exact, []
        for name in self.of.right.names:
            variable, _, group = name.removesuffix("]").partition("[")
            it = exact[variable, group] if group else exact[variable]
            found.append([it.mean, it.sd, *map(it.quantile, QUANTILES)])
        return np.array(found).T

    def furthest(self, x: Float) -> float:
        """Return how far the worst statistic of (chain, draw, dimension) is off, in the units of the parameters."""
        values = self.of.right.constrain(x.reshape(-1, x.shape[-1])).values()
        v = np.concatenate([value.reshape(len(value), -1) for value in values], axis=1)
        with np.errstate(all="ignore"):
            found = np.vstack([v.mean(0), v.std(0), np.quantile(v, QUANTILES, axis=0)])
            return float(np.nan_to_num(np.abs(found - self.reference()), nan=np.inf).max())

    def verdict(self, looks: Mapping[int, Float]) -> str:
        """Return what `assert_right` says of draws by number: right, wrong or not certified."""

        def fit(seed: int, draws: int) -> Float:
            if draws not in looks:
                raise MissingDrawsError
            return looks[draws]

        try:
            self.of.right.assert_right(fit, draws=min(looks))
        except NotRight:
            return "wrong"
        except CheckNotPassed:
            return "not certified"
        return "right"


def verdicts(case: Case, x: Float, second: Callable[[list[int]], Float]) -> list[str]:
    """Return the verdicts of many seeds; the second looks of those that need one are sampled together."""
    found: dict[int, str] = {}
    for at, one in enumerate(x):
        with suppress(MissingDrawsError):
            found[at] = case.verdict({one.shape[1]: one})
    if again := [at for at in range(len(x)) if at not in found]:
        for at, more in zip(again, second(again), strict=True):
            found[at] = case.verdict({x.shape[2]: x[at], more.shape[1]: more})
    return [found[at] for at in range(len(x))]


def cases() -> Iterator[Case]:
    """Yield the ten tests, the cheapest first."""
    for at, (model, data) in enumerate(POSTERIORS):
        of = posterior(model, data)
        for also, (name, draw) in enumerate(SAMPLERS.items()):
            yield Case(f"{name}, {model}, {len(data)}", 10 * at + also, of, draw)


class Planted:
    """Ten tests whose sampler has an error.

    Attributes
    ----------
    far, worst
        By error: how far each test is off (test, seed), and the verdict of the suite by seed.
    """

    def __init__(self, seeds: int, draws: int) -> None:
        self.seeds, self.draws = seeds, draws
        self.far: dict[str, list[list[float]]] = defaultdict(list)
        self.worst: dict[str, list[str]] = defaultdict(lambda: ["right"] * seeds)

    def one_test(self, case: Case) -> None:
        """Plant all errors in one test; those of draws share the draws of a right sampler."""
        for error in SAMPLED:
            self._planted(case, error, partial(self._sampled, case, error))
        sampled = cache(partial(self._sampled, case, ""))
        for error, altered in ALTERED.items():
            self._planted(
                case, error, lambda more, altered=altered: np.stack([altered(case.of, x) for x in sampled(more)])
            )

    def _sampled(self, case: Case, error: str, times: int) -> Float:
        return case.sampled((1, *error.encode()), self.seeds, times * self.draws, error)

    def _planted(self, case: Case, error: str, sampled: Callable[[int], Float]) -> None:
        """Try one test with one error; a suite is red at its first red test, and asks no other for its verdict."""
        x, worst = sampled(1), self.worst[error]
        self.far[error].append([case.furthest(one) for one in x])
        still = [at for at, word in enumerate(worst) if word != "wrong"]
        if still:
            found = verdicts(case, x[still], lambda again: sampled(MORE_DRAWS)[[still[at] for at in again]])
            for at, word in zip(still, found, strict=True):
                worst[at] = worst[at] if word == "right" else word


def main() -> None:
    """Plant each error, then try right samplers, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--planted", type=int, default=10)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--draws", type=int, default=500)
    options = parser.parse_args()
    tests, planted = list(cases()), Planted(options.planted, options.draws)
    for case in tests:
        planted.one_test(case)
        print(case.name, {error: Counter(found) for error, found in planted.worst.items()}, flush=True)
    wrong = {error: (np.array(far), planted.worst[error]) for error, far in planted.far.items()}
    far, words = np.zeros((len(tests), 0)), list[tuple[str, ...]]()
    for batch in range(options.seeds // options.batch):
        some = list[tuple[list[float], list[str]]]()
        for case in tests:
            x = case.sampled((0, batch), options.batch, options.draws, "")
            again = partial(second_looks, case, batch, MORE_DRAWS * options.draws)
            some.append(([case.furthest(one) for one in x], verdicts(case, x, again)))
        far = np.hstack([far, np.array([one for one, _ in some])])
        words += zip(*(found for _, found in some), strict=True)
        told(tests, wrong, far, words)


def second_looks(case: Case, batch: int, draws: int, again: list[int]) -> Float:
    """Return the second look's draws of right samplers."""
    return case.sampled((2, batch), len(again), draws, "")


def told(
    tests: list[Case], wrong: dict[str, tuple[Float, list[str]]], far: Float, words: list[tuple[str, ...]]
) -> None:
    """Print what was found so far."""
    seeds = far.shape[1]
    most = max(1, seeds // 1000)
    tolerances = ATOL * 2.0 ** np.arange(12)
    relaxed = np.array([next(t for t in tolerances if (one > t).sum() <= most) for one in far])[:, None]
    print(f"\n{seeds} seeds of right samplers")
    for case, one, tolerance, column in zip(tests, far, relaxed[:, 0], zip(*words, strict=True), strict=True):
        print(f"{case.name}: red at 0.1 {(one > ATOL).sum()}; relaxed to {tolerance:g}; {dict(Counter(column))}")
    print("| planted error | `atol=0.1` | relaxed until green | `assert_right` |\n|---|---|---|---|")
    for error, (found, verdict) in wrong.items():
        counts = [(found > ATOL).any(0).sum(), (found > relaxed).any(0).sum(), sum(word != "right" for word in verdict)]
        print(f"| {error} | " + " | ".join(f"{count} of {len(verdict)}" for count in counts) + " |")
    reds = [(far > ATOL).any(0).sum(), (far > relaxed).any(0).sum(), sum(set(row) != {"right"} for row in words)]
    print("| none: right samplers | " + " | ".join(f"{red} of {seeds:,}" for red in reds) + " |", flush=True)


if __name__ == "__main__":
    main()
