"""What a benchmark leaves: tables or JSON, and a results folder."""

from __future__ import annotations

import click
from pplcompare.models.plain import json_text
from pplcompare.validation.output.bench.bench_documents import BenchDocument, ChangesDocument
from pplcompare.validation.output.bench.bench_files import bench_files
from pplcompare.validation.output.bench.bench_report import bench_html
from pplcompare.validation.output.bench.bench_terminal import show_bench, show_changes
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.store import results_folder
from pplcompare.validation.output.terminal import console, report_line
from pplcompare.validation.storage.draft import Draft
from pplcompare.validation.storage.names import INDEX, REPORT


def deliver_changes(document: ChangesDocument, as_json: bool) -> int:
    """Show what has changed between two benchmarks; return the exit code."""
    if as_json:
        click.echo(json_text(document))
    else:
        show_changes(document, console())
    return int(document["exit_code"])


def keep_bench(draft: Draft, document: BenchDocument, told: Told) -> None:
    """Write the document of a part, and its report."""
    draft.place(REPORT, bench_html(document, told).encode())
    draft.place(INDEX, json_text(document).encode())


def store_bench(draft: Draft, document: BenchDocument, told: Told) -> None:
    """Write everything about a finished benchmark."""
    files = bench_files(document, told)
    for name in (*(name for name in files if name != INDEX), INDEX):  # the index last
        draft.place(name, files[name])
    draft.publish()


class BenchOutput:
    """Where the results of a benchmark go; built before anything is timed, so that a bad place is found first."""

    def __init__(self, out: str | None, force: bool, as_json: bool) -> None:
        self.folder, self._as_json = results_folder("bench", out, force), as_json

    def deliver(self, document: BenchDocument) -> int:
        """Show the document; return the exit code."""
        if self._as_json:
            click.echo(json_text(document))
        else:
            show_bench(document, console())
            names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in self.folder.iterdir())
            click.echo(f"Results: {self.folder}/ ({', '.join(names)})")
            click.echo(report_line(self.folder))
        return int(document["exit_code"])
