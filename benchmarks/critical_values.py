"""Measure the critical values of all checks: how far chains of known law lie, to levels that no counting reaches.

    uv run python benchmarks/critical_values.py [--scale 1] [--out validation/checks/critical_values.json]
        [--only mean,variance,proportion,product]

The effective sample size in a statistic is estimated, so its tails are heavier than normal. Chains of known law are
simulated, the statistic and its ESS computed as the checks do, and P(|statistic| > c) found without waiting for it:

- Each simulated chain gives a conditional probability, given all that its ESS depends on. For means these are the
  residuals, of which the best linear estimate of the mean is independent (Basu). For variances it is the chain up to a
  factor, whose square is a chi-square variable. For proportions the chain keeps its value with probability rho, or
  draws anew: given where it does so and the order of its values, how many lie below a quantile is binomial. For
  products it is the second series, and of the first what is independent of the slope, which is normal.
- Importance sampling. exp(theta sum x^2) times the law of an AR(1) process is again that of one, with other
  coefficients; chains that keep values are tilted likewise to more, or fewer, below the quantile. Repetitions from a
  mixture of tilts are weighted by the exact likelihood ratio (balance heuristic, Veach 1995).
- A control variate: the same statistic with the true size, whose law is known exactly. What is left to simulation is
  the difference that estimating the size makes.

A limit is the largest over chains of P + 3 standard errors <= level. A second part measures the false alarms of the
finished table, at sizes between its rows, with estimated sizes and the gate of the checks. With `--only` the other
kinds of the table are left as they are; each law of chains has the seed that it has in a whole run.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.critical_values import (
    KINDS,
    LEAST_ESS,
    LEAST_SIZE,
    CriticalValues,
    normal_limit,
    size_to_enter,
    too_few,
)
from tails.chain import Chain, label
from tails.tail import GRID, MAKERS, SEED, STANDARD_ERRORS, Tail, crossing, measured

LEVELS: Final = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
SIZES: Final = (50, 100, 200, 400, 1000, 4000, 16000)
BETWEEN: Final = (60, 100, 160, 320, 650, 2500, 8000)
CHAINS: Final = (1, 4)
COEFFICIENTS: Final = (0.0, 0.5, 0.9)
ANTITHETIC: Final = (-0.25, -0.5)
# Of products: coefficients of both series, or the probability with which both keep their values.
PAIRS: Final = ((0.0, 0.0), (0.0, 0.9), (0.5, 0.5), (0.9, 0.9), (-0.5, -0.5))
ANTITHETIC_PAIRS: Final = ((-0.5, 0.9), (0.9, -0.5))
KEPT: Final = (0.5, 0.9)
PROBABILITIES: Final = (0.5, 0.25, 0.05, 0.01)
_DRAWS: Final = 1e7
_MOST_DRAWS: Final = 200_000
_TABLE: Final = Path(__file__).parents[1] / "validation" / "checks" / "critical_values.json"


def laws_of(kind: str, *, antithetic: bool = False) -> list[dict[str, Any]]:
    """Return what tells the laws of one kind apart; the squares of antithetic chains are not antithetic."""
    if kind == "product":
        pairs = (*PAIRS, *(ANTITHETIC_PAIRS if antithetic else ()))
        together = [{"correlation": rho, "keeps": True} for rho in KEPT]
        return [*({"correlation": one, "other": other} for one, other in pairs), *together]
    correlations = (*COEFFICIENTS, *(ANTITHETIC if antithetic and kind == "mean" else ()))
    return [{"correlation": correlation} for correlation in correlations]


def chains_of(kind: str, size: float, laws: list[dict[str, Any]]) -> Iterator[Chain]:
    """Yield the laws of one kind that are not too long."""
    for law in laws:
        for chains in CHAINS:
            for probability in PROBABILITIES if kind == "proportion" else (0.5,):
                chain = Chain(kind, chains=chains, size=size, probability=probability, **law)
                if chain.draws <= _MOST_DRAWS:
                    yield chain


def table(draws: float, only: Collection[str]) -> dict[str, Any]:
    """Measure the table, of these kinds of chains only."""
    rows: dict[str, list[list[float]]] = {}
    worst: dict[str, list[list[str]]] = {}
    errors: dict[str, list[list[float]]] = {}
    seed = 0
    for kind in MAKERS:
        for size in SIZES:
            found: dict[str, dict[str, Tail]] = {}
            # Sizes that are entered: an estimate may be twice the true one. Repetitions of products tell much already.
            wanted = kind != "product" and size >= (LEAST_SIZE if kind == "proportion" else LEAST_ESS / 2.0)
            for chain in chains_of(kind, size, laws_of(kind)):
                seed += 1
                if kind not in only:
                    continue
                if kind == "proportion" and size / chain.probability < LEAST_ESS:
                    continue  # the checks do not test such shares
                start = time.process_time()
                limits = dict.fromkeys(KINDS, lambda ess: GRID[:, None])
                tails = measured(chain, draws, seed, limits, GRID, wanted=wanted)
                for name, tail in tails.items():
                    found.setdefault(name, {})[label(chain)] = tail
                    shown = " ".join("{:.3f} ({:.3f})".format(*crossing(tail, level)) for level in LEVELS)
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
    floored = np.maximum(np.array(rows), [normal_limit(level) for level in LEVELS])
    falling = np.maximum.accumulate(floored[::-1], axis=0)[::-1]
    return [[round(math.ceil(1000.0 * value) / 1000.0, 3) for value in row] for row in falling]


def verified(document: Mapping[str, Any], draws: float, only: Collection[str]) -> list[dict[str, Any]]:
    """Measure false alarms with limits at estimated sizes: at the table's sizes, between them, and antithetic."""
    values = CriticalValues.of(document)

    def of(kind: str, chain: Chain) -> Any:
        rows = [values.row(kind, level) for level in LEVELS]
        part = chain.probability if kind == "proportion" else 1.0

        def limits(size: Float) -> Float:
            entered = size_to_enter(np.maximum(size, LEAST_SIZE), size / part, chain.draws)
            none = too_few(kind, size, size / part, chain.draws)
            return np.stack([np.where(none, np.inf, row(entered)) for row in rows])

        return limits

    known = np.array([normal_limit(level) for level in LEVELS])
    found = []
    seed = 10_000
    for kind in MAKERS:
        for size in BETWEEN:
            for chain in chains_of(kind, size, laws_of(kind, antithetic=True)):
                seed += 1
                if kind not in only:
                    continue
                limits = {name: of(name, chain) for name in KINDS}
                for name, tail in measured(chain, draws, seed, limits, known).items():
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


