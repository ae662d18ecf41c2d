"""Measure the critical values of all checks: how far chains of known law lie, to levels that no counting reaches.

    uv run python benchmarks/critical_values.py [--scale 1] [--out validation/checks/critical_values.json]

The effective sample size in a statistic is estimated, so its tails are heavier than normal. Chains of known law are
simulated, the statistic and its ESS computed as the checks do, and P(|statistic| > c) found without waiting for it:

- means: the best linear estimate of the mean is independent of the residuals (Basu), and the ESS depends on residuals
  only, so that each simulated chain gives the exact conditional tail, a normal one;
- variances: importance sampling. exp(theta sum x^2) times the law of an AR(1) process is again that of one, with other
  coefficients; a mixture of such tilts, weighted by the exact likelihood ratio (balance heuristic, Veach 1995);
- proportions: a chain that keeps its value with probability rho, or draws anew; the tilted one draws more, or fewer,
  values below the quantile, and keeps them longer, or shorter: the likelihood ratio is a product of counts.

A limit is the largest over chains of P + 3 standard errors <= level. A second part measures the false alarms of the
finished table, at sizes between its rows, with estimated sizes and the gate of the checks.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.checks import scores
from pplcompare.validation.checks.critical_values import KINDS, LEAST_SIZE, CriticalValues, normal_limit
from pplcompare.validation.checks.gates import LEAST_ESS
from scipy import fft, optimize, signal, special

Float = NDArray[np.float64]

LEVELS: Final = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
SIZES: Final = (50, 100, 200, 400, 1000, 4000, 16000)
BETWEEN: Final = (60, 100, 160, 320, 650, 2500)
GRID: Final = np.concatenate([np.arange(1.5, 12.0, 0.05), np.arange(12.0, 37.0, 0.25)])
CHAINS: Final = (1, 4)
COEFFICIENTS: Final = (0.0, 0.5, 0.9)
ANTITHETIC: Final = -0.5
PROBABILITIES: Final = (0.5, 0.25, 0.05, 0.01)
TILTS: Final = (0.0, 2.0, -2.0, 3.5, -3.5, 5.0, -5.0, 6.5, -6.5)
STANDARD_ERRORS: Final = 3.0
SEED: Final = 20_260_101
_DRAWS: Final = 1e7
_TABLE: Final = Path(__file__).parents[1] / "validation" / "checks" / "critical_values.json"
_BLOCK: Final = 1_000_000
_MOST_DRAWS: Final = 200_000
_MOST_LOOPS: Final = 50_000
_LEAST_REPS: Final = 180
_MOST_REPS: Final = 100_000


class Sample(NamedTuple):
    """What one block of simulated chains says of each kind: weights of its repetitions in the null law.

    Attributes
    ----------
    ess : (rep,)
        Which the table is entered with.
    tail
        Takes limits, (rep,) or (grid, 1), and returns contributions to P(|statistic| > limit).
    """

    ess: Float
    tail: Any


@dataclass(frozen=True, slots=True)
class Chain:
    """A law of chains; `size` is the true ESS of the statistic, for proportions times the smaller probability."""

    kind: str
    correlation: float
    chains: int
    size: float
    probability: float = 0.5

    @property
    def length(self) -> int:
        """Draws of one chain."""
        rho = self.correlation**2 if self.kind == "variance" else self.correlation
        total = self.size * (1.0 + rho) / (1.0 - rho)
        return max(math.ceil(total / self.chains / (self.probability if self.kind == "proportion" else 1.0)), 16)


def ess_of_mean(values: Float) -> Float:
    """Return ArviZ's ESS of the mean, for many fits at once: (rep, chain, draw) -> (rep,)."""
    reps, chains, draws = values.shape
    half = draws // 2
    split = np.concatenate([values[:, :, :half], values[:, :, -half:]], axis=1)
    means = split.mean(axis=2)
    centred = split - means[:, :, None]
    power = fft.rfft(centred, fft.next_fast_len(2 * half, real=True), axis=2)
    power = (power.real**2 + power.imag**2).mean(axis=1)
    covariance = fft.irfft(power, fft.next_fast_len(2 * half, real=True), axis=1)[:, :half] / half
    within = covariance[:, 0] * half / (half - 1.0)
    total = covariance[:, 0] + means.var(axis=1, ddof=1)
    rho = 1.0 - (within[:, None] - covariance) / total[:, None]
    rho[:, 0] = 1.0
    count = max((half - 3) // 2, 1)
    pairs = rho[:, 0 : 2 * count : 2] + rho[:, 1 : 2 * count : 2]
    stopped = pairs <= 0.0
    last = np.where(stopped.any(axis=1), stopped.argmax(axis=1), count)
    # Geyer's initial monotone sequence.
    sums = np.concatenate([np.zeros((reps, 1)), np.cumsum(np.minimum.accumulate(pairs, axis=1), axis=1)], axis=1)
    row = np.arange(reps)
    size = 2 * chains * half
    final = rho[row, 2 * last]
    stored = final + rho[row, 2 * last + 1] >= 0.0
    tau = -1.0 + 2.0 * sums[row, last] + np.where(stored, final, np.maximum(final, 0.0))
    return np.asarray(size / np.maximum(tau, 1.0 / math.log10(size)))


def autoregressive(rng: np.random.Generator, shape: tuple[int, int, int], phi: float, variance: float) -> Float:
    """Return stationary AR(1) chains (rep, chain, draw) with innovations of this variance."""
    noise = rng.standard_normal(shape) * math.sqrt(variance)
    if phi == 0.0:
        return noise
    noise[:, :, 0] /= math.sqrt(1.0 - phi * phi)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], noise, axis=2))


