"""Calibrations over time: a file to which each run appends how often each rank came.

The file is of one calibration: the same models, engines, counts and settings. Seeds differ, for each run needs truths
of its own; so may versions and processors, whose faults are looked for. A run stays whatever came of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypedDict, cast

from pplcompare.models.document import model_hash
from pplcompare.models.errors import DataError, UsageError
from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.calibrate.ranks import KEPT, RANKS
from pplcompare.validation.storage.line_file import LineKind, append_line

KIND: Final = "pplcompare calibration night"
VERSION: Final = 1
_LINES: Final = LineKind(KIND, VERSION, "run of a calibration", "calibrate")
_SPECIFIED: Final = ("engines", "multiple", "warmup", "level", "mutant")


class NightRanks(TypedDict):
    """One model on one engine in one run: how often each rank of each quantity came, and which were underpowered."""

    model: str
    engine: str
    verdict: str
    versions: dict[str, str]
    counts: dict[str, list[int]]
    underpowered: list[str]


class Night(TypedDict):
    """One run, a line of the file."""

    kind: str
    version: int
    created: str
    pplcompare: str
    processor: str
    specification: str
    seed: int
    ranks: list[NightRanks]


def specification_hash(plan: CalibrationPlan) -> str:
    """Return the hash of all that runs of one history have in common."""
    parts = {
        "counts": plan.counts.to_dict(),
        "models": {model.name: model_hash(model) for model in plan.models},
        "quantities": {model.name: plan.quantities(model.name).names for model in plan.models},
        "kept": KEPT,
        # Not the folder of a simulator of the user, which may be another one each night.
        "source": plan.source.rpartition("/")[2],
        **{name: getattr(plan, name) for name in _SPECIFIED},
    }
    if plan.simulator:  # no key without one: lines that were written before there were simulators stay readable
        parts["simulator"] = plan.simulator
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def night_of(plan: CalibrationPlan, found: Sequence[Calibrated]) -> Night:
    """Return what a run adds to a history."""
    return {
        "kind": KIND,
        "version": VERSION,
        "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "pplcompare": version("pplcompare"),
        "processor": plan.processor,
        "specification": specification_hash(plan),
        "seed": plan.seed,
        "ranks": [
            {
                "model": one.entry.model,
                "engine": one.entry.engine,
                "verdict": one.verdict.value,
                "versions": dict(plan.versions.get(one.entry.engine, {})),
                "counts": {row.name: row.counts.tolist() for row in one.quantities},
                "underpowered": [row.name for row in one.quantities if row.underpowered],
            }
            for one in found
            if one.quantities
        ],
    }


def read_nights(path: Path, plan: CalibrationPlan) -> list[Night]:
    """Return the runs of a file in their order, to which one of this plan may be added; none if there is no file.

    Raises
    ------
    DataError
        If a line is none of ours, or no run of this calibration, or if two have the same seed.
    UsageError
        If the seed of the plan was used.
    """
    own = specification_hash(plan)
    nights = [_read(line, where, own, plan) for where, line in _LINES.lines(path)]
    seeds = [night["seed"] for night in nights]
    if len(set(seeds)) < len(seeds):
        raise DataError("two runs have the same seed", where=f"--history {path}", mend="remove the later line")
    if plan.seed in seeds:
        what = f"line {seeds.index(plan.seed) + 1} of {path} has this seed: its truths would count twice"
        raise UsageError(what, where="--seed", seen=plan.seed, mend="choose another, such as the date: 20270131")
    return nights


def append_night(path: Path, night: Night) -> None:
    """Append a run; it is on the disk, in one piece, when this returns."""
    append_line(path, night)


def _read(line: dict[str, object], where: str, own: str, plan: CalibrationPlan) -> Night:
    if line.get("specification") != own:
        what = "a run of another calibration: other models, backends, counts or settings"
        raise DataError(what, where=where, mend="repeat its options, or begin another file")
    names = {model.name: set(plan.quantities(model.name).names) for model in plan.models}
    ranks, dated = line.get("ranks"), type(line.get("seed")) is int and isinstance(line.get("created"), str)
    if not dated or not isinstance(ranks, list) or not all(_is_ranks(each, names) for each in ranks):
        raise DataError("its ranks cannot be read", where=where, seen=line, mend=_LINES.mend)
    return cast("Night", line)


def _is_ranks(value: object, names: dict[str, set[str]]) -> bool:
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("model", "engine")):
        return False
    counts, underpowered = value.get("counts"), value.get("underpowered")
    if not isinstance(counts, dict) or set(counts) != names.get(value["model"]) or not isinstance(underpowered, list):
        return False
    return all(_is_counts(each) for each in counts.values())


def _is_counts(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == RANKS
        and all(type(each) is int and 0 <= each < 2**31 for each in value)
    )
