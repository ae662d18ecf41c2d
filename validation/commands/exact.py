"""``pplcompare exact``."""

from __future__ import annotations

from typing import Any

import click
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import MORE, model_options, one_data_set, prepared


@click.command(epilog=MORE)
@one_data_set
@model_options
def exact(data: str, **options: Any) -> None:
    """Show the exact posterior of DATA; no backend is needed.

    \b
    Examples:
      pplcompare exact
      pplcompare exact rats --model hierarchical_proportion
      pplcompare exact --model hierarchical --prior "alpha=Gamma(8, 4)"
    """
    with reported():
        given = prepared(data, options)
        from pplcompare.models.document import model_hash
        from pplcompare.models.plain import json_text
        from pplcompare.validation.exact import exact_posterior
        from pplcompare.validation.exact.exact_document import HashedExactDocument
        from pplcompare.validation.exact.exact_summary import exact_summary
        from pplcompare.validation.output.terminal import console, show_exact

        summaries: dict[str, HashedExactDocument] = {
            model.name: {"hash": model_hash(model), **exact_summary(exact_posterior(model, given["counts"]))}
            for model in given["models"]
        }
        if given["as_json"]:
            click.echo(json_text(summaries))
            return
        for name, document in summaries.items():
            show_exact(name, document, console())
