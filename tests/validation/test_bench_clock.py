"""What a backend says of its seconds, against the harness's own clock."""

from __future__ import annotations

from typing import Any

import pytest
from pplcompare.backends.fit import Seconds
from pplcompare.validation.bench.clock import Timed, doubts
from pplcompare.validation.bench.measurement import Measurement


def measured(run: float, call: float, *, cpu: float | None = None, size: int = 320_000) -> Measurement:
    values: dict[str, Any] = {"warmup": None, "sampling": None, "transfer": None, "slowest": "x", "gradients": None}
    run_seconds = Seconds(run, run if cpu is None else cpu)
    return Measurement(seed=1, call=call, run=run_seconds, bulk=1e3, tail=1e3, spread=1e3, bytes=size, **values)


def timed(run: float, call: float, single: float | None = None, half: float | None = None, **more: Any) -> Timed:
    others = (None if each is None else measured(each, each + 0.01) for each in (single, half))
    return Timed([measured(run, call, **more)] * 3, 4, *others)


@pytest.mark.parametrize(
    "honest",
    [
        timed(0.11, 0.12, 0.03),  # compiled, in process
        timed(0.30, 0.42, 0.08),  # processes that are started, text that is read
        timed(7.0, 7.9, 2.1, size=6_000_000),
        timed(60.0, 95.0, 16.0, size=320_000_000),
        timed(0.02, 0.04, 0.006),
        timed(4.0, 4.1, 3.9, 2.05),  # all chains at once
    ],
)
def test_seconds_that_add_up_are_believed(honest: Timed) -> None:
    assert doubts(honest) == ()


@pytest.mark.parametrize(
    ("dishonest", "words"),
    [
        (timed(0.001, 0.12), "too short"),
        (timed(0.012, 0.12), "before the work is done"),
        (timed(0.02, 2.0), "before the work is done"),
        (timed(1.0, 2.5), "before the work is done"),
        (timed(4.0, 1.1), "added up"),
        (timed(1.2, 1.21, 1.05), "do not depend on the number of chains:"),
        (timed(1.2, 1.21, 1.05, 1.1), "do not depend on the number of chains, nor on their length:"),
        (timed(1.0, 1.01, cpu=1.9), "threads"),
    ],
)
def test_seconds_that_do_not_are_doubted(dishonest: Timed, words: str) -> None:
    assert any(words in doubt for doubt in doubts(dishonest))
