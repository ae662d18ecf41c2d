"""The end of a calibration that belongs to a history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.calibrate.level_shares import alone_log_threshold
from pplcompare.validation.calibrate.night_history import append_night, night_of, read_nights
from pplcompare.validation.calibrate.night_verdict import judged_nights
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.output.calibrate.night_documents import nights_document
from pplcompare.validation.study.verdict import ExitCode


def with_history(
    document: CalibrationDocument, plan: CalibrationPlan, found: Sequence[Calibrated], file: Path
) -> CalibrationDocument:
    """Append a calibration to a history; return it with what all runs say, which fails it, too."""
    night = night_of(plan, found)
    nights = [*read_nights(file, plan), night]
    append_night(file, night)
    verdicts = judged_nights(plan, nights)
    code = document["exit_code"] if all(verdicts) else int(ExitCode.FAILED)
    history = nights_document(file, nights, verdicts, plan.level, alone_log_threshold(plan))
    return {**document, "history": history, "exit_code": code}
