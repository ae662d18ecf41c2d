"""Documents that were made once, each as its command shows it: what is tested of tables needs no sampler."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from pplcompare.validation.output.bench.bench_terminal import show_bench, show_changes
from pplcompare.validation.output.calibrate.calibration_terminal import show_calibration
from pplcompare.validation.output.check.terminal_check import show_check
from pplcompare.validation.output.list_terminal import show_list
from pplcompare.validation.output.run.run_terminal import show_comparison
from pplcompare.validation.output.spelling import Spelling
from pplcompare.validation.output.terminal import show_answer, show_doctor, show_exact
from pplcompare.validation.selftest.calibration_kills import CalibrationKill
from pplcompare.validation.selftest.kills import Kill, Noticed
from pplcompare.validation.selftest.null_rates import LEVELS, Rate
from pplcompare.validation.selftest.tables import show_selftest
from pplcompare.validation.selftest.trial import HarnessKill, SelfTest
from rich.console import Console

FOLDER: Final = Path(__file__).with_name("shown")
WIDTHS: Final = (60, 80, 100, 120)


@cache
def text_of(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def document(name: str) -> Any:
    return json.loads(text_of(name))


def show_trial(found: Any, to: Console) -> None:
    rates = (
        Rate(row["kind"], row["sampler"], found["repetitions"]["null_rates"], row["tested"], rejected)
        for row in found["null_rates"]
        for rejected in [{level: row["levels"][f"{level:g}"]["rejected"] for level in LEVELS}]
    )
    harness = (HarnessKill(**without(row, "right")) for row in found["harness"])
    kills = tuple(map(kill, found["kills"]))
    repetitions = found["repetitions"]["null_rates"], found["repetitions"]["kills"]
    calibrations = tuple(CalibrationKill(**without(row, "right")) for row in found["calibrations"])
    show_selftest(SelfTest(found["seed"], *repetitions, tuple(rates), kills, tuple(harness), calibrations), to)


def kill(row: Mapping[str, Any]) -> Kill:
    looks = {name: None if row[name] is None else Noticed(**row[name]) for name in ("density", "draws")}
    return Kill(**without(row, "right") | looks)


def without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


SHOWS: Final[Mapping[str, Callable[[Any, Console], None]]] = {
    "answer": show_answer,
    "exact": show_exact,
    "many": show_exact,
    "run": show_comparison,
    "check": show_check,
    "calibrate": show_calibration,
    "bench": show_bench,
    "bench-cold": show_bench,
    "changes": show_changes,
    "doctor": show_doctor,
    "selftest": show_trial,
    "list": show_list,
}


@cache
def shown(name: str, width: int, encoding: str = "utf-8") -> str:
    """Return what a command prints of a document that was made once, in this width, without trailing spaces."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    to = Console(file=stream, width=width, highlight=False, _environ={})
    to.push_render_hook(Spelling(to))
    SHOWS[name](document(name), to)
    stream.flush()
    stream.seek(0)
    return "\n".join(line.rstrip() for line in stream.read().splitlines()) + "\n"
