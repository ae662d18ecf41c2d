"""``pplcompare doctor``."""

from __future__ import annotations

import json

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import json_option, quiet_option


@click.command(short_help="Show what is installed and what is missing.")
@json_option
@quiet_option
def doctor(as_json: bool, quiet: bool) -> None:
    """Show what is installed, which versions, what is missing and how to mend it."""
    with reported():
        from dataclasses import asdict
        from typing import cast

        from pplcompare.validation.commands.doctor_job import examine
        from pplcompare.validation.output.documents import DoctorDocument, StatusDocument
        from pplcompare.validation.output.progress import Progress
        from pplcompare.validation.output.terminal import console, show_doctor
        from pplcompare.validation.study.machine import machine

        with Progress(quiet) as announce:
            found = examine(backends.Workers().backends, announce)
        statuses = {name: cast("StatusDocument", asdict(status)) for name, status in found.items()}
        document: DoctorDocument = {"backends": statuses, "machine": machine()}
        if as_json:
            click.echo(json.dumps(document, indent=2))
        else:
            show_doctor(document, console())
