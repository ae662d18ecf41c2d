"""What a benchmark leaves: tables or JSON, and a results folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click
from pplcompare.validation.output.bench_files import bench_files
from pplcompare.validation.output.bench_terminal import show_bench, show_changes
from pplcompare.validation.output.store import results_folder, write_file, written
from pplcompare.validation.output.terminal import console


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
        self._folder, self._as_json = results_folder("bench", out, force), as_json

    def deliver(self, document: Mapping[str, Any]) -> int:
        """Write and show; return the exit code."""
        files = bench_files(document)
        with written(self._folder) as private:
            for name, content in files.items():
                write_file(private / name, content)
        if self._as_json:
            click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
        else:
            show_bench(document, console())
            click.echo(f"Results: {self._folder}/ ({', '.join(files)})")
        return int(document["exit_code"])
