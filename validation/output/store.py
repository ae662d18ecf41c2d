"""The results folder: ``results.json``, ``report.html``, draws as NetCDF or timed runs as Parquet, pictures."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pplcompare.models.errors import StorageError, UsageError
from pplcompare.validation.output.datatree import to_datatree
from pplcompare.validation.output.file_names import data_stem, draws_file
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

# Temporary files beside it have its name and more; 255 bytes are the most that file systems take.
_LONGEST_NAME: Final = 200
_LONGEST_PATH: Final = 3500


def results_folder(data: str, out: str | None, force: bool) -> Path:
    """Return the folder to write to, which does not exist or is an earlier one of ours that may be replaced.

    Raises
    ------
    UsageError
        If it exists, unless it is ours and `force` is given.
    """
    if out is None:
        return writable(Path(f"pplcompare-{data_stem(data)}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    folder = _named(Path(out), "--out")
    if folder.exists() and not (force and _ours(folder)):
        mend = "add --force to replace it" if _ours(folder) else "it is not a results folder; choose another"
        raise UsageError("exists already", where="--out", seen=out, mend=mend)
    return writable(folder)


def writable(path: Path, option: str = "--out") -> Path:
    """Find out now, not after an hour of sampling, that a file or a folder cannot be made there.

    Raises
    ------
    StorageError
        If the folder around it, as far as there is one, cannot be written; if a name is too long.
    """
    existing = next(parent for parent in _named(path, option).absolute().parents if parent.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        raise StorageError("cannot be written", where=str(path), mend=f"choose another place with {option}")
    return path


def _named(path: Path, option: str) -> Path:
    """Refuse names that no file system takes, so that they can be asked for."""
    names = [len(os.fsencode(part)) for part in path.absolute().parts]
    if max(names) > _LONGEST_NAME or sum(names) + len(names) > _LONGEST_PATH or "\0" in str(path):
        raise StorageError("no name of a file: too long, or with a null character", where=option, seen=str(path))
    return path


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
        private = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
        private.mkdir()
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
        tree.to_netcdf(folder / draws_file(row.model, row.backend), engine="h5netcdf")


def write_file(path: Path, content: bytes) -> None:
    """Write a file and see to it that it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
