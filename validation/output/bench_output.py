"""What a benchmark leaves: tables or JSON, and a results folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import click
from pplcompare.validation.output.bench_files import bench_files
from pplcompare.validation.output.bench_report import bench_html
from pplcompare.validation.output.bench_terminal import show_bench, show_changes
from pplcompare.validation.output.store import RESULTS, results_draft, results_folder
from pplcompare.validation.output.terminal import console
from pplcompare.validation.storage.draft import Draft
from pplcompare.validation.storage.names import REPORT


def deliver_changes(document: Mapping[str, Any], as_json: bool) -> int:
    """Show what has changed between two benchmarks; return the exit code."""
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show_changes(document, console())
    return int(document["exit_code"])


class BenchOutput:
    """Where the results of a benchmark go; built before anything is timed, so that a bad place is found first."""

    def __init__(self, out: str | None, force: bool, as_json: bool) -> None:
        self.folder, self._force, self._as_json = results_folder("bench", out, force), force, as_json

    def draft(self) -> AbstractContextManager[Draft]:
        """Give the draft of the folder."""
        return results_draft(self.folder, self._force)

    @staticmethod
    def keep(draft: Draft, document: Mapping[str, Any]) -> None:
        """Write the document of a part, and its report."""
        draft.place(REPORT, bench_html(document, {}, []).encode())
        draft.place(RESULTS, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode())

    def deliver(self, draft: Draft, document: Mapping[str, Any]) -> int:
        """Write and show; return the exit code."""
        files = bench_files(document)
        for name in (*(name for name in files if name != RESULTS), RESULTS):  # the index last
            draft.place(name, files[name])
        draft.publish()
        if self._as_json:
            click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
        else:
            show_bench(document, console())
            click.echo(f"Results: {self.folder}/ ({', '.join(files)})")
        return int(document["exit_code"])
