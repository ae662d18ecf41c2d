"""Draws that a calibration keeps: the same ranks as without them, and quantities that need no fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pplcompare
import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.errors import StorageError, UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.calibrate.batch_layout import shapes
from pplcompare.validation.calibrate.batch_store import BatchStore
from pplcompare.validation.calibrate.calibration_plan import numbers_of
from pplcompare.validation.calibrate.calibration_verdict import judged_ranks
from pplcompare.validation.calibrate.kept_points import by_name, flattened, width
from pplcompare.validation.calibrate.new_quantity import QuantityOfPoints, rank_quantity
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.ranks import NO_RANK
from pplcompare.validation.process import replies
from pplcompare.validation.process.replications import Replications
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend

from tests.validation.conftest import CAMPAIGNS_PLAN, know_calibrated
from tests.validation.test_calibrate_command import SMALL, ended

NUMBER = 300
PLAN = replace(CAMPAIGNS_PLAN, keep_draws=True)
PLANS = {
    "kept": PLAN,
    "plain": replace(PLAN, keep_draws=False),
    "wrong": replace(PLAN, mutant="k+1"),
    "repeated": replace(PLAN, mutant="repeated"),
    "posterior": replace(PLAN, source="posterior"),
}


def largest(_counts: Counts, values: Mapping[str, Float]) -> Float:
    return np.asarray(values["rate"].max(axis=1))


def nth(quantities: RankedQuantities, at: int) -> QuantityOfPoints:
    return lambda counts, values: quantities.values(counts, values)[at]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    know_calibrated(monkeypatch, "exact", "honest")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return stores of the same truths, most of which have kept draws, made as workers make them."""
    folder, backend = tmp_path_factory.mktemp("kept"), ExactBackend()
    found = {}
    for name, plan in PLANS.items():
        store = BatchStore.create(folder / name, plan, NUMBER)
        worker = Replications(backend, "exact", backend.compile)
        for unit in store.units():
            numbers = list(numbers_of(unit.batch))
            answer: dict[str, Any] = worker.ranked(plan.text(), unit.entry.model, numbers, 1, kernel=False)
            store.write(unit, replies.ranked(answer, shapes(plan, unit.entry, len(numbers))))
        found[name] = store.folder
    return found


