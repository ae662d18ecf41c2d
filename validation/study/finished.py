"""Rows as they are finished: what a study keeps if it is ended before the others are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.outcome import Study
from pplcompare.validation.study.verdict import ABSENT, Verdict

type Keep = Callable[[Study], None]
"""Keeps a study in which some rows are finished; `Study.missing` names the backends of which some are not."""

_UNFINISHED: Final = "interrupted before it was finished"


def keep_nothing(_study: Study) -> None:
    """Keep nothing."""


class Finished:
    """The studies so far; a context manager, after whose end nothing is kept any more.

    Parameters
    ----------
    studies
        All of them, without rows.
    keep
        The function that is called with each study of which a row is finished, from one thread at a time.
    """

    def __init__(self, studies: Sequence[Study], keep: Keep) -> None:
        self._keep, self._lock, self._ended = keep, threading.Lock(), False
        self._whole: set[str] = set()
        self._unfinished = [
            replace(
                study,
                rows=tuple(
                    FitResult(model.name, name, Verdict.INCOMPLETE, _UNFINISHED)
                    for model in study.plan.models
                    for name in study.plan.backends
                ),
                missing=tuple(study.plan.backends),
            )
            for study in studies
        ]
        self._studies = [*self._unfinished]

    def __enter__(self) -> Finished:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True  # what workers that are ended now leave is no result, whatever ends the waiting
        with self._lock:
            pass

    def add(self, backend: str, rows: Sequence[FitResult | None], *, whole: bool = False) -> None:
        """Note which rows of a backend are finished.

        Parameters
        ----------
        rows
            Its first rows, studies and their models in order; None where one is not decided yet.
        whole
            Whether all are there, and none will change.
        """
        with self._lock:
            if whole:
                self._whole.add(backend)
            waiting = iter(rows)
            for at, study in enumerate(self._studies):
                found = {model.name: next(waiting, None) for model in study.plan.models}
                changed = tuple(
                    (first if (one := found[row.model]) is None else one) if row.backend == backend else row
                    for row, first in zip(study.rows, self._unfinished[at].rows, strict=True)
                )
                missing = tuple(name for name in study.plan.backends if name not in self._whole)
                self._studies[at] = new = replace(study, rows=changed, missing=missing)
                different = any(one is not other for one, other in zip(changed, study.rows, strict=True))
                if not self._ended and (different or missing != study.missing) and self._is_anything_finished(at):
                    self._keep(new)

    def _is_anything_finished(self, at: int) -> bool:
        pairs = zip(self._studies[at].rows, self._unfinished[at].rows, strict=True)
        return any(row is not first and row.verdict not in ABSENT for row, first in pairs)
