"""``pplcompare selftest``."""

from __future__ import annotations

import sys
from typing import Final

import click
from pplcompare.validation.commands.errors import reported

# Repetitions of right samplers, and of each mutant and budget.
_QUICK: Final = (500, 5)
_FULL: Final = (10_000, 200)


_EPILOG: Final = """\b
Examples:
  pplcompare selftest                    a minute
  pplcompare selftest --full --seed 7    10,000 repetitions
  pplcompare selftest --json > selftest.json

Exits with 1 if a mutant survives or a rate is out of bounds. More: pplcompare list exit-codes."""


@click.command(epilog=_EPILOG, short_help="Put the checks themselves on trial.")
@click.option("--full", is_flag=True, help="10,000 repetitions instead of 500: hours.")
@click.option("--repetitions", type=click.IntRange(1), help="Of right samplers; of mutants one for each 50.")
@click.option("--seed", type=int, default=1, show_default=True, help="From 0 to 2147483647.")
@click.option("--jobs", type=click.IntRange(1), help="Processes at the same time (default: number of processors).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--quiet", is_flag=True, help="No progress.")
def selftest(full: bool, repetitions: int | None, seed: int, jobs: int | None, as_json: bool, quiet: bool) -> None:
    """Test the harness itself: right samplers must pass as often as promised, wrong ones must be caught.

    No backend is needed. Right draws, independent and correlated, are checked many times, and rejections are counted
    at three levels. Then samplers that are wrong on purpose (mutants) are checked; those that cannot be noticed are
    listed as equivalent, with the reason.
    """
    with reported():
        from pplcompare.validation.study.checked_options import check_options

        check_options({"repetitions": repetitions, "seed": seed, "jobs": jobs})
        from pplcompare.models.plain import json_text
        from pplcompare.validation.output.progress import Progress
        from pplcompare.validation.output.terminal import console
        from pplcompare.validation.selftest.tables import show_selftest
        from pplcompare.validation.selftest.trial import self_test
        from pplcompare.validation.study.machine import processors

        rates, kills = _FULL if full else _QUICK
        if repetitions is not None:
            rates, kills = repetitions, -(-repetitions // 50)
        with Progress(quiet) as announce:
            found = self_test(rates, kills, seed, announce, jobs or processors())
        if as_json:
            click.echo(json_text(found.document()))
        else:
            show_selftest(found, console())
        sys.exit(int(bool(found.wrong)))
