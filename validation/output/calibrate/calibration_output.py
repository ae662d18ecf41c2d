"""What a calibration leaves: a table or JSON, and a JUnit file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click
from pplcompare.models.plain import json_text
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.output.calibrate.calibration_junit import calibration_xml
from pplcompare.validation.output.calibrate.calibration_terminal import show_calibration
from pplcompare.validation.output.junit_file import JUnitFile
from pplcompare.validation.output.terminal import console, report_line


class CalibrationOutput:
    """Where a calibration goes; built before anything is sampled, so that a bad place is found first."""

    def __init__(self, junit: str | None, as_json: bool) -> None:
        self._junit, self._as_json = None if junit is None else JUnitFile(junit), as_json

    def deliver(self, document: CalibrationDocument) -> int:
        """Write and show; return the exit code. What cannot be written keeps nothing else from its reader.

        Raises
        ------
        OSError
            If the document or its file cannot be written.
        """
        with ExitStack() as stack:
            if self._junit is not None:
                stack.callback(self._junit.write, calibration_xml(document))
            if self._as_json:
                stack.callback(click.echo, json_text(document))
            else:
                stack.callback(_show, document)
        return int(document["exit_code"])


def _show(document: CalibrationDocument) -> None:
    show_calibration(document, console())
    if document["store"] is not None:
        click.echo(report_line(Path(document["store"])))
