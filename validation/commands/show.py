"""``pplcompare show``."""

from __future__ import annotations

from typing import Any

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import EXIT_CODES, columns_option, one_data_set, prepared, prior_option


@click.command(epilog=EXIT_CODES)
@click.argument("model")
@one_data_set
@click.option(
    "--as",
    "language",
    default="math",
    show_default=True,
    help="math, mermaid or a backend, such as stan, pymc, numpyro.",
)
@columns_option
@prior_option
def show(model: str, data: tuple[str, ...], language: str, **options: Any) -> None:
    """Show MODEL, a name or FILE.toml, as each library sees it, with the numbers of DATA in place.

    \b
    Examples:
      pplcompare show hierarchical
      pplcompare show hierarchical rats --as stan > rats.stan
      pplcompare show my.toml my.csv --as pymc --prior "alpha=Gamma(8, 4)"
    """
    with reported():
        given = prepared(data, {**options, "models": [model]})
        from pplcompare.validation.commands.program_text import program_text
        from pplcompare.validation.study.chosen_backends import Backends

        (chosen,) = given["models"]
        known = Backends(backends.names(), backends.written_by)
        click.echo(program_text(chosen, given["counts"], language, known), nl=False)
