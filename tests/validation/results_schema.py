"""The published schema of JSON documents, from their types.

``uv run python -m tests.validation.results_schema`` writes `docs/results.schema.json` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import msgspec
from pplcompare.validation.exact.exact_document import HashedExactDocument
from pplcompare.validation.output.bench.bench_documents import BenchDocument, ChangesDocument
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.output.documents import CheckDocument, ContractDocument, DoctorDocument, RunDocument
from pplcompare.validation.output.list_documents import ListDocument
from pplcompare.validation.questions.question_documents import (
    AskedRedundantDocument,
    AskedTogetherDocument,
    CoinsDocument,
    PredictedDocument,
    SimulatedDocument,
)

PUBLISHED: Final = Path(__file__).parents[2] / "docs" / "results.schema.json"
type ExactDocuments = dict[str, HashedExactDocument]
type PredictedDocuments = dict[str, PredictedDocument]

DOCUMENTS: Final = {
    "run": RunDocument,
    "check": CheckDocument,
    "calibrate": CalibrationDocument,
    "bench": BenchDocument,
    "bench --compare": ChangesDocument,
    "exact": ExactDocuments,
    "ask predict": PredictedDocuments,
    "ask coins": CoinsDocument,
    "ask redundant": AskedRedundantDocument,
    "ask together": AskedTogetherDocument,
    "simulate": SimulatedDocument,
    "doctor": DoctorDocument,
    "doctor --contract": ContractDocument,
    "list": ListDocument,
}
"""The command whose `results.json` or ``--json`` it is -> the type of the document."""


def schema() -> str:
    """Return the JSON schema of every document."""
    found, parts = msgspec.json.schema_components(
        DOCUMENTS.values(), schema_hook=lambda _: {"description": "any value"}, ref_template="#/$defs/{name}"
    )
    published = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Documents of pplcompare, schema_version 1",
        "anyOf": [{"title": command, **each} for command, each in zip(DOCUMENTS, found, strict=True)],
        "$defs": parts,
    }
    return json.dumps(published, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(schema(), encoding="utf-8")
