"""The store of a calibration: what is written is read, what is damaged is told, and parts share all work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import StorageError
from pplcompare.validation.calibrate.batch_layout import KINDS, shapes
from pplcompare.validation.calibrate.batch_store import PLAN, BatchStore, Unit
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry
from pplcompare.validation.calibrate.calibration_verdict import judged_ranks
from pplcompare.validation.calibrate.ranks import NO_RANK
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.calibrate.uniform_bets import wave_values
from pplcompare.validation.study.verdict import Verdict

ENTRIES = (PlanEntry("independent", "a/b", 3), PlanEntry("independent", "c", 1), PlanEntry("hierarchical", "a/b", 5))


def calibration_plan() -> CalibrationPlan:
    return CalibrationPlan(
        data="mine",
        counts=Counts(("x", "ö"), (10, 20), (3, 4)),
        models=(independent(), hierarchical()),
        engines=("a/b", "c"),
        source="prior",
        multiple=1,
        warmup=500,
        seed=7,
        level=1e-4,
        mutant="",
        processor="one",
        versions={"a/b": {"a": "1"}, "c": {}},
        entries=(*ENTRIES, PlanEntry("hierarchical", "c", 0, "unsupported", "too hard")),
    )


def batch(store: BatchStore, unit: Unit, seed: int = 0) -> RankedBatch:
    rng = np.random.default_rng([seed, unit.batch])
    arrays: dict[str, NDArray[Any]] = {
        name: np.ones(shape, KINDS[name]) for name, shape in shapes(store.plan, unit.entry, BATCH).items()
    }
    arrays["lag"] = np.zeros_like(arrays["lag"])
    arrays["ranks"] = rng.integers(0, 100, arrays["ranks"].shape).astype(np.uint8)
    arrays["truths"] = rng.uniform(size=arrays["truths"].shape)
    arrays["direct"] = wave_values(rng.uniform(size=arrays["truths"].shape))
    return RankedBatch(**arrays)


@pytest.fixture
def store(tmp_path: Path) -> BatchStore:
    return BatchStore.create(tmp_path / "store", calibration_plan(), 100)


def filled(store: BatchStore) -> BatchStore:
    for unit in store.units():
        store.write(unit, batch(store, unit))
    return store


def test_a_plan_is_read_as_it_was_written(store: BatchStore) -> None:
    plan = calibration_plan()
    assert CalibrationPlan.read(plan.text()).text() == plan.text()
    again = BatchStore.open(store.folder)
    assert again.plan.text() == plan.text()
    assert again.replications == 100
    assert [entry.engine for entry in again.plan.sampled] == ["a/b", "c", "a/b"]


def test_a_batch_is_read_as_it_was_written(store: BatchStore) -> None:
    unit = Unit(ENTRIES[0], 2)
    found = batch(store, unit)
    told = store.write(unit, found)
    read = BatchStore.open(store.folder).read(unit)
    assert read is not None
    assert np.array_equal(read.ranks, found.ranks)
    assert store.hash_of(unit) == told
    assert store.read(Unit(ENTRIES[0], 3)) is None
    assert store.hash_of(Unit(ENTRIES[0], 3)) is None
    assert not [path for path in store.folder.iterdir() if path.name.endswith(".new")]


def test_a_result_ends_where_a_batch_is_missing(store: BatchStore) -> None:
    entry = ENTRIES[1]
    for number in (0, 1, 3):
        store.write(Unit(entry, number), batch(store, Unit(entry, number)))
    found = store.result(entry)
    assert len(found.ranks) == 2 * BATCH
    verdict = judged_ranks(store.plan, entry, found, 100)
    assert verdict.verdict is Verdict.INCOMPLETE
    assert "50 of 100" in verdict.reason
    assert len(store.result(ENTRIES[0]).ranks) == 0


def test_parts_share_all_that_is_missing(store: BatchStore) -> None:
    parts = [store.missing(part, 5) for part in range(5)]
    shared = [unit for part in parts for unit in part]
    assert sorted(shared, key=str) == sorted(store.units(), key=str)
    assert len(set(map(str, shared))) == 12
    store.write(parts[2][0], batch(store, parts[2][0]))
    assert store.missing(2, 5) == parts[2][1:]
    assert store.missing(1, 5) == parts[1]


@pytest.mark.parametrize("damage", ["cut", "byte", "empty"])
def test_a_damaged_batch_is_told(store: BatchStore, damage: str) -> None:
    unit = Unit(ENTRIES[0], 0)
    store.write(unit, batch(store, unit))
    (path,) = store.folder.glob("*.npz")
    content = path.read_bytes()
    at = content.index(batch(store, unit).ranks.tobytes()[:40]) + 5
    byte = bytes([content[at] ^ 1])
    path.write_bytes({"cut": content[:-30], "byte": content[:at] + byte + content[at + 1 :], "empty": b""}[damage])
    with pytest.raises(StorageError, match=r"damaged.*--resume"):
        store.read(unit)


def test_a_batch_of_another_place_or_plan_is_told(store: BatchStore, tmp_path: Path) -> None:
    filled(store)
    ours = store.folder / "0-c-000001.npz"
    theirs = BatchStore.create(tmp_path / "other", replace(calibration_plan(), seed=8), 100)
    for unit in theirs.units():
        theirs.write(unit, batch(theirs, unit))
    for other in (store.folder / "0-c-000002.npz", theirs.folder / "0-c-000001.npz"):
        ours.write_bytes(other.read_bytes())
        with pytest.raises(StorageError, match="another plan or place"):
            store.result(ENTRIES[1])


def test_ranks_that_cannot_be_are_told(store: BatchStore) -> None:
    unit = Unit(ENTRIES[0], 0)
    found = batch(store, unit)
    found.ranks[3, 1] = 100
    store.write(unit, found)
    with pytest.raises(StorageError, match="out of range"):
        store.read(unit)


def test_a_folder_with_anything_in_it_becomes_no_store(store: BatchStore) -> None:
    with pytest.raises(StorageError, match="something in this place"):
        BatchStore.create(store.folder, calibration_plan(), 100)
    with pytest.raises(StorageError, match="something in this place"):
        BatchStore.create(store.folder / PLAN, calibration_plan(), 100)


def test_what_is_no_store_is_told(tmp_path: Path, store: BatchStore) -> None:
    with pytest.raises(StorageError, match="no calibration is there"):
        BatchStore.open(tmp_path)
    path = store.folder / PLAN
    text = path.read_text(encoding="utf-8")
    for wrong in (text[:-9], "[]", text.replace('"format": 1', '"format": 2'), text.replace('"n"', '"m"')):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(StorageError, match="no plan of a calibration"):
            BatchStore.open(store.folder)


def test_only_the_number_of_replications_grows(store: BatchStore) -> None:
    assert store.asking(50) is store
    more = store.asking(150)
    assert len(list(more.units())) == 18
    assert BatchStore.open(store.folder).replications == 150
    assert json.loads((store.folder / PLAN).read_text())["plan"] == json.loads(calibration_plan().text())


def test_right_ranks_pass_and_wrong_correlated_or_missing_ones_do_not(store: BatchStore) -> None:
    plan, entry = store.plan, ENTRIES[0]
    right = filled(store).result(entry)
    passed = judged_ranks(plan, entry, right, 100)
    assert passed.verdict is Verdict.PASSED
    assert len(passed.quantities) == len(plan.quantities(entry.model).names)
    shifted = np.minimum(right.ranks // 2, 99).astype(np.uint8)
    failed = judged_ranks(plan, entry, replace(right, ranks=shifted), 100)
    assert failed.verdict is Verdict.FAILED
    assert "too high" in failed.reason
    assert failed.decided is not None
    assert failed.decided <= 100
    narrow = np.where(right.ranks < 50, right.ranks // 2, 99 - (99 - right.ranks) // 2).astype(np.uint8)
    assert "too narrow" in judged_ranks(plan, entry, replace(right, ranks=narrow), 100).reason
    slow = judged_ranks(plan, entry, replace(right, lag=right.lag + np.float32(0.3)), 100)
    assert slow.verdict is Verdict.UNDERPOWERED
    assert "mean rate" in slow.reason
    # Ranks of draws that are too correlated are no evidence.
    both = judged_ranks(plan, entry, replace(right, ranks=shifted, lag=right.lag + np.float32(0.3)), 100)
    assert both.verdict is Verdict.UNDERPOWERED
    right.ranks[30, 0] = NO_RANK
    unknown = judged_ranks(plan, entry, right, 100)
    assert unknown.verdict is Verdict.FAILED
    assert "replication 30" in unknown.reason
    refused = judged_ranks(plan, plan.entries[-1], right, 100)
    assert (refused.verdict, refused.reason) == (Verdict.UNSUPPORTED, "too hard")