def main() -> None:
    """Measure, verify and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of repetitions")
    parser.add_argument("--out", type=Path, default=_TABLE)
    parser.add_argument("--only", default=",".join(MAKERS), help="kinds of chains that are measured")
    options = parser.parse_args()
    draws, only = _DRAWS * options.scale, options.only.split(",")
    whole = set(only) == set(MAKERS)
    kept = {} if whole else json.loads(options.out.read_text(encoding="utf-8"))
    recipe = f"python benchmarks/critical_values.py --scale {options.scale:g}"
    document: dict[str, Any] = {
        **kept,
        **({"recipe": recipe} if whole else {"recipes": kept.get("recipes", {}) | {options.only: recipe}}),
        "seed": SEED,
        "draws_per_chain_law": draws if whole else kept["draws_per_chain_law"],
        "standard_errors_added": STANDARD_ERRORS,
        "versions": {name: version(name) for name in ("numpy", "scipy", "arviz-stats")}
        | {"python": platform.python_version()},
        "levels": LEVELS,
        "sizes": SIZES,
    }
    measured_kinds = table(draws, only)
    document |= {part: kept.get(part, {}) | found for part, found in measured_kinds.items()}
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    again = verified(document, draws / 2.0, only)
    kinds = {entry["kind"] for entry in again}
    document["verification"] = [entry for entry in kept.get("verification", []) if entry["kind"] not in kinds] + again
    document["cpu_seconds"] = kept.get("cpu_seconds", 0) + round(time.process_time())
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
