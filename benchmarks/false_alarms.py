"""How often `pplcompare check` calls correct samplers wrong: the check with many root seeds, compiled once.

    uv run python benchmarks/false_alarms.py [--seeds 20] [--backends exact,nutpie,numpyro,pymc,stan]
        [--data campaigns,rats,baseball,surgical] [--models independent,hierarchical] [--draws 2500] [--jobs 2]

One process per backend keeps its programs for all seeds. For each seed and in all: fits, comparisons, fits that failed
the screen and in the end, and the smallest two-sided normal p of all scores, beside the level that the screen has
for each of single quantities. At the end what the exact tables of rats cost, beside the sampling time of the fastest
backend there.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from pplcompare.backends.protocol import Backend, Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.model_choice import choose_models
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.atoms import NAMES
from pplcompare.validation.checks.result import combined
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.check_job import DRAWS, CheckRequest, checked_studies, document_of
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.second_look import screen
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import Verdict
from scipy import special


class Kept:
    """A backend that compiles each structure once for each set of sizes."""

    def __init__(self, backend: Backend) -> None:
        self.name, self._backend = backend.name, backend
        self.status, self.environment = backend.status, backend.environment
        self._programs: dict[str, Program] = {}

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> Program:
        key = repr((structure, sorted(sizes.items())))
        if key not in self._programs:
            self._programs[key] = self._backend.compile(structure, sizes)
        return self._programs[key]


def first_looks(studies: tuple[Study, ...]) -> list[FitResult]:
    """Return what the screen saw of each fit."""
    return [row if row.first_look is None else row.first_look for study in studies for row in study.rows]


def smallest_p(rows: list[FitResult]) -> float:
    """Return the smallest two-sided normal p of all scores."""
    results = combined(report for row in rows for report in (row.posterior, row.prediction)).results
    worst = max((abs(r.statistic) for r in results if math.isfinite(r.limit) and r.check not in NAMES), default=0.0)
    return float(2.0 * special.ndtr(-worst))


def tables(known: ExactPosterior) -> float:
    """Return the seconds that an exact answer and all tables that draws are checked with need."""
    start = time.perf_counter()
    exact = exact_posterior(known.model, known.counts)
    for name in exact.scalars:
        exact.marginal(name).table()
    for group in range(len(exact.counts.groups)):
        exact.marginal(exact.plate_variable, group).table()
    return time.perf_counter() - start


def show_cost(study: Study) -> None:
    """Print the cost of the exact tables beside the fastest sampler's."""
    for model, exact in study.exact.items():
        timed = [
            (row.fit.timing.run.wall, row.backend)
            for row in study.rows
            if row.model == model and row.backend != "exact" and row.fit is not None and row.fit.timing.run is not None
        ]
        fastest = "{1} samples in {0:.2f} s".format(*min(timed)) if timed else "no sampler ran"
        print(f"{study.plan.data}, {model}: exact answer and its tables in {tables(exact):.2f} s; {fastest}")


def main() -> None:
    """Check with each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--backends", default="exact,nutpie,numpyro,pymc,stan")
    parser.add_argument("--data", default=",".join(DATASETS))
    parser.add_argument("--models", default="independent,hierarchical")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names, models = options.backends.split(","), choose_models(options.models.split(","), [])
    data = {name: load(name) for name in options.data.split(",")}
    print(f"{'seed':>6}{'fits':>6}{'comparisons':>13}{'screened':>10}{'failed':>8}{'not run':>9}", end="")
    print(f"{'smallest p':>13}{'screen at':>12}{'seconds':>9}", flush=True)
    totals, least = [0, 0, 0, 0, 0], 1.0
    with ExitStack() as stack:
        kept = {name: Kept(stack.enter_context(backends.opened(name))) for name in names}

        @contextmanager
        def opened(name: str) -> Iterator[Backend]:
            yield kept[name]

        for seed in range(options.first_seed, options.first_seed + options.seeds):
            start = time.perf_counter()
            request = CheckRequest(
                data,
                models,
                Backends(names, opened),
                Delivery(lambda _: 0),
                NUTSSettings(draws=options.draws),
                seed=seed,
                jobs=options.jobs,
            )
            studies = checked_studies(request, lambda _: None)
            document = document_of(studies, request)
            rows, looks = [row for study in studies for row in study.rows], first_looks(studies)
            found = [
                len(rows),
                sum(row.posterior.comparisons + row.prediction.comparisons for row in looks),
                sum(row.verdict is Verdict.FAILED for row in looks),
                sum(row.verdict is Verdict.FAILED for row in rows),
                sum(row.verdict not in (Verdict.FAILED, Verdict.PASSED) for row in rows),
            ]
            totals, p = [a + b for a, b in zip(totals, found, strict=True)], smallest_p(looks)
            least = min(least, p)
            show(str(seed), found, p, screen(studies[0].plan).levels.of("mean"), time.perf_counter() - start)
            for fit in document["fits"]:
                for look in filter(None, (fit["first_look"], fit)):
                    if look["reason"]:
                        print(f"       {fit['backend']}, {fit['data']}, {fit['model']}: {look['reason']}")
    show("all", totals, least, None, None)
    for study in studies:
        if study.plan.data == "rats":
            show_cost(study)


def show(seed: str, found: list[int], p: float, level: float | None, took: float | None) -> None:
    """Print one line."""
    fits, comparisons, screened, failed, not_run = found
    print(f"{seed:>6}{fits:6}{comparisons:13,}{screened:10}{failed:8}{not_run:9}{p:13.2g}", end="")
    print("" if level is None else f"{level:12.2g}{took:9.1f}", flush=True)


if __name__ == "__main__":
    main()
