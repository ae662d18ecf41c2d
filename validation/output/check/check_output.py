"""What a check leaves: tables or JSON, a JUnit file, annotations."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

import click
from pplcompare.models.errors import StorageError
from pplcompare.models.plain import json_text
from pplcompare.validation.output.check.annotations import github_annotations
from pplcompare.validation.output.check.junit import junit_xml
from pplcompare.validation.output.check.step_summary import step_summary
from pplcompare.validation.output.check.terminal_check import show_check
from pplcompare.validation.output.documents import CheckDocument
from pplcompare.validation.output.junit_file import JUnitFile
from pplcompare.validation.output.terminal import console, report_line


class CheckOutput:
    """Where the results of a check go; built before anything is sampled, so that a bad place is found first.

    Parameters
    ----------
    folders
        The results folders that are written beside it, whose reports are named at the end.
    """

    def __init__(self, junit: str | None, as_json: bool, folders: Collection[Path] = ()) -> None:
        self._junit, self._as_json = None if junit is None else JUnitFile(junit), as_json
        self._folders = folders

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
            stack.callback(_write_step_summary, document)
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
            for folder in self._folders:
                click.echo(report_line(folder))
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for line in github_annotations(document):
                # Standard error, which the runner reads too: standard output may be JSON.
                click.echo(line, err=True)


def _write_step_summary(document: CheckDocument) -> None:
    """Append to the summary of the job's step, where GitHub's runner asks for one; other steps may have written it."""
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(file).open("a", encoding="utf-8") as summary:
                summary.write(step_summary(document))
        except OSError as error:
            what = f"cannot be written: {error.strerror or error}"
            raise StorageError(what, where="GITHUB_STEP_SUMMARY", seen=file, mend="unset it") from error
