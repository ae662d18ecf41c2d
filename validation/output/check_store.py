"""A results folder for each data set of a check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pplcompare.backends.fit import Timing
from pplcompare.models.errors import UsageError
from pplcompare.validation.output.file_names import data_stem
from pplcompare.validation.output.store import results_folder, write_results
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.row import Row
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import exit_code


def result_folders(data: Iterable[str], out: str, force: bool) -> dict[str, Path]:
    """Return the folder of each data set, inside `out`.

    Raises
    ------
    UsageError
        If one exists, unless it is ours and `force` is given, or if two data sets would share one.
    """
    folders = {name: results_folder(name, str(Path(out) / data_stem(name)), force) for name in data}
    if len(set(folders.values())) < len(folders):
        raise UsageError("two data sets of one name", where="--out", seen=list(folders), mend="rename a file")
    return folders


def store_check(folders: Mapping[str, Path], studies: Sequence[Study]) -> None:
    """Write what `run` writes, for each data set that has a folder, without times: backends ran side by side."""
    for study in studies:
        if study.plan.data in folders:
            untimed = replace(study, rows=tuple(map(_untimed, study.rows)))
            code = exit_code([(row.backend, row.verdict) for row in study.rows], ())
            write_results(folders[study.plan.data], untimed, summary(untimed, code, machine()))


def _untimed(row: Row) -> Row:
    fit = row.fit and replace(row.fit, timing=Timing())
    return replace(row, fit=fit, speed=row.speed and replace(row.speed, ess_per_second=None))
