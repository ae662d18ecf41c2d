"""A store: a folder with the plan of a calibration and one file for each batch, written by any number of processes.

A file that is there is whole, and right: it was written under another name first. Who else writes the same batch writes
the same ranks. No batch is ever changed. The number of replications in the plan may grow, and each judgement
replaces the report and its pictures.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from pplcompare.models.errors import StorageError
from pplcompare.validation.calibrate.batch_layout import KINDS, empty_batch, fault, shapes
from pplcompare.validation.calibrate.calibration_plan import BATCH, CalibrationPlan, PlanEntry, whole_batches
from pplcompare.validation.calibrate.replicated_batch import RankedBatch
from pplcompare.validation.storage.files import own_end, place

PLAN: Final = "plan.json"

_PLACE: Final = "place"
# What is another one each time.
_CHANCE: Final = ("seconds",)


@dataclass(frozen=True, slots=True)
class Unit:
    """One batch of one entry: a unit of work.

    Attributes
    ----------
    batch
        Its number, from 0.
    """

    entry: PlanEntry
    batch: int


@dataclass(frozen=True)
class BatchStore:
    """A calibration on a disk.

    Attributes
    ----------
    folder
        Where it lies.
    plan
        What is calibrated.
    replications
        How many of each entry are asked for, in whole batches.
    """

    folder: Path
    plan: CalibrationPlan
    replications: int

    @classmethod
    def create(cls, folder: Path, plan: CalibrationPlan, replications: int) -> BatchStore:
        """Begin a store in a folder, which is made if it is not there.

        Raises
        ------
        StorageError
            If there is something in it.
        OSError
            If it cannot be written.
        """
        cls.check_empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, plan, replications)._placed()

    @staticmethod
    def check_empty(folder: Path) -> None:
        """Refuse a folder in which there is something."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            mend = "choose another place; --resume goes on with a calibration"
            raise StorageError("there is something in this place", where=str(folder), mend=mend)

    @classmethod
    def open(cls, folder: Path) -> BatchStore:
        """Open a store.

        Raises
        ------
        StorageError
            If there is none, or its plan is not one of this version.
        """
        try:
            given = json.loads((folder / PLAN).read_text(encoding="utf-8"))
            plan = CalibrationPlan.read(json.dumps(given["plan"], indent=2, sort_keys=True))
            return cls(folder, plan, int(given["replications"]))
        except OSError as error:
            raise StorageError("no calibration is there", where=str(folder), seen=error.strerror) from error
        except (ValueError, KeyError, TypeError) as error:
            mend = "it was written by another version, or by something else"
            raise StorageError("no plan of a calibration", where=str(folder / PLAN), mend=mend) from error

    def asking(self, replications: int) -> BatchStore:
        """Return the store when it is asked for so many replications, if these are more."""
        if replications <= self.replications:
            return self
        return BatchStore(self.folder, self.plan, replications)._placed()

    def _placed(self) -> BatchStore:
        found = {"plan": json.loads(self.plan.text()), "replications": self.replications}
        place(self.folder / PLAN, json.dumps(found, indent=2).encode(), own_end())
        return self

    def units(self) -> Iterator[Unit]:
        """Yield all units of work, one entry after the other."""
        for entry in self.plan.sampled:
            yield from (Unit(entry, batch) for batch in range(whole_batches(self.replications)))

    def missing(self, part: int = 0, parts: int = 1) -> list[Unit]:
        """Return the units of one of several parts, from 0, that are not done."""
        own = (unit for at, unit in enumerate(self.units()) if at % parts == part)
        return [unit for unit in own if not self._path(unit).exists()]

    def write(self, unit: Unit, found: RankedBatch) -> str:
        """Write a batch; return the hash of its ranks."""
        body = io.BytesIO()
        arrays = {field.name: getattr(found, field.name) for field in fields(found)}
        place_of = np.array(self._place_of(unit))
        np.savez(body, allow_pickle=False, **arrays, **{_PLACE: place_of})
        place(self._path(unit), body.getvalue(), own_end())
        return self._hash(unit, found)

    def read(self, unit: Unit) -> RankedBatch | None:
        """Read a batch; None if it is not done.

        Raises
        ------
        StorageError
            If the file is damaged, or belongs to another plan or place.
        """
        path = self._path(unit)
        try:
            # From memory: the library leaves a file open that it cannot read.
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in (*KINDS, _PLACE)}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise _damaged(path, "damaged") from error
        if str(found.pop(_PLACE)) != self._place_of(unit):
            raise _damaged(path, "a batch of another plan or place")
        if wrong := fault(found, shapes(self.plan, unit.entry, BATCH)):
            raise _damaged(path, wrong)
        return RankedBatch(**found)

    def hash_of(self, unit: Unit) -> str | None:
        """Return the hash of the ranks of a batch as it can be read here; None if it is not to be seen."""
        found = self.read(unit)
        return None if found is None else self._hash(unit, found)

    def result(self, entry: PlanEntry) -> RankedBatch:
        """Return all replications of an entry, in order, up to the first that is missing, without the draws kept."""
        found: list[RankedBatch] = []
        for batch in range(whole_batches(self.replications)):
            one = self.read(Unit(entry, batch))
            if one is None:
                break
            found.append(_without_points(one))
        found.insert(0, _without_points(empty_batch(self.plan, entry)))
        columns = {name: np.concatenate([getattr(one, name) for one in found]) for name in KINDS}
        return RankedBatch(**columns)

    @cached_property
    def _plan_hash(self) -> str:
        return hashlib.sha256(self.plan.text().encode()).hexdigest()

    def _path(self, unit: Unit) -> Path:
        model = [one.name for one in self.plan.models].index(unit.entry.model)
        return self.folder / f"{model}-{quote(unit.entry.engine, safe='')}-{unit.batch:06}.npz"

    def _place_of(self, unit: Unit) -> str:
        return f"{self._plan_hash} {unit.entry.model} {unit.entry.engine} {unit.batch}"

    def _hash(self, unit: Unit, found: RankedBatch) -> str:
        arrays = (getattr(found, name).tobytes() for name in KINDS if name not in _CHANCE)
        parts = self._place_of(unit).encode(), *arrays
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _without_points(found: RankedBatch) -> RankedBatch:
    """Return a batch without draws: those of all batches need not fit into memory."""
    return replace(found, points=np.empty((*found.points.shape[:2], 0)))


def _damaged(path: Path, what: str) -> StorageError:
    return StorageError(what, where=str(path), mend="remove this file, and --resume makes it again")
