"""The smallest errors that `check` finds with 99 % power at its default draws, in each fit and over all fits.

    uv run python benchmarks/power.py [--repetitions 12] [--seed 0] [--rows shift-0.03=0.03,sd-1.05=0.1025]

Each row is a mutant and the size of its error. The exact backend's draws of every data set and model, altered by it,
are checked, and each statistic is taken to grow in proportion to the error: with mean m and standard deviation s over
the repetitions at size e, its limit l is passed with 99 % power from e (l + 2.33 s) / m on. What a fit finds is the
least over its comparisons: several of them together find a little more. The levels are those of a check of all data
sets with five backends: "before" every comparison has the same level and the screen has 1e-3, "after" they are those
that `check` has. "cut" and "cut-one" are mutants of any size: the probability of the lower tail of all rates, or of the
first one, whose draws are replaced by right ones from beyond it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.model_choice import choose_models
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.over_fits import check_over_fits
from pplcompare.validation.checks.posterior_check import check_posterior
from pplcompare.validation.checks.result import OF_DRAWS_ALONE, CheckReport, CheckResult
from pplcompare.validation.commands.check_job import DRAWS
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.plan import Plan, derived_seed, planned, sharing
from pplcompare.validation.study.second_look import SCREEN
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend
from scipy import special

BACKENDS: Final = ("exact", "nutpie", "numpyro", "pymc", "stan")
MODELS: Final = ("independent", "hierarchical")
SETTINGS: Final = NUTSSettings(chains=4, draws=DRAWS)
CUTS: Final = ("cut", "cut-one")
POWER: Final = 0.99
_LEAST: Final = 3
# What the screen and its levels were when all comparisons shared one.
_SCREEN_BEFORE: Final = 1e-3

type Fit = tuple[str, str]
type Name = tuple[str, str]
ALL: Final = ("all fits", "")


def checks(rows: Iterable[tuple[str, float]], repetitions: int, seed: int) -> None:
    """Print the table."""
    plans = sharing([Plan(load(d), choose_models(MODELS, []), BACKENDS, SETTINGS, 0, data=d) for d in DATASETS], SCREEN)
    before = Levels.equal(_SCREEN_BEFORE / planned(plans, summed=False).total())
    exact = {(p.data, m.name): exact_posterior(m, p.counts) for p in plans for m in p.models}
    print(f"{'mutant':16}{'fit':26}{'before':>9}{'after':>9}   by")
    for mutant, size in rows:
        found = measured(exact, mutant, size, plans[0].levels, repetitions, seed)
        earlier = measured(exact, mutant, size, before, 1, seed)
        for fit, results in found.items():
            least = [smallest(results, limits(these), size) for these in (earlier[fit], results)]
            if fit == ALL:  # there were no sums
                least[0] = np.inf, ""
            cells = "".join(f"{value:9.4f}" if np.isfinite(value) else f"{'–':>9}" for value, _ in least)
            print(f"{mutant:16}{', '.join(fit):26}{cells}   {least[-1][1]}", flush=True)


def measured(
    exact: Mapping[Fit, ExactPosterior], mutant: str, size: float, levels: Levels, repetitions: int, seed: int
) -> dict[Fit, dict[Name, list[CheckResult]]]:
    """Return the comparisons of each fit, and of the sums over them, in every repetition."""
    found: dict[Fit, dict[Name, list[CheckResult]]] = {}
    backend = ExactBackend() if mutant in CUTS else MutantBackend(ExactBackend(), MUTANTS[mutant])
    programs = {fit: backend.compile(of.model.structure, of.inputs.sizes) for fit, of in exact.items()}
    for repetition in range(repetitions):
        reports: dict[Fit, CheckReport] = {}
        for fit, of in exact.items():
            drawn = programs[fit].sample(of.inputs, SETTINGS, derived_seed(seed, *fit, str(repetition))).draws
            drawn = cut(of, drawn, mutant, size, derived_seed(seed, "cut", *fit, str(repetition)))
            reports[fit] = check_posterior(of, of.model.structure, of.inputs, drawn, SETTINGS, levels).report
        reports[ALL] = check_over_fits(list(reports.values()), [len(of.inputs.groups) for of in exact.values()], levels)
        for fit, report in reports.items():
            for result in report.results:
                # What is counted in draws alone is there without an error, too, and does not grow in proportion to it.
                if np.isfinite(result.limit) and result.kind not in OF_DRAWS_ALONE:
                    found.setdefault(fit, defaultdict(list))[result.check, result.subject].append(result)
    return found


def cut(of: ExactPosterior, draws: Draws, how: str, size: float, seed: int) -> Draws:
    """Return draws whose rates have lost their lower tails: right ones from beyond them take the place."""
    if how not in CUTS:
        return draws
    rate = draws[of.plate_variable].copy()
    chains, length, groups = rate.shape
    more = of.simulate(chains * length, np.random.default_rng(seed))[of.plate_variable]
    for group in range(groups if how == "cut" else 1):
        table = of.marginal(of.plate_variable, group).table()
        lost = table.cdf(rate[:, :, group]) < size
        inside = more[table.cdf(more[:, group]) >= size, group]
        rate[lost, group] = inside[: np.count_nonzero(lost)]
    return {**draws, of.plate_variable: rate}


def limits(found: Mapping[Name, list[CheckResult]]) -> dict[Name, float]:
    """Return the largest limit of each comparison."""
    return {name: max(result.limit for result in results) for name, results in found.items()}


def smallest(found: Mapping[Name, list[CheckResult]], most: Mapping[Name, float], size: float) -> tuple[float, str]:
    """Return the least error that one of the comparisons finds at these limits, and which one does."""
    least, by = np.inf, "–"
    for name, results in found.items():
        scores, limit = np.array([result.statistic for result in results]), most.get(name, 0.0)
        if len(scores) < _LEAST:
            continue
        mean, spread = abs(scores.mean()), scores.std(ddof=1)
        # What is not altered has a mean of chance, and scores beyond the range of tails say nothing of proportions.
        if mean <= 3.0 * spread / np.sqrt(len(scores)) or limit <= 0.0:
            continue
        at = size * (limit + special.ndtri(POWER) * spread) / mean
        if at < least:
            least, by = at, " of ".join(name)
    return float(least), by


def main() -> None:
    """Read the rows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", default="shift-0.03=0.03,sd-1.05=0.1025", help="mutant=size of its error")
    options = parser.parse_args()
    rows = [(name, float(size)) for name, _, size in (row.partition("=") for row in options.rows.split(","))]
    checks(rows, options.repetitions, options.seed)


if __name__ == "__main__":
    main()
