"""What a check leaves: tables or JSON, a JUnit file, annotations."""

from __future__ import annotations

import os
from contextlib import ExitStack

import click
from pplcompare.models.plain import json_text
from pplcompare.validation.output.check.annotations import github_annotations
from pplcompare.validation.output.check.junit import junit_xml
from pplcompare.validation.output.check.terminal_check import show_check
from pplcompare.validation.output.documents import CheckDocument
from pplcompare.validation.output.junit_file import JUnitFile
from pplcompare.validation.output.terminal import console


class CheckOutput:
    """Where the results of a check go; built before anything is sampled, so that a bad place is found first."""

    def __init__(self, junit: str | None, as_json: bool) -> None:
        self._junit, self._as_json = None if junit is None else JUnitFile(junit), as_json

    def deliver(self, document: CheckDocument) -> int:
        """Write and show; return the exit code. What cannot be written keeps nothing else from its reader.

        Raises
        ------
        StorageError
            If the JUnit file cannot be written; an earlier one is then still what it was.
        OSError
            If the document cannot be shown.
        """
        with ExitStack() as stack:
            stack.callback(self._write_junit, document)
            stack.callback(self._show, document)
        return int(document["exit_code"])

    def _write_junit(self, document: CheckDocument) -> None:
        if self._junit is not None:
            self._junit.write(junit_xml(document))

    def _show(self, document: CheckDocument) -> None:
        if self._as_json:
            click.echo(json_text(document))
        else:
            show_check(document, console())
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for line in github_annotations(document):
                # Standard error, which the runner reads too: standard output may be JSON.
                click.echo(line, err=True)
