"""``pplcompare exact``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pplcompare.validation.commands import completion
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.number_options import interval_option, trials_option
from pplcompare.validation.commands.options import (
    MORE,
    data_argument,
    model_options,
    prepared,
)


@click.command(epilog=MORE, short_help="Which group is better, by how much? All exact answers.")
@data_argument
@model_options
@trials_option("Trials to come of each group (default: its own number).")
@interval_option
@click.option("--compare", metavar="A,B", help="Compare these two of many groups.")
@click.option("--verbose", is_flag=True, help="Also a new group, P(rate < k/n), P(all 5 fail), how the error is known.")
@click.option(
    "--posteriordb",
    "pack",
    metavar="DIR",
    shell_complete=completion.a_folder,
    help="Write 10,000 exact draws, moments and quantiles in posteriordb's format.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of these draws.")
@click.option(
    "--out", shell_complete=completion.a_folder, help="Also store a report with pictures: a folder that does not exist."
)
@click.option("--force", is_flag=True, help="Replace an earlier results folder.")
def exact(data: tuple[str, ...], **options: Any) -> None:
    """Say which group is better and by how much, exactly; no backend is needed.

    The answer has the probability that a group is better, the difference with an interval, what a wrong choice costs on
    average, the next campaign of each group, and how far all of this can be trusted; of many groups there is a ranking.
    The exact posterior of each model stands below.

    DATA is a known name, the path of a table, or groups with successes and trials, such as A=19/200 B=3/10.

    \b
    Examples:
      pplcompare exact A=19/200 B=3/10
      pplcompare exact my.csv
      pplcompare exact my.csv --trials 500 --interval 95%
      pplcompare exact my.csv --compare north,south
      pplcompare exact rats --model hierarchical_proportion
      pplcompare exact --model hierarchical --prior "alpha=Gamma(8, 4)"
      pplcompare exact rats --posteriordb database
      pplcompare exact my.csv --out results        results/report.html
    """
    with reported():
        again = command_line(click.get_current_context())
        pack, out, priors = options.pop("pack"), options.pop("out"), options["priors"]
        given = prepared(data, options)
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.compared_groups import compared_groups
        from pplcompare.validation.commands.exact_job import ExactRequest, exact_job
        from pplcompare.validation.exact.wanted import Wanted
        from pplcompare.validation.output.page import Told
        from pplcompare.validation.output.terminal import console, report_line, show_answer, show_exact

        groups = compared_groups(given["compare"], given["counts"].groups)
        wanted, folder = Wanted(given["trials"], given["interval"], groups), None
        if out is not None:
            from pplcompare.validation.output.store import results_folder

            folder = results_folder(given["data"], out, given["force"])
        if pack is not None:
            from pplcompare.validation.commands.pack_job import pack_job

            # The last of what may refuse a call: it leaves files behind.
            pack_job(given["data"], given["counts"], given["models"], Path(pack), given["seed"])
        told = Told.now(given["data"], again)
        asked = wanted, folder, given["force"], told
        documents = exact_job(ExactRequest(given["counts"], given["models"], priors, *asked))
        if given["as_json"]:
            click.echo(json_text(documents))
            return
        to = console()
        show_answer(documents, to, verbose=given["verbose"])
        show_exact(documents, to, verbose=given["verbose"])
        if pack is not None:
            click.echo(f"Reference pack: {pack}/ (10,000 exact draws of each model, as posteriordb has them)")
        if folder is not None:
            click.echo(report_line(folder))
