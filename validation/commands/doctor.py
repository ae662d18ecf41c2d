"""``pplcompare doctor``."""

from __future__ import annotations

import json
import sys
from typing import Final

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import MORE, json_option, limit_options, quiet_option

_EPILOG: Final = f"""\b
Examples:
  pplcompare doctor                    what is installed, what is missing
  pplcompare doctor --contract mine    does a backend keep the protocol?

{MORE}"""


@click.command(epilog=_EPILOG, short_help="Show what is installed and what is missing.")
@click.option("--contract", metavar="NAME", help="Try every promise of the protocol on this backend.")
@click.option("--draws", type=click.IntRange(4), help="Of each chain that must be right (with --contract).")
@limit_options
@json_option
@quiet_option
def doctor(
    contract: str | None,
    draws: int | None,
    time_limit: float | None,
    memory_limit: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what is installed, which versions, what is missing and how to mend it.

    With --contract, a backend is tried promise by promise, in a process of its own; a broken promise is a failed
    check, and what could not be tested is incomplete.
    """
    with reported():
        from pplcompare.models.errors import UsageError

        workers = backends.Workers(time_limit, memory_limit)
        if contract is not None:
            sys.exit(_contract(contract, workers, draws, as_json=as_json, quiet=quiet))
        if draws is not None:
            raise UsageError("is for --contract alone", where="--draws", seen=draws, mend="add --contract NAME")
        from dataclasses import asdict
        from typing import cast

        from pplcompare.validation.commands.doctor_job import cache_document, examine
        from pplcompare.validation.output.documents import DoctorDocument, StatusDocument
        from pplcompare.validation.output.progress import Progress
        from pplcompare.validation.output.terminal import console, show_doctor
        from pplcompare.validation.study.machine import machine

        with Progress(quiet) as announce:
            found = examine(workers.backends, announce)
        here = machine()
        statuses = {name: cast("StatusDocument", asdict(status)) for name, status in found.items()}
        document: DoctorDocument = {
            "backends": statuses,
            "cache": cache_document(found, here),
            "machine": here,
        }
        if as_json:
            click.echo(json.dumps(document, indent=2))
        else:
            show_doctor(document, console())


def _contract(name: str, workers: backends.Workers, draws: int | None, *, as_json: bool, quiet: bool) -> int:
    """Try the promises of a backend, show what became of them, and return the exit code."""
    from pplcompare.validation.commands.contract_job import contract_document, examine_contract
    from pplcompare.validation.output.progress import Progress
    from pplcompare.validation.output.terminal import console
    from pplcompare.validation.output.terminal_contract import show_contract
    from pplcompare.validation.study.checked_options import check_options
    from pplcompare.validation.study.selection import selected_backends
    from pplcompare.validation.testing.contract_case import DRAWS

    check_options({"draws": draws})
    selected_backends(backends.names(), [name], ())
    with Progress(quiet) as announce:
        report = examine_contract(name, workers.opened, announce, DRAWS if draws is None else draws)
    document = contract_document(report)
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        show_contract(document, console())
    return document["exit_code"]
