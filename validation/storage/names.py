"""What a results folder holds: only what holds nothing else is ever replaced or removed."""

from __future__ import annotations

from typing import Final

INDEX: Final = "results.json"
"""What says which results are finished; a folder without it holds none."""

REPORT: Final = "report.html"
DRAWS: Final = "draws"
PICTURES: Final = "pictures"
RUNS: Final = "runs.parquet"
LATEX: Final = "tables.tex"
PYTEST_BENCHMARK: Final = "pytest-benchmark.json"
ACTION_BENCHMARK: Final = "github-action-benchmark.json"

_EARLIER: Final = ("speed.svg", "phases.svg", "scaling.svg")
"""Pictures of benchmarks that earlier versions made."""

LOCK: Final = "lock"

REPLACED: Final = "replaced"
"""An earlier folder on its way out."""

OURS: Final = frozenset(
    {INDEX, REPORT, DRAWS, PICTURES, RUNS, LATEX, PYTEST_BENCHMARK, ACTION_BENCHMARK, LOCK, REPLACED, *_EARLIER}
)
