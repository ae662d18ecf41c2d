"""A results folder for each data set of a check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from pplcompare.backends.fit import Timing
from pplcompare.models.errors import UsageError
from pplcompare.validation.output.file_names import data_stem
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.store import StudyWriter, results_draft, results_folder
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.verdict import ExitCode, exit_code


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


@contextmanager
def check_writers(
    folders: Mapping[str, Path], force: bool, told: Callable[[str], Told]
) -> Iterator[dict[str, StudyWriter]]:
    """Give a writer for each data set that has a folder; what is finished is kept if the block ends by an error.

    Parameters
    ----------
    told
        The function that returns what the report of a data set says beside its document.
    """
    with ExitStack() as stack:
        yield {
            name: StudyWriter(stack.enter_context(results_draft(folder, force)), told(name))
            for name, folder in folders.items()
        }


def keep_part(writers: Mapping[str, StudyWriter], study: Study) -> None:
    """Write the finished part of a study, if its data set has a writer."""
    if study.plan.data in writers:
        untimed = replace(study, rows=tuple(map(_untimed, study.rows)))
        writers[study.plan.data].write(untimed, summary(untimed, ExitCode.INTERRUPTED, machine()))


def store_check(writers: Mapping[str, StudyWriter], studies: Sequence[Study], references: Collection[str] = ()) -> None:
    """Write what `run` writes, for each data set that has a writer, without times: backends ran side by side.

    Parameters
    ----------
    references
        Backends that are the exact answer itself.
    """
    for study in studies:
        if study.plan.data in writers:
            untimed = replace(study, rows=tuple(map(_untimed, study.rows)))
            code = exit_code([(row.backend, row.verdict) for row in study.rows], (), references)
            writers[study.plan.data].write(untimed, summary(untimed, code, machine()), whole=True)
    for writer in writers.values():
        writer.draft.publish()


def _untimed(row: FitResult) -> FitResult:
    fit = row.fit and replace(row.fit, timing=Timing())
    return replace(row, fit=fit, speed=row.speed and replace(row.speed, ess_per_second=None))
