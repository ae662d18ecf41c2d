"""``pplcompare calibrate work``: one job of a job array."""

from __future__ import annotations

import sys

import click
from pplcompare.validation.commands import completion
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.grouped import Grouped
from pplcompare.validation.commands.options import MORE, limit_options, quiet_option


@click.command("work", cls=Grouped, epilog=MORE)
@click.argument("store", shell_complete=completion.a_folder)
@click.option("--part", required=True, help="I/N: the I-th of N parts, from 1.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Batches at the same time.")
@limit_options
@quiet_option
def work(store: str, part: str, jobs: int, time_limit: float | None, memory_limit: float | None, quiet: bool) -> None:
    """Do one of N parts of the batches that a STORE is missing.

    It exits with 6 if a batch could not be done. Ranks are the same whoever does a batch, and however often.
    ``calibrate ... --out STORE --resume`` then does what is still missing, and gives the verdict.

    \b
    Example, an array of 8 jobs of Slurm:
      sbatch --array=1-8 --wrap \\
        'pplcompare calibrate work store --part $SLURM_ARRAY_TASK_ID/8'
    """
    with reported():
        from pathlib import Path

        from pplcompare.validation.commands.backends import Workers
        from pplcompare.validation.commands.batches_job import Hands
        from pplcompare.validation.commands.calibrate_job import WorkRequest, work_job
        from pplcompare.validation.study.checked_options import checked_count
        from pplcompare.validation.study.verdict import ExitCode

        first, parts = _part(part)
        hands = Hands(Workers(time_limit, memory_limit), checked_count(jobs, "--jobs"))
        failures = work_job(WorkRequest(Path(store), first, parts, hands, quiet))
        for entry, why in failures.items():
            click.echo(f"pplcompare: {entry.engine}, {entry.model}: {why}", err=True)
        sys.exit(ExitCode.INCOMPLETE if failures else ExitCode.PASSED)


def _part(text: str) -> tuple[int, int]:
    """Return which part I/N is, from 0, and of how many."""
    from pplcompare.models.errors import UsageError

    number, slash, of = text.partition("/")
    digits = number.isascii() and number.isdecimal() and of.isascii() and of.isdecimal() and len(text) < 20
    if not slash or not digits or not 1 <= int(number) <= int(of):
        raise UsageError("cannot be read", where="--part", seen=text, mend="write 1/4 for the first of four parts")
    return int(number) - 1, int(of)