def means(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the tails of means of normal scores, with known and with estimated spread."""
    phi, n = chain.correlation, chain.length
    x = autoregressive(rng, (reps, chain.chains, n), phi, 1.0 - phi * phi)
    weights = np.full(n, (1.0 - phi) ** 2)
    weights[[0, -1]] = 1.0 - phi
    information = chain.chains * weights.sum() / (1.0 - phi * phi)
    average = x.mean(axis=(1, 2))
    rest = average - (x * weights).sum(axis=(1, 2)) / (chain.chains * weights.sum())
    ess = ess_of_mean(x)

    def sample(sd: Float) -> Sample:
        def tail(limit: Float) -> Float:
            reach = limit * sd / np.sqrt(ess)
            normal = special.ndtr(-(reach - rest) * math.sqrt(information))
            return np.asarray(normal + special.ndtr(-(reach + rest) * math.sqrt(information)))

        return Sample(ess, tail)

    return {"mean": sample(np.ones(reps)), "pooled mean": sample(x.std(axis=(1, 2), ddof=1))}


def tilted(phi: float, ess: float, score: float) -> tuple[float, float]:
    """Return coefficient and innovation variance of the tilted AR(1) process whose variance has this score."""
    variance = float(special.gammaincinv(ess / 2.0, special.ndtr(score))) * 2.0 / ess
    ratio = variance * phi / (1.0 - phi * phi)
    if phi == 0.0:
        return 0.0, variance
    coefficient = (math.sqrt(1.0 + 4.0 * ratio * ratio) - 1.0) / (2.0 * ratio)
    return coefficient, coefficient * (1.0 - phi * phi) / phi


class Sums(NamedTuple):
    """What the likelihood of AR(1) chains depends on, (rep,) each."""

    squares: Float
    ends: Float
    products: Float
    shape: tuple[int, int]

    @classmethod
    def of(cls, x: Float) -> Sums:
        """Return the sums of chains (rep, chain, draw)."""
        ends = (x[:, :, 0] ** 2 + x[:, :, -1] ** 2).sum(axis=1)
        products = np.einsum("rcd,rcd->r", x[:, :, 1:], x[:, :, :-1])
        return cls(np.einsum("rcd,rcd->r", x, x), ends, products, x.shape[1:])

    def log_likelihood(self, phi: float, variance: float) -> Float:
        """Return the log density, less constants."""
        chains, n = self.shape
        form = (1.0 + phi * phi) * self.squares - phi * phi * self.ends - 2.0 * phi * self.products
        return np.asarray(-form / (2.0 * variance) + 0.5 * chains * (math.log1p(-phi * phi) - n * math.log(variance)))


def variances(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the weighted tails of variances of normal scores, of one quantity and pooled."""
    phi = chain.correlation
    laws = [tilted(phi, chain.size, score) for score in TILTS]
    share = max(reps // len(TILTS), 1)
    x = np.concatenate([autoregressive(rng, (share, chain.chains, chain.length), *law) for law in laws])
    sums = Sums.of(x)
    weights = balanced(sums.log_likelihood(phi, 1.0 - phi * phi), [sums.log_likelihood(*law) for law in laws])
    squares = x * x
    ess, mean, sd = ess_of_mean(squares), squares.mean(axis=(1, 2)), squares.std(axis=(1, 2), ddof=1)
    return {
        "variance": weighted(ess, scores.variance_score(mean, ess), weights),
        "pooled variance": weighted(ess, scores.pooled_variance_score(mean, sd, ess), weights),
    }


def balanced(null: Float, tilts: list[Float]) -> Float:
    """Return weights by the balance heuristic, from log likelihoods (rep,); each tilt has as many repetitions."""
    return np.exp(null + math.log(len(tilts)) - special.logsumexp(tilts, axis=0))


def weighted(ess: Float, statistic: Float, weights: Float) -> Sample:
    """Return a sample of weighted repetitions."""
    return Sample(ess, lambda limit: weights * (np.abs(statistic) > limit))


class Sticky(NamedTuple):
    """A chain that keeps its value or draws anew, by whether the value is below the quantile.

    Attributes
    ----------
    first
        Probability that the first value lies below.
    keep, below : (above, below)
        Probability of keeping a value; of a new value below.
    """

    first: float
    keep: tuple[float, float]
    below: tuple[float, float]

    @property
    def log_probabilities(self) -> Float:
        """Logs in the order of the counts of `sticky`."""
        keep, below = np.array(self.keep), np.array(self.below)
        events = np.stack([keep, (1 - keep) * (1 - below), (1 - keep) * below], axis=1).ravel()
        return np.log(np.maximum([1.0 - self.first, self.first, *events], 1e-300))


def sticky_law(rho: float, q: float, ess: float, score: float) -> Sticky:
    """Return the law, tilted by exp(theta) for each draw below, whose share below has this score."""
    target = float(special.betaincinv(ess * q, ess * (1.0 - q), special.ndtr(score)))

    def law(theta: float) -> Sticky:
        lift = math.exp(theta)
        kernel = np.array([[rho + (1 - rho) * (1 - q), (1 - rho) * q], [(1 - rho) * (1 - q), rho + (1 - rho) * q]])
        kernel[:, 1] *= lift
        # The largest eigenvalue, and the ratio of its right eigenvector's elements, below to above.
        half, split = kernel.trace() / 2, (kernel[0, 0] - kernel[1, 1]) / 2
        top = half + math.sqrt(split * split + kernel[0, 1] * kernel[1, 0])
        ratio = (top - kernel[0, 0]) / kernel[0, 1]
        keep = (rho / top, rho * lift / top)
        fresh = [
            ((1 - rho) * (1 - q) / top, (1 - rho) * q * lift * ratio / top),
            ((1 - rho) * (1 - q) / ratio / top, (1 - rho) * q * lift / top),
        ]
        below = (fresh[0][1] / sum(fresh[0]), fresh[1][1] / sum(fresh[1]))
        return Sticky(fresh[0][1] / (fresh[0][1] + fresh[1][0]), keep, below)

    return law(float(optimize.brentq(lambda theta: law(theta).first - target, -20.0, 20.0, xtol=1e-12)))


def sticky(rng: np.random.Generator, laws: Sequence[Sticky], chains: int, length: int, q: float) -> tuple[Float, Float]:
    """Return chains of uniform values (law, chain, draw), and counts (law, event).

    Events are the first value above or below, then from above: kept, new above, new below; then the same from below.
    """
    keep, below = (np.array([getattr(law, name) for law in laws])[:, None, :] for name in ("keep", "below"))
    rise = keep + (1.0 - keep) * below
    shape = (length, len(laws), chains)
    u = rng.random(shape)
    is_below, kept = np.empty(shape, dtype=bool), np.zeros(shape, dtype=bool)
    is_below[0] = u[0] < np.array([law.first for law in laws])[:, None]
    if not keep.any():
        is_below[1:] = u[1:] < below[:, :, 0]
    else:
        keeps, rises = (u < keep[..., 0], u < keep[..., 1]), (u < rise[..., 0], u < rise[..., 1])
        for t in range(1, length):
            state = is_below[t - 1]
            kept[t] = np.where(state, keeps[1][t], keeps[0][t])
            is_below[t] = np.where(kept[t], state, np.where(state, rises[1][t], rises[0][t]))
    first = is_below[0].sum(axis=1)
    counts = [chains - first, first]
    for state in (False, True):
        here = is_below[:-1] == state
        events = (kept[1:], ~kept[1:] & ~is_below[1:], ~kept[1:] & is_below[1:])
        counts += [(here & event).sum(axis=(0, 2)) for event in events]
    place = np.where(kept, 0, np.arange(length, dtype=np.int32)[:, None, None])
    np.maximum.accumulate(place, axis=0, out=place)
    values = rng.random(shape) * np.where(is_below, q, 1.0 - q) + np.where(is_below, 0.0, q)
    values = np.take_along_axis(values, place, axis=0)
    return np.ascontiguousarray(values.transpose(1, 2, 0)), np.stack(counts, axis=1).astype(np.float64)


def proportions(chain: Chain, reps: int, rng: np.random.Generator) -> dict[str, Sample]:
    """Return the weighted tails of the share below a quantile, of chains that keep values."""
    rho, q = chain.correlation, chain.probability
    laws = [sticky_law(rho, q, chain.size / q, score) for score in TILTS]
    repeated = [law for law in laws for _ in range(max(reps // len(TILTS), 1))]
    values, counts = sticky(rng, repeated, chain.chains, chain.length, q)
    null = counts @ Sticky(q, (rho, rho), (q, q)).log_probabilities
    weights = balanced(null, [counts @ law.log_probabilities for law in laws])
    ess = ess_of_quantile(values, q)
    statistic = scores.proportion_score((values <= q).mean(axis=(1, 2)), q, ess)
    return {"proportion": weighted(ess * q, statistic, weights)}


def ess_of_quantile(values: Float, q: float) -> Float:
    """Return ArviZ's ESS of the quantile of the draws themselves."""
    own = np.quantile(values.reshape(len(values), -1), q, axis=1)[:, None, None]
    return ess_of_mean((values <= own).astype(np.float64))


MAKERS: Final = {"mean": means, "variance": variances, "proportion": proportions}


@dataclass(frozen=True, slots=True)
class Tail:
    """P(|statistic| > limit) with its standard error, by kind: one array over limits each."""

    probability: Float
    error: Float
    reps: int


def measured(chain: Chain, draws: float, seed: int, limits: Mapping[str, Any]) -> dict[str, Tail]:
    """Return the tails of one law of chains.

    Parameters
    ----------
    draws
        How many to simulate, all repetitions together.
    limits
        By kind, a function from sizes (rep,) to limits (limit, rep) or (limit, 1).
    """
    rng = np.random.default_rng([SEED, seed])
    size = chain.chains * chain.length
    total = int(min(max(draws / size, _LEAST_REPS), _MOST_REPS))
    block = min(max(_BLOCK * (4 if loops(chain) else 1) // size, len(TILTS)), total)
    sums: dict[str, list[Float]] = {}
    reps = 0
    while reps < total:
        for kind, sample in MAKERS[chain.kind](chain, block, rng).items():
            tails = sample.tail(limits[kind](sample.ess))
            sums.setdefault(kind, []).append(np.stack([tails.sum(axis=1), (tails**2).sum(axis=1)]))
            made = sample.ess.size
        reps += made
    found = {}
    for kind, parts in sums.items():
        first, second = np.sum(parts, axis=0) / reps
        found[kind] = Tail(first, np.sqrt(np.maximum(second - first**2, 0.0) / reps), reps)
    return found


def chains_of(kind: str, size: float, correlations: Iterable[float]) -> Iterator[Chain]:
    """Yield the laws of one kind that are not too long."""
    for correlation in correlations:
        for chains in CHAINS:
            for probability in PROBABILITIES if kind == "proportion" else (0.5,):
                chain = Chain(kind, correlation, chains, size, probability)
                if chain.chains * chain.length <= _MOST_DRAWS and not (loops(chain) and chain.length > _MOST_LOOPS):
                    yield chain


def loops(chain: Chain) -> bool:
    """Return whether chains are simulated draw by draw."""
    return chain.kind == "proportion" and chain.correlation != 0.0


def crossing(tail: Tail, level: float) -> tuple[float, float]:
    """Return the limit at which P + 3 standard errors falls to the level, and the relative standard error there."""
    upper = tail.probability + STANDARD_ERRORS * tail.error
    index = int(np.argmax(upper <= level))
    if upper[index] > level:
        raise RuntimeError(f"the grid of limits ends before {level:g}: {upper[-1]:g}")
    return float(GRID[index]), float(tail.error[index] / max(tail.probability[index], 1e-300))


def table(draws: float) -> dict[str, Any]:
    """Measure the table."""
    rows: dict[str, list[list[float]]] = {}
    worst: dict[str, list[list[str]]] = {}
    errors: dict[str, list[list[float]]] = {}
    seed = 0
    for kind in MAKERS:
        for size in SIZES:
            found: dict[str, dict[str, Tail]] = {}
            for chain in chains_of(kind, size, COEFFICIENTS):
                seed += 1
                start = time.process_time()
                tails = measured(chain, draws, seed, dict.fromkeys(KINDS, lambda ess: GRID[:, None]))
                for name, tail in tails.items():
                    found.setdefault(name, {})[label(chain)] = tail
                    shown = " ".join(f"{crossing(tail, level)[0]:.2f}" for level in LEVELS)
                    print(f"{name}, size {size}, {label(chain)}: {tail.reps} repetitions, limits {shown}", flush=True)
                print(f"  {time.process_time() - start:.1f} s", flush=True)
            for name, by_chain in found.items():
                best = [max((*crossing(tail, level), at) for at, tail in by_chain.items()) for level in LEVELS]
                rows.setdefault(name, []).append([value for value, _, _ in best])
                errors.setdefault(name, []).append([round(error, 4) for _, error, _ in best])
                worst.setdefault(name, []).append([at for _, _, at in best])
    return {"limits": {name: safe(values) for name, values in rows.items()}, "relative_errors": errors, "worst": worst}


def safe(rows: list[list[float]]) -> list[list[float]]:
    """Return limits that do not rise with the size and are not below the normal ones."""
    normal = [math.ceil(100.0 * normal_limit(level)) / 100.0 for level in LEVELS]
    floored = np.maximum(np.array(rows), normal)
    return [[round(float(value), 2) for value in row] for row in np.maximum.accumulate(floored[::-1], axis=0)[::-1]]


def verified(document: dict[str, Any], draws: float) -> list[dict[str, Any]]:
    """Measure false alarms with limits at estimated sizes: at the table's sizes, between them, and antithetic."""
    values = CriticalValues.of(document)

    def of(kind: str) -> Any:
        rows = [values.row(kind, level) for level in LEVELS]
        least = LEAST_ESS if kind in ("mean", "pooled mean") else LEAST_SIZE

        def limits(ess: Float) -> Float:
            return np.stack([np.where(ess >= least, row(ess), np.inf) for row in rows])

        return limits

    found = []
    seed = 10_000
    for kind in MAKERS:
        correlations = COEFFICIENTS if kind == "proportion" else (*COEFFICIENTS, ANTITHETIC)
        for size in BETWEEN:
            for chain in chains_of(kind, size, correlations):
                seed += 1
                for name, tail in measured(chain, draws, seed, {name: of(name) for name in KINDS}).items():
                    ratio = tail.probability / np.array(LEVELS)
                    entry = {
                        "kind": name,
                        "size": size,
                        "chain": label(chain),
                        "probability_over_level": [round(float(value), 3) for value in ratio],
                        "standard_error": [round(float(v), 3) for v in tail.error / np.array(LEVELS)],
                    }
                    found.append(entry)
                    print(entry, flush=True)
    return found


def label(chain: Chain) -> str:
    """Return the law in words."""
    law = "keeps" if chain.kind == "proportion" else "AR(1)"
    where = f", below {100 * chain.probability:g} %" if chain.kind == "proportion" else ""
    return f"{chain.chains} x {chain.length}, {law} {chain.correlation:g}{where}"


def main() -> None:
    """Measure, verify and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of repetitions")
    parser.add_argument("--out", type=Path, default=_TABLE)
    options = parser.parse_args()
    draws = _DRAWS * options.scale
    document: dict[str, Any] = {
        "recipe": "python benchmarks/critical_values.py --scale " + f"{options.scale:g}",
        "seed": SEED,
        "draws_per_chain_law": draws,
        "standard_errors_added": STANDARD_ERRORS,
        "versions": {name: version(name) for name in ("numpy", "scipy", "arviz-stats")}
        | {"python": platform.python_version()},
        "levels": LEVELS,
        "sizes": SIZES,
    }
    document |= table(draws)
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    document["verification"] = verified(document, draws / 2.0)
    document["cpu_seconds"] = round(time.process_time())
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