def test_ranks_and_verdicts_are_the_same_with_and_without_draws(stores: dict[str, Path]) -> None:
    kept, plain = (BatchStore.open(stores[name]) for name in ("kept", "plain"))
    (entry,) = kept.plan.sampled
    ours, theirs = kept.result(entry), plain.result(entry)
    for name in ("ranks", "lag", "successes", "truths", "direct", "tabulated"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    verdicts = [judged_ranks(one.plan, entry, one.result(entry), NUMBER) for one in (kept, plain)]
    assert verdicts[0].log_evidence == verdicts[1].log_evidence
    # Draws of all batches do not come into memory together.
    assert ours.points.size == 0
    units = list(kept.units())
    batch = kept.read(units[0])
    assert batch is not None
    assert batch.points.shape == (25, 100, 2)
    sizes = [next(folder.glob("*.npz")).stat().st_size for folder in (kept.folder, plain.folder)]
    assert 25 * 100 * 2 * 8 <= sizes[0] - sizes[1] < 25 * 100 * 2 * 8 + 500


@pytest.mark.parametrize("name", ["kept", "posterior"])
def test_stored_draws_give_the_stored_ranks_of_every_quantity(stores: dict[str, Path], name: str) -> None:
    store = BatchStore.open(stores[name])
    (entry,) = store.plan.sampled
    found, quantities = store.result(entry), store.plan.quantities(entry.model)
    for at, quantity in enumerate(quantities.names):
        (again,) = rank_quantity(store.folder, quantity, nth(quantities, at))
        assert again.ranks.tobytes() == found.ranks[:, at].tobytes(), quantity
        assert again.lag == pytest.approx(float(found.lag[:, at].mean()) + 1 / 99)


def test_a_new_quantity_has_a_verdict(stores: dict[str, Path]) -> None:
    (right,) = pplcompare.rank_quantity(stores["kept"], "largest rate", largest)
    assert (right.verdict, right.reason, right.replications) == (Verdict.PASSED, "", NUMBER)
    assert right
    assert right.evidence < right.limit == pytest.approx(4.0)
    (wrong,) = rank_quantity(stores["wrong"], "largest rate", largest)
    assert wrong.verdict is Verdict.FAILED
    assert not wrong
    assert wrong.decided is not None
    assert wrong.decided <= NUMBER
    assert "draws of largest rate are too high" in str(wrong)


def test_a_new_quantity_of_the_counts_sees_what_was_fitted(stores: dict[str, Path]) -> None:
    seen = []

    def remember(counts: Counts, values: Mapping[str, Float]) -> Float:
        seen.append(counts.successes)
        return values["rate"][:, 0]

    store = BatchStore.open(stores["posterior"])
    rank_quantity(store.folder, "first rate", remember)
    (entry,) = store.plan.sampled
    assert np.array_equal(np.array(seen), store.result(entry).successes)


def test_draws_that_are_correlated_or_no_numbers_do_not_pass(stores: dict[str, Path]) -> None:
    (slow,) = rank_quantity(stores["repeated"], "largest rate", largest)
    assert (slow.verdict, slow.decided) == (Verdict.UNDERPOWERED, None)
    assert slow.lag > 0.85

    def broken(_counts: Counts, values: Mapping[str, Float]) -> Float:
        return np.where(np.arange(100) == 50, np.nan, values["rate"][:, 0])

    (unknown,) = rank_quantity(stores["kept"], "broken", broken)
    assert unknown.verdict is Verdict.FAILED
    assert "replication 0 is no number" in unknown.reason
    assert (unknown.ranks == NO_RANK).all()


def test_what_is_missing_is_told(stores: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "gap"
    folder.mkdir()
    for path in stores["kept"].glob("*.*"):
        if path.is_file() and path.name != "0-exact-000002.npz":
            (folder / path.name).write_bytes(path.read_bytes())
    (found,) = rank_quantity(folder, "largest rate", largest)
    assert (found.verdict, found.replications) == (Verdict.INCOMPLETE, 50)
    assert "250 of 300 replications are missing" in found.reason
    (folder / "0-exact-000000.npz").unlink()
    (none,) = rank_quantity(folder, "largest rate", largest)
    assert (none.verdict, none.replications, none.decided) == (Verdict.INCOMPLETE, 0, None)
    assert none.reason == "300 of 300 replications are missing"
    assert (none.evidence, none.lag, none.p_value) == (0.0, 0.0, 1.0)
    with pytest.raises(StorageError, match=r"has kept no draws.*keep-draws"):
        rank_quantity(stores["plain"], "largest rate", largest)
    with pytest.raises(StorageError, match="no calibration is there"):
        rank_quantity(tmp_path, "largest rate", largest)


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (lambda counts, values: values["rat"], "raised KeyError: 'rat'"),
        (lambda counts, values: values["rate"], r"float64.*one number for each point"),
        (lambda counts, values: 1.0, "one number for each point"),
        (lambda counts, values: ["x"] * 100, "one number for each point"),
        (lambda counts, values: None, "one number for each point"),
    ],
)
def test_a_quantity_that_cannot_be_used_is_told(stores: dict[str, Path], quantity: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as told:
        rank_quantity(stores["kept"], "mine", quantity)
    assert str(told.value).startswith("quantity: ")


def kept(folder: Path) -> list[bytes]:
    store = BatchStore.open(folder)
    return [found.points.tobytes() for unit in store.units() if (found := store.read(unit)) is not None]


@pytest.mark.usefixtures("fakes")
def test_whoever_does_a_batch_keeps_what_the_plan_says(tmp_path: Path) -> None:
    counts, model, folder = pplcompare.load("campaigns"), pplcompare.independent(), tmp_path / "store"
    pplcompare.calibrate(counts, model, ["honest"], replications=50, seed=3, store=folder, keep_draws=True)
    (found,) = pplcompare.rank_quantity(folder, "largest rate", largest)
    assert found.replications == 50
    before = kept(folder)
    (folder / "0-honest-000001.npz").unlink()
    assert ended("calibrate", "work", str(folder), "--part", "1/1", "--quiet") == 0
    assert kept(folder) == before
    with pytest.raises(UsageError, match=r"another calibration \(keep_draws\)"):
        pplcompare.calibrate(counts, model, ["honest"], replications=50, seed=3, store=folder)


@pytest.mark.usefixtures("fakes")
def test_draws_are_kept_in_a_store_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*SMALL, "--backends", "honest", "--keep-draws") == 2
    assert "--keep-draws: needs the folder of a store" in capsys.readouterr().err
    with pytest.raises(UsageError, match="keep_draws"):
        pplcompare.calibrate(pplcompare.load("campaigns"), pplcompare.independent(), ["honest"], keep_draws=True)


def test_points_come_back_by_name_as_they_were() -> None:
    structure, groups = hierarchical().structure, ("a", "b", "c")
    rng = np.random.default_rng(1)
    points = {"alpha": rng.uniform(size=7), "beta": rng.uniform(size=7), "rate": rng.uniform(size=(7, 3))}
    flat = flattened(structure, points)
    assert flat.shape == (7, width(structure, groups)) == (7, 5)
    again = by_name(structure, groups, flat)
    for name, value in points.items():
        assert again[name].flags.c_contiguous
        assert np.array_equal(again[name], value)
