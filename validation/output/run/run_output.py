"""What a run shows: tables or JSON, and where its results are."""

from __future__ import annotations

from pathlib import Path

import click
from pplcompare.models.plain import json_text
from pplcompare.validation.output.documents import RunDocument
from pplcompare.validation.output.run.run_terminal import show_comparison
from pplcompare.validation.output.store import results_folder
from pplcompare.validation.output.terminal import console, report_line


class RunOutput:
    """Where the results of a run go; built before anything is sampled, so that a bad place is found first.

    Attributes
    ----------
    folder : Path
        The results folder.
    """

    def __init__(self, data: str, out: str | None, force: bool, as_json: bool) -> None:
        self.folder: Path = results_folder(data, out, force)
        self._as_json = as_json

    def deliver(self, document: RunDocument) -> int:
        """Show the document; return the exit code."""
        if self._as_json:
            click.echo(json_text(document))
        else:
            show_comparison(document, console())
            click.echo(f"Results: {self.folder}/ (report.html, results.json, draws/, pictures/)")
            click.echo(report_line(self.folder))
        return int(document["exit_code"])
