"""A results folder for each data set of a check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pplcompare.models.errors import UsageError
from pplcompare.validation.doctor import machine
from pplcompare.validation.store import results_folder, write_results
from pplcompare.validation.study import Study
from pplcompare.validation.summary import summary
from pplcompare.validation.verdict import exit_code


def result_folders(data: Iterable[str], out: str, force: bool) -> dict[str, Path]:
    """Return the folder of each data set, inside `out`.

    Raises
    ------
    UsageError
        If one exists, unless it is ours and `force` is given, or if two data sets would share one.
    """
    folders = {name: results_folder(name, str(Path(out) / Path(name).stem), force) for name in data}
    if len(set(folders.values())) < len(folders):
        raise UsageError("two data sets of one name", where="--out", seen=list(folders), mend="rename a file")
    return folders


def store_check(folders: Mapping[str, Path], studies: Sequence[Study]) -> None:
    """Write what `run` writes, for each data set that has a folder."""
    for study in studies:
        if study.plan.data in folders:
            code = exit_code([(row.backend, row.verdict) for row in study.rows], ())
            write_results(folders[study.plan.data], study, summary(study, code, machine()))
