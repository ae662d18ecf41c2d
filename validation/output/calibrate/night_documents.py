"""A history of calibrations in ``calibrate --json``, typed, and for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypedDict

from pplcompare.validation.calibrate.night_history import Night
from pplcompare.validation.calibrate.night_verdict import NightVerdict
from pplcompare.validation.study.verdict import Verdict


class NightVerdictDocument(TypedDict):
    """All runs of one model on one backend together; evidence as log10.

    It fails if `highest`, the evidence at its highest, reaches the limit, which it did after the run in line `decided`
    of the file; null if it did not. `begins` is the line since which there was most evidence then, `since` when that
    run was made. `evidence` is that after the last run; null where no quantity may be tested.
    """

    model: str
    backend: str
    verdict: str
    runs: int
    replications: int
    evidence: float | None
    highest: float
    decided: int | None
    begins: int
    since: str


class NightsDocument(TypedDict):
    """A history that ends with this calibration; a right backend ever fails with a probability of `level`, together.

    `limit` is log10 of the evidence that fails a backend.
    """

    file: str
    runs: int
    level: float
    limit: float
    verdicts: list[NightVerdictDocument]


_LOG10: Final = 1.0 / math.log(10.0)


def nights_document(
    file: Path, nights: Sequence[Night], found: Sequence[NightVerdict], level: float, log_threshold: float
) -> NightsDocument:
    """Return the document of all runs of a file."""
    return {
        "file": str(file),
        "runs": len(nights),
        "level": level,
        "limit": log_threshold * _LOG10,
        "verdicts": [_verdict(nights, one) for one in found],
    }


def _verdict(nights: Sequence[Night], one: NightVerdict) -> NightVerdictDocument:
    return {
        "model": one.model,
        "backend": one.engine,
        "verdict": str(Verdict.PASSED if one else Verdict.FAILED),
        "runs": one.runs,
        "replications": one.replications,
        "evidence": one.log_evidence * _LOG10 if math.isfinite(one.log_evidence) else None,
        "highest": one.highest * _LOG10,
        "decided": one.decided,
        "begins": one.begins,
        "since": nights[one.begins - 1]["created"],
    }


def night_reason(history: NightsDocument, one: NightVerdictDocument) -> str:
    """Return how all runs together have failed a model on a backend."""
    return (
        f"evidence of all runs reached 10^{one['highest']:.1f}, where 10^{history['limit']:.1f} fails, after run "
        f"{one['decided']}; most of it came since run {one['begins']}, of {one['since']}"
    )


def night_sentences(history: NightsDocument | None) -> Iterator[str]:
    """Yield what has become of all runs, a sentence each; nothing where there is no history."""
    if history is None:
        return
    for one in history["verdicts"]:
        if one["decided"] is not None:
            yield f"{one['backend']}, {one['model']}: failed over time: {night_reason(history, one)}."
    told = (
        ", ".join(f"{one['backend']} {one['model']} {one['highest']:.1f}" for one in history["verdicts"]) or "no ranks"
    )
    yield f"History of {history['runs']} runs in {history['file']} (limit {history['limit']:.1f}): {told}."
    yield (
        f"The verdict on this run keeps its own level; all runs together have another one: right backends ever fail "
        f"over time with a probability of at most {history['level']:g}."
    )
