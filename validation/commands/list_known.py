"""``pplcompare list``."""

from __future__ import annotations

from typing import Final

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import MORE, json_option

_KINDS: Final = ("data", "models", "distributions", "backends", "mutants", "exit-codes")
_SHORT: Final = ("data", "models", "backends")
"""What is listed if nothing is asked for; the other lists are long."""


@click.command("list", epilog=MORE, short_help="List data sets, models, backends and more.")
@click.argument("what", type=click.Choice(_KINDS), nargs=-1, metavar="[WHAT]...")
@json_option
def list_known(what: tuple[str, ...], as_json: bool) -> None:
    """List what there is to choose from.

    WHAT is data, models, distributions, backends, mutants or exit-codes; without it, data sets, models and backends
    are listed. Nothing is imported or started: `pplcompare doctor` says which backends work here.

    \b
    Examples:
      pplcompare list
      pplcompare list distributions      what a prior or a model may have
      pplcompare list mutants            what --mutant takes
      pplcompare list exit-codes
      pplcompare list data models --json
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.list_job import list_job

        document = list_job(what or _SHORT, backends.registered_by())
        if as_json:
            click.echo(json_text(document))
            return
        from pplcompare.validation.output.list_terminal import show_list
        from pplcompare.validation.output.terminal import console

        show_list(document, console())
