"""What leaving out the rates gains: the speed of a model without them, in units of its speed with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pplcompare.validation.bench.entry import Entry
from pplcompare.validation.bench.median_interval import MedianInterval, separate_ratio
from pplcompare.validation.bench.task import Form
from pplcompare.validation.wrapped.exact_backend import ExactBackend


@dataclass(frozen=True, slots=True)
class Gain:
    """One model on one data set and backend, in both forms."""

    data: str
    model: str
    backend: str
    ratio: MedianInterval


def gains(entries: Sequence[Entry]) -> Iterator[Gain]:
    """Yield the gain wherever both forms have a speed that can be believed; `exact` needs no rates in either."""
    believed = [e for e in entries if e.passed and not e.doubts and e.row.backend != ExactBackend.name]
    centred = {_key(entry): entry.speed for entry in believed if entry.case.form is Form.CENTRED}
    for entry in believed:
        before = centred.get(_key(entry))
        if entry.case.form is Form.MARGINAL and entry.speed and before:
            yield Gain(*_key(entry), separate_ratio(entry.speed, before))


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.case.plan.data, entry.row.model, entry.row.backend
