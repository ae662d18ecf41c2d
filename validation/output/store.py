"""The results folder: ``results.json``, ``report.html``, draws as NetCDF or timed runs as Parquet, pictures."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pplcompare.models.document import model_hash
from pplcompare.models.errors import StorageError, UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.output.datatree import to_datatree
from pplcompare.validation.output.report import report_html
from pplcompare.validation.study.study import Study

RESULTS: Final = "results.json"
REPORT: Final = "report.html"
DRAWS: Final = "draws"
RUNS: Final = "runs.parquet"
PYTEST_BENCHMARK: Final = "pytest-benchmark.json"
ACTION_BENCHMARK: Final = "github-action-benchmark.json"
PLOTS: Final = ("speed.svg", "phases.svg", "scaling.svg")

_OURS: Final = frozenset({RESULTS, REPORT, DRAWS, RUNS, PYTEST_BENCHMARK, ACTION_BENCHMARK, *PLOTS})


def results_folder(data: str, out: str | None, force: bool) -> Path:
    """Return the folder to write to, which does not exist or is an earlier one of ours that may be replaced.

    Raises
    ------
    UsageError
        If it exists, unless it is ours and `force` is given.
    """
    if out is None:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(data).stem).strip("-") or "data"
        return writable(Path(f"pplcompare-{stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    folder = Path(out)
    if folder.exists() and not (force and _ours(folder)):
        mend = "add --force to replace it" if _ours(folder) else "it is not a results folder; choose another"
        raise UsageError("exists already", where="--out", seen=out, mend=mend)
    return writable(folder)


def writable(folder: Path) -> Path:
    """Find out now, not after an hour of sampling, that a folder cannot be made."""
    existing = next(parent for parent in folder.absolute().parents if parent.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        raise StorageError("cannot be written", where=str(folder), mend="choose another folder with --out")
    return folder


def _ours(folder: Path) -> bool:
    """Say whether a folder holds results of ours and nothing else: only then may it be replaced."""
    try:
        document = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        names = {path.name for path in folder.iterdir()}
    except (OSError, ValueError):
        return False
    ours = isinstance(document, dict) and {"pplcompare", "schema_version"} <= set(document)
    return ours and not folder.is_symlink() and names <= _OURS


def write_results(folder: Path, study: Study, document: Mapping[str, Any]) -> None:
    """Write everything about a study.

    Raises
    ------
    StorageError
        If something cannot be written; an earlier folder is then still what it was.
    """
    with written(folder) as private:
        _write_draws(private / DRAWS, study)
        write_file(private / RESULTS, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode())
        write_file(private / REPORT, report_html(document).encode())


@contextmanager
def written(folder: Path) -> Iterator[Path]:
    """Give a private folder beside `folder`; after the block rename it into place.

    Raises
    ------
    StorageError
        If something cannot be written; an earlier folder is then still what it was.
    """
    private: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        private = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        private.chmod(0o755)
        yield private
        if folder.exists():
            # Two renames: at no moment are both results gone.
            folder.rename(private.with_suffix(".old"))
        private.rename(folder)
        shutil.rmtree(private.with_suffix(".old"), ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror or error}", where=str(folder), mend="choose another folder with --out"
        ) from error
    finally:
        if private is not None and private.exists():
            shutil.rmtree(private, ignore_errors=True)


def _write_draws(folder: Path, study: Study) -> None:
    folder.mkdir()
    plan = study.plan
    for row in study.rows:
        if row.fit is None:
            continue
        exact = study.exact[row.model]
        attributes = {"model": row.model, "backend": row.backend, "seed": row.fit.seed, "verdict": row.verdict.value}
        tree = to_datatree(exact.model.structure, exact.model.bind(plan.counts), row.fit, attributes)
        tree.to_netcdf(folder / f"{_stem(exact.model)}-{row.backend}.nc", engine="h5netcdf")


def _stem(model: Model) -> str:
    """Return the model's name where it is a plain file name, else its hash."""
    plain = re.fullmatch(r"\w[\w-]{0,99}", model.name, re.ASCII)
    return model.name if plain else f"model-{model_hash(model)[:16]}"


def write_file(path: Path, content: bytes) -> None:
    """Write a file and see to it that it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
