"""``pplcompare exact``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pplcompare.validation.commands import completion
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import MORE, data_argument, model_options, prepared


@click.command(epilog=MORE)
@data_argument
@model_options
@click.option("--next", "to_come", type=click.IntRange(min=0), metavar="N", help="Trials of what is predicted.")
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
def exact(
    data: tuple[str, ...],
    to_come: int | None,
    pack: str | None,
    seed: int,
    out: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Show the exact posterior of DATA; no backend is needed.

    DATA is a known name, the path of a CSV file, or groups with successes and trials, such as A=19/200 B=3/10.

    \b
    Examples:
      pplcompare exact
      pplcompare exact A=19/200 B=3/10
      pplcompare exact rats --model hierarchical_proportion
      pplcompare exact --model hierarchical --prior "alpha=Gamma(8, 4)"
      pplcompare exact rats --posteriordb database
      pplcompare exact my.csv --out results        results/report.html
    """
    with reported():
        again = command_line(click.get_current_context())
        given = prepared(data, options)
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.exact_job import ExactRequest, exact_job
        from pplcompare.validation.output.page import Told
        from pplcompare.validation.output.store import results_folder
        from pplcompare.validation.output.terminal import console, report_line, show_answer, show_exact

        if pack is not None:
            from pplcompare.validation.commands.pack_job import pack_job

            pack_job(given["data"], given["counts"], given["models"], Path(pack), seed)
        folder = None if out is None else results_folder(given["data"], out, force)
        told = Told.now(given["data"], again)
        documents = exact_job(ExactRequest(given["counts"], given["models"], to_come, folder, force, told))
        if given["as_json"]:
            click.echo(json_text(documents))
            return
        to = console()
        show_answer(documents, to)
        for name, document in documents.items():
            show_exact(name, document, to)
        if pack is not None:
            click.echo(f"Reference pack: {pack}/ (10,000 exact draws of each model, as posteriordb has them)")
        if folder is not None:
            click.echo(report_line(folder))
