"""The job behind ``pplcompare run``: plan, compare, store, show."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence

import click
from pplcompare.backends.settings import LARGEST_SEED, NUTSSettings, checked_seed
from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.exact import check_structure
from pplcompare.validation.jobs.altered import altered, mutation, without_rates
from pplcompare.validation.jobs.the_rest import Again, telling_the_rest
from pplcompare.validation.output.exact_summary import exact_summary
from pplcompare.validation.output.store import StudyWriter, results_folder
from pplcompare.validation.output.summary import summary
from pplcompare.validation.output.terminal import Progress, console, show_comparison
from pplcompare.validation.storage.draft import drafted
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.selection import selected_backends
from pplcompare.validation.study.study import Opener, Plan, Study, carry_out
from pplcompare.validation.study.verdict import ExitCode, exit_code


def run_job(
    data: str,
    *,
    counts: Counts,
    models: Sequence[Model],
    opened: Opener,
    names: Sequence[str],
    references: Collection[str],
    backends: Sequence[str],
    require: Sequence[str],
    seed: int | None,
    chains: int,
    warmup: int,
    draws: int,
    out: str | None,
    force: bool,
    marginal: bool,
    mutant: str | None,
    quiet: bool,
    as_json: bool,
    again: Again,
) -> int:
    """Compare, write the results folder, print the tables; return the exit code.

    Parameters
    ----------
    references
        Backends that are the exact answer itself, unless a mutant is made of them.
    again
        The function that returns the command line of this call with options changed.
    """
    chosen, required = selected_backends(names, backends, require)
    plan = Plan(
        counts,
        models,
        chosen,
        NUTSSettings(chains=chains, warmup=warmup, draws=draws),
        checked_seed(secrets.randbelow(LARGEST_SEED + 1) if seed is None else seed),
    )
    check_structure(models)
    folder = results_folder(data, out, force)
    missing = chosen
    if marginal:
        opened = altered(opened, without_rates)
    if mutant is not None:
        opened, references = altered(opened, mutation(mutant)), ()
    with (
        telling_the_rest(again, lambda: missing, plan.seed, out),
        drafted(folder) as draft,
        Progress(quiet) as announce,
    ):
        writer = StudyWriter(draft)

        def keep(study: Study) -> None:
            nonlocal missing
            writer.write(study, summary(study, ExitCode.INTERRUPTED, machine(), marginal=marginal, mutant=mutant))
            missing = list(study.missing)

        study = carry_out(plan, opened, announce, exact_summary, keep)
        code = exit_code([(row.backend, row.verdict) for row in study.rows], required, references)
        document = summary(study, code, machine(), marginal=marginal, mutant=mutant)
        announce(f"writing {folder}")
        writer.write(study, document)
        draft.publish()
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show_comparison(document, console())
        click.echo(f"Results: {folder}/ (report.html, results.json, draws/)")
    return int(code)
