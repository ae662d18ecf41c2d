"""Why a command that found nothing wrong has checked nothing, for people."""

from __future__ import annotations

from collections.abc import Sequence

from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.verdict import ABSENT, ExitCode, Verdict


def nothing_checked(rows: Sequence[FitResult], code: ExitCode) -> str | None:
    """Return what was run instead of a check, and how to mend that; None if something was checked.

    Parameters
    ----------
    rows
        All rows of a command.
    code
        The exit code of the command, from `exit_code`.
    """
    if code is not ExitCode.BAD_INPUT:
        return None
    ran = ", ".join(dict.fromkeys(row.backend for row in rows if row.verdict not in ABSENT))
    found = f"only {ran} ran, whose draws come from the exact posterior itself" if ran else "no backend is available"
    absent = [row for row in rows if row.verdict in ABSENT]
    missing = ", ".join(dict.fromkeys(row.backend for row in absent if row.verdict is Verdict.UNAVAILABLE))
    said = f"{found}; missing: {missing}" if missing and ran else found
    return f"Nothing was checked: {said}; {_mend(absent)}."


def _mend(absent: Sequence[FitResult]) -> str:
    mends = list(dict.fromkeys(row.status.mend for row in absent if row.status.mend))
    if mends:
        return f"to have a sampler checked: {', or '.join(mends)}"
    if absent:
        return "what keeps the others away is said of each"
    return "name a sampler with --backends, or leave that option out"
