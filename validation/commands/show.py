"""``pplcompare show``."""

from __future__ import annotations

from typing import Any

import click
from pplcompare.validation.commands import backends, completion
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import (
    MORE,
    columns_option,
    data_argument,
    offer_models,
    prepared,
    prior_option,
)


@click.command(epilog=MORE, short_help="Show a model as each library sees it.")
@click.argument("model", shell_complete=offer_models)
@data_argument
@click.option(
    "--as",
    "language",
    default="math",
    show_default=True,
    shell_complete=completion.languages,
    help="math, svg or mermaid (the graph), or a backend, such as stan, pymc, numpyro.",
)
@columns_option
@prior_option
def show(model: str, data: tuple[str, ...], language: str, **options: Any) -> None:
    """Show MODEL, a name or FILE.toml, as each library sees it, with the numbers of DATA in place.

    \b
    Examples:
      pplcompare show hierarchical
      pplcompare show hierarchical rats --as stan > rats.stan
      pplcompare show hierarchical rats --as svg > graph.svg
      pplcompare show my.toml my.csv --as pymc --prior "alpha=Gamma(8, 4)"
    """
    with reported():
        given = prepared(data, {**options, "models": [model]})
        from pplcompare.validation.commands.program_text import program_text
        from pplcompare.validation.study.chosen_backends import Backends

        (chosen,) = given["models"]
        known = Backends(backends.names(), backends.written_by)
        click.echo(program_text(chosen, given["counts"], language, known), nl=False)
