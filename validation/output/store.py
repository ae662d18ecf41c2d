"""The results folder: ``results.json``, ``report.html``, draws as NetCDF or timed runs as Parquet, pictures."""

from __future__ import annotations

import io
import json
import os
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pplcompare.models.errors import StorageError, UsageError
from pplcompare.models.plain import json_text
from pplcompare.validation.output.datatree import compression, library_attributes, to_datatree
from pplcompare.validation.output.documents import RunDocument
from pplcompare.validation.output.file_names import data_stem, draws_file
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.picture_files import picture_files
from pplcompare.validation.output.report import report_html
from pplcompare.validation.pictures.trace import FitTrace
from pplcompare.validation.storage.draft import Draft, drafted, nothing_is, recover
from pplcompare.validation.storage.names import DRAWS, INDEX, OURS, REPORT
from pplcompare.validation.study.fit_traced import traced
from pplcompare.validation.study.study import Study
from pplcompare.validation.study.study_pictures import pictures_of_study

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
    recover(folder.parent)  # an earlier folder that a killed run had moved away is there again before it is asked for
    if folder.exists() and not (force and _ours(folder)):
        mend = "add --force to replace it" if _ours(folder) else "it is not a results folder; choose another"
        raise UsageError("exists already", where="--out", seen=out, mend=mend)
    return writable(folder)


def results_draft(folder: Path, force: bool) -> AbstractContextManager[Draft]:
    """Give the draft of a results folder, which replaces an earlier one of ours if `force` is given, and nothing else.

    Whether there is one, is asked again when the draft takes its place.
    """
    return drafted(folder, _ours if force else nothing_is)


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
    """Refuse names that no file system takes, so that they can be asked for; folders that exist have theirs."""
    whole = path.absolute()
    new = [whole.name, *(parent.name for parent in whole.parents if not os.path.lexists(parent))]
    longest = max(len(os.fsencode(name)) for name in new)
    if longest > _LONGEST_NAME or len(os.fsencode(whole)) > _LONGEST_PATH or "\0" in str(path):
        raise StorageError("no name of a file: too long, or with a null character", where=option, seen=str(path))
    return path


def _ours(folder: Path) -> bool:
    """Say whether a folder holds results of ours and nothing else: only then may it be replaced."""
    try:
        document = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        names = {path.name for path in folder.iterdir()}
    except (OSError, ValueError):
        return False
    ours = isinstance(document, dict) and {"pplcompare", "schema_version"} <= set(document)
    return ours and not folder.is_symlink() and names <= OURS


class StudyWriter:
    """Writes a study into a draft, as often as it has changed: draws of what is new, the index last.

    Parameters
    ----------
    told
        What the report says beside the document.
    """

    def __init__(self, draft: Draft, told: Told = Told()) -> None:  # noqa: B008 - it cannot be changed
        self.draft, self._told = draft, told
        self._written: dict[str, dict[str, str | int]] = {}
        self._traces: dict[tuple[str, str], FitTrace] = {}

    def write(self, study: Study, document: RunDocument, *, whole: bool = False) -> None:
        """Write everything about a study.

        Parameters
        ----------
        whole
            Whether nothing more is to come: only then are pictures drawn.

        Raises
        ------
        StorageError
            If something cannot be written; what was written before is then still what it was.
        """
        self._write_draws(study)
        pictures = pictures_of_study(study, self._traces) if whole else ()
        for name, content in picture_files(pictures):
            self.draft.place(name, content)
        self.draft.place(REPORT, report_html(document, self._told.with_pictures(pictures)).encode())
        self.draft.place(INDEX, json_text(document).encode())

    def _write_draws(self, study: Study) -> None:
        for row in study.rows:
            exact = study.exact[row.model]
            name = f"{DRAWS}/{draws_file(row.model, row.backend)}"
            if row.fit is None:
                if self._written.pop(name, None) is not None:
                    self.draft.remove(name)
                    del self._traces[row.model, row.backend]
                continue
            told: dict[str, str | int] = {
                "model": row.model,
                "backend": row.backend,
                "seed": row.fit.seed,
                "verdict": row.verdict.value,
            }
            if self._written.get(name) != told:
                file = io.BytesIO()  # the library does not always tell that a disk is full
                structure, inputs = exact.model.structure, exact.model.bind(study.plan.counts)
                library = library_attributes(row.backend, row.status, study.plan.settings, row.fit)
                tree = to_datatree(structure, inputs, row.fit, told, simulated=row.simulated, library=library)
                tree.to_netcdf(file, engine="h5netcdf", encoding=compression(tree))
                # Not `getbuffer()`: a buffer in a reference cycle, such as an error's traceback, crashes Python 3.12.
                self.draft.place(name, file.getvalue())
                self._traces[row.model, row.backend] = traced(row, exact)
                self._written[name] = told
