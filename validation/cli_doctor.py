"""``pplcompare doctor``."""

from __future__ import annotations

import json

import click
from pplcompare.validation import cli_backends
from pplcompare.validation.cli_errors import reported
from pplcompare.validation.cli_options import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Show what is installed, which versions, what is missing and how to mend it."""
    with reported():
        from dataclasses import asdict

        from pplcompare.validation.doctor import examine, machine
        from pplcompare.validation.terminal import console, show_doctor

        found = examine(cli_backends.names(), cli_backends.opened)
        document = {"backends": {name: asdict(status) for name, status in found.items()}, "machine": machine()}
        if as_json:
            click.echo(json.dumps(document, indent=2))
        else:
            show_doctor(document, console())
