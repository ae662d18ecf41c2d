"""The results folder of an exact answer: ``results.json`` and ``report.html``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pplcompare.models.counts import Counts
from pplcompare.models.plain import json_text
from pplcompare.models.spec import Model
from pplcompare.validation.exact.exact_document import HashedExactDocument
from pplcompare.validation.output.documents import ExactResultsDocument
from pplcompare.validation.output.exact_report import exact_report
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.picture_files import picture_files
from pplcompare.validation.output.store import results_draft
from pplcompare.validation.output.summary import data_document
from pplcompare.validation.storage.names import INDEX, REPORT

_SCHEMA_VERSION: Final = 1


def store_exact(
    folder: Path,
    force: bool,
    counts: Counts,
    models: Sequence[Model],
    documents: Mapping[str, HashedExactDocument],
    told: Told,
) -> None:
    """Write the answer of each model into a results folder, which replaces an earlier one of ours if `force` is given.

    Raises
    ------
    StorageError
        If it cannot be written; what was there before is then still what it was.
    """
    document: ExactResultsDocument = {
        "schema_version": _SCHEMA_VERSION,
        "pplcompare": version("pplcompare"),
        "data": data_document(counts),
        "models": documents,
    }
    with results_draft(folder, force) as draft:
        for name, content in picture_files(told.pictures):
            draft.place(name, content)
        draft.place(REPORT, exact_report(document, models, told).encode())
        draft.place(INDEX, json_text(document).encode())
        draft.publish()
