"""``pplcompare exact``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pplcompare.validation.commands import completion
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
def exact(data: tuple[str, ...], to_come: int | None, pack: str | None, seed: int, **options: Any) -> None:
    """Show the exact posterior of DATA; no backend is needed.

    DATA is a known name, the path of a CSV file, or groups with successes and trials, such as A=19/200 B=3/10.

    \b
    Examples:
      pplcompare exact
      pplcompare exact A=19/200 B=3/10
      pplcompare exact rats --model hierarchical_proportion
      pplcompare exact --model hierarchical --prior "alpha=Gamma(8, 4)"
      pplcompare exact rats --posteriordb database
    """
    with reported():
        given = prepared(data, options)
        from pplcompare.models.document import model_hash
        from pplcompare.models.plain import json_text
        from pplcompare.validation.exact import exact_posterior
        from pplcompare.validation.exact.exact_document import HashedExactDocument
        from pplcompare.validation.exact.exact_summary import exact_summary
        from pplcompare.validation.output.terminal import console, show_answer, show_exact

        if pack is not None:
            from pplcompare.validation.commands.pack_job import pack_job

            pack_job(given["data"], given["counts"], given["models"], Path(pack), seed)
        summaries: dict[str, HashedExactDocument] = {
            model.name: {"hash": model_hash(model), **exact_summary(exact_posterior(model, given["counts"]), to_come)}
            for model in given["models"]
        }
        if given["as_json"]:
            click.echo(json_text(summaries))
            return
        to = console()
        show_answer(summaries, to)
        for name, document in summaries.items():
            show_exact(name, document, to)
        if pack is not None:
            click.echo(f"Reference pack: {pack}/ (10,000 exact draws of each model, as posteriordb has them)")
