"""Results folders and temporary folders: whole or not there, locked, and found again after whatever ended a run."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import Locked, StorageError, UsageError
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.store import StudyWriter, results_draft, results_folder
from pplcompare.validation.output.summary import summary
from pplcompare.validation.storage import KEPT
from pplcompare.validation.storage.draft import Draft, drafted, nothing_is
from pplcompare.validation.storage.names import INDEX, REPLACED
from pplcompare.validation.storage.scratch import Scratch, sweep
from pplcompare.validation.study.finished import Finished
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.study import OpenBackend, Plan, Study, carry_out
from pplcompare.validation.study.verdict import ExitCode
from pplcompare.validation.wrapped.exact_backend import ExactBackend

from tests.validation.conftest import opener

PART, WHOLE = (json.dumps({"interrupted": part}).encode() for part in (True, False))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stopped(target: Path, write: Callable[[Draft], None]) -> list[str]:
    """Begin a draft and be interrupted; return what the interruption says."""

    def begin() -> None:
        with drafted(target) as draft:
            write(draft)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as found:
        begin()
    return getattr(found.value, "__notes__", [])


def killed(code: str) -> None:
    """Run a program that ends itself by SIGKILL."""
    program = textwrap.dedent(code) + "\nimport os; os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL


def test_a_draft_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with drafted(tmp_path / "deep" / "results") as draft:
        draft.place("draws/a.nc", b"a")
        draft.place(INDEX, WHOLE)
        assert names(tmp_path / "deep") == [".results.pplcompare-unfinished"]
        draft.publish()
    assert names(tmp_path / "deep") == ["results"]
    assert names(tmp_path / "deep" / "results") == ["draws", "results.json"]


def test_a_draft_without_anything_finished_leaves_nothing_not_even_the_folder_above(tmp_path: Path) -> None:
    assert stopped(tmp_path / "deep" / "results", lambda draft: draft.place("draws/a.nc", b"a")) == []
    assert names(tmp_path) == []


def test_what_is_finished_is_kept_under_a_name_that_says_so_and_replaces_nothing(tmp_path: Path) -> None:
    for number, name in enumerate(("results-interrupted", "results-interrupted-2")):
        notes = stopped(tmp_path / "results", partial(Draft.place, name=INDEX, content=str(number).encode()))
        assert notes == [f"{KEPT}finished is kept in {tmp_path}/{name}/"]
    assert names(tmp_path) == ["results-interrupted", "results-interrupted-2"]
    assert (tmp_path / "results-interrupted" / INDEX).read_bytes() == b"0"
    assert names(tmp_path / "results-interrupted-2") == [INDEX]


def test_a_place_that_somebody_else_writes_is_refused_with_the_number_of_the_process(tmp_path: Path) -> None:
    code = f"""
        import time
        from pathlib import Path
        from pplcompare.validation.storage.draft import Draft
        draft = Draft(Path({str(tmp_path)!r}) / "results")
        print("held", flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=rf"results: another run \(process {other.pid}\) is writing there"):
            Draft(tmp_path / "results")
        with drafted(tmp_path / "another") as draft:
            draft.place(INDEX, WHOLE)
            draft.publish()
        assert names(tmp_path) == [".results.pplcompare-unfinished", "another"]
        other.kill()
    with drafted(tmp_path / "results") as draft:  # whose holder is dead is no obstacle
        draft.place(INDEX, WHOLE)
        draft.publish()
    assert names(tmp_path) == ["another", "results"]


@pytest.mark.parametrize("other", ["results", "another"])
def test_what_a_killed_run_had_finished_is_found_by_the_next_in_that_place(tmp_path: Path, other: str) -> None:
    killed(f"""
        from pathlib import Path
        from pplcompare.validation.storage.draft import Draft
        draft = Draft(Path({str(tmp_path)!r}) / "results")
        draft.place("results.json", b"part")
        (draft.folder / "results.json.new").write_bytes(b"par")
    """)
    assert names(tmp_path) == [".results.pplcompare-unfinished"]
    with drafted(tmp_path / other) as draft:
        draft.place(INDEX, WHOLE)
        draft.publish()
    assert names(tmp_path) == sorted([other, "results-interrupted"])
    assert names(tmp_path / "results-interrupted") == [INDEX]


def test_an_earlier_folder_comes_back_if_a_run_is_killed_between_the_renames(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / INDEX).write_bytes(b"earlier")
    killed(f"""
        from pathlib import Path
        from pplcompare.validation.storage.draft import Draft
        draft = Draft(Path({str(tmp_path)!r}) / "results")
        draft.place("results.json", b"new")
        draft.target.rename(draft.folder / "replaced")
    """)
    with drafted(tmp_path / "another"):
        pass
    assert names(tmp_path) == ["results", "results-interrupted"]
    assert (tmp_path / "results" / INDEX).read_bytes() == b"earlier"
    assert (tmp_path / "results-interrupted" / INDEX).read_bytes() == b"new"


OURS = json.dumps({"pplcompare": "1", "schema_version": 1, "interrupted": False}).encode()


def published(target: Path, appears: Callable[[], None], force: bool) -> None:
    with results_draft(target, force) as draft:
        draft.place(INDEX, OURS)
        appears()
        draft.publish()


@pytest.mark.parametrize("force", [False, True])
def test_what_appears_in_the_place_during_a_run_stays_and_the_results_are_kept_beside_it(
    force: bool, tmp_path: Path
) -> None:
    target = tmp_path / "results"

    def appears() -> None:
        target.mkdir()
        (target / "notes.txt").write_text("precious")

    with pytest.raises(StorageError, match="results: exists by now") as found:
        published(target, appears, force)
    assert (target / "notes.txt").read_text() == "precious"
    assert names(tmp_path) == ["results", "results-interrupted"]
    assert (tmp_path / "results-interrupted" / INDEX).read_bytes() == OURS
    assert found.value.__notes__ == [f"{KEPT}finished is kept in {tmp_path}/results-interrupted/"]


def test_an_earlier_folder_that_a_killed_run_had_moved_away_is_replaced_by_force_only(tmp_path: Path) -> None:
    target = tmp_path / "results"
    published(target, lambda: None, force=False)
    for force in (False, True):
        left = Draft(target, nothing_is)
        target.rename(left.folder / REPLACED)
        left._lock.release()
        if not force:
            with pytest.raises(UsageError, match="exists already"):
                results_folder("campaigns", str(target), force)
        published(results_folder("campaigns", str(target), force=True), lambda: None, force=True)
        assert names(tmp_path) == ["results"]


def test_runs_for_other_places_in_one_folder_never_refuse_each_other(tmp_path: Path) -> None:
    end = time.perf_counter() + 1.0

    def runs(target: Path) -> int:
        number = 0
        while number < 20 or time.perf_counter() < end:
            with drafted(target, lambda _: True) as draft:
                draft.place(INDEX, OURS)
                if number % 2:
                    draft.publish()
                else:
                    draft.remove(INDEX)
            number += 1
        return number

    targets = [tmp_path / name for name in "abcd"]
    with ThreadPoolExecutor(len(targets)) as pool:
        assert all(pool.map(runs, targets))
    assert names(tmp_path) == list("abcd")


def test_what_cannot_be_removed_yet_is_removed_by_a_later_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        assert stopped(tmp_path / "results", lambda draft: draft.place("draws/a.nc", b"a")) == []
    assert names(tmp_path / ".results.pplcompare-unfinished") == ["draws", "lock"]
    with drafted(tmp_path / "another"):
        pass
    assert names(tmp_path) == []


def test_an_interruption_between_the_renames_gives_the_earlier_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "results"
    published(target, lambda: None, force=False)
    before = (target / INDEX).stat().st_ino
    rename = Path.rename

    def interrupted(path: Path, to: Path) -> Path:
        done = rename(path, to)
        if path == target:
            monkeypatch.undo()
            raise KeyboardInterrupt
        return done

    draft = Draft(target, lambda _: True)
    draft.place(INDEX, PART)
    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draft.publish()
    assert (target / INDEX).stat().st_ino == before
    assert draft.set_aside() == tmp_path / "results-interrupted"


def test_what_is_written_after_the_end_of_a_draft_makes_no_folder(tmp_path: Path) -> None:
    with drafted(tmp_path / "results") as draft:
        pass
    for name in (INDEX, "draws/a.nc"):
        with pytest.raises(StorageError):
            draft.place(name, b"late")
    assert names(tmp_path) == []


def test_nothing_is_kept_after_an_end_that_was_interrupted_itself(study: Study) -> None:
    kept: list[Study] = []
    finished = Finished([replace(study, rows=())], kept.append)

    class Interrupting:
        def __enter__(self) -> None:
            raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None: ...

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished, "_lock", Interrupting())
        with pytest.raises(KeyboardInterrupt):
            finished.__exit__()
    finished.add("exact", study.rows[:1])
    assert kept == []


@pytest.mark.parametrize("death", [True, False])
def test_what_is_whole_takes_its_place_whatever_ends_the_run(death: bool, tmp_path: Path) -> None:
    target = tmp_path / "results"
    if death:
        draft = Draft(target)
        draft.place(INDEX, OURS)
        draft._lock.release()
        with drafted(tmp_path / "another"):
            pass
    else:
        notes = stopped(target, lambda draft: draft.place(INDEX, OURS))
        assert notes == [f"{KEPT}finished is kept in {target}/"]
    assert names(tmp_path) == ["results"]
    assert names(target) == [INDEX]


@pytest.mark.filterwarnings("ignore:flock not supported:UserWarning")
def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", missing)
    with pytest.raises(StorageError, match="no locks"):
        Draft(tmp_path / "results")
    assert names(tmp_path) == []


def test_drafts_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "lock").touch()
    (tmp_path / ".link.pplcompare-unfinished").symlink_to(tmp_path / "precious")
    (tmp_path / ".mine.pplcompare-unfinished").mkdir()
    (tmp_path / ".mine.pplcompare-unfinished" / "thesis.txt").touch()
    (tmp_path / ".file.pplcompare-unfinished").touch()
    for name in (".locked.pplcompare-unfinished", ".locked.unfinished"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").touch()
        (tmp_path / name / "thesis.txt").touch()
    (tmp_path / ".empty.unfinished").mkdir()
    before = names(tmp_path)
    with drafted(tmp_path / "results"):
        pass
    assert names(tmp_path) == before
    assert names(tmp_path / "precious") == ["lock"]
    for name in ("link", "mine", "file", "locked"):
        with pytest.raises(StorageError, match="is in the way"):
            Draft(tmp_path / name)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def test_a_sweep_takes_what_killed_processes_left_and_nothing_else(temporary: Path, tmp_path: Path) -> None:
    killed("""
        from pplcompare.validation.storage.scratch import Scratch
        folder = Scratch().folder
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
        (folder / "link").symlink_to("..")
    """)
    (left,) = names(temporary)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "lock").touch()
    (temporary / "pplcompare-scratch-link").symlink_to(tmp_path / "precious")
    (temporary / "pplcompare-scratch-no-lock").mkdir()
    (temporary / "pplcompare-scratch-no-lock" / "file").touch()
    (temporary / "pplcompare-scratch-just-made").mkdir()
    (temporary / "pplcompare-scratch-old-and-empty").mkdir()
    os.utime(temporary / "pplcompare-scratch-old-and-empty", (0, 0))
    (temporary / "somebody-elses").mkdir()
    with Scratch() as alive:
        sweep()
        gone = {left, "pplcompare-scratch-old-and-empty"}
        stay = {"link", "no-lock", "just-made"}
        assert set(names(temporary)) == {alive.name, "somebody-elses", *(f"pplcompare-scratch-{it}" for it in stay)}
        assert not gone & set(names(temporary))
    assert names(tmp_path / "precious") == ["lock"]
    assert not alive.exists()


def test_a_sweep_of_a_full_temporary_folder_ends_in_time(temporary: Path) -> None:
    for number in range(200):
        (temporary / f"pplcompare-scratch-{number}").mkdir()
        (temporary / f"pplcompare-scratch-{number}" / "lock").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pplcompare.validation.storage.left_behind._LONGEST", 0.0)
        sweep()
    assert len(names(temporary)) == 200
    start = time.perf_counter()
    sweep()
    assert time.perf_counter() - start < 5.0
    assert len(names(temporary)) < 200  # a machine that is busy leaves some to the next


class FullDisk:
    """Lets so many steps of writing through; from then on there is no space, but what exists can be renamed away."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.left, self.failed = folder, steps, ""

    def step(self, what: str, path: object) -> None:
        if not str(path).startswith(str(self.folder)):
            return
        self.left -= 1
        if self.left < 0 and not self.failed:
            self.failed = f"{what} {path}"
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@contextmanager
def full_disk(folder: Path, steps: int) -> Iterator[FullDisk]:
    disk = FullDisk(folder, steps)
    kept = {name: getattr(os, name) for name in ("open", "fsync", "replace", "rename", "mkdir")}

    def opening(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            disk.step("open", path)
        return int(kept["open"](path, flags, *rest, **more))

    def syncing(descriptor: int) -> None:
        disk.step("fsync", Path(f"/proc/self/fd/{descriptor}").readlink())
        kept["fsync"](descriptor)

    def moving(name: str) -> Callable[..., None]:
        def move(path: Any, *rest: Any, **more: Any) -> None:
            if name != "mkdir" or not Path(path).exists():
                disk.step(name, path)
            kept[name](path, *rest, **more)

        return move

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opening)
        patch.setattr(os, "fsync", syncing)
        for name in ("replace", "rename", "mkdir"):
            patch.setattr(os, name, moving(name))
        yield disk


@pytest.fixture(scope="module")
def study() -> Study:
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    plan = Plan(counts, [independent()], ["exact", "other"], NUTSSettings(draws=100), seed=1)
    other = ExactBackend()
    other.name = "other"
    return carry_out(plan, opener({"exact": ExactBackend(), "other": other}), lambda _: None, exact_summary)


def write_all(target: Path, study: Study) -> None:
    """Write what a run of two fits writes: after the first, after the second, and at the end."""
    first = replace(study, rows=(study.rows[0], replace(study.rows[1], fit=None)), missing=("other",))
    with results_draft(target, force=True) as draft:
        writer = StudyWriter(draft)
        for part in (first, replace(study, missing=("other",))):
            writer.write(part, summary(part, ExitCode.INTERRUPTED, machine()))
        writer.write(study, summary(study, ExitCode.PASSED, machine()))
        draft.publish()


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are named in /proc")
def test_a_disk_that_is_full_at_any_step_loses_nothing_that_was_finished(tmp_path: Path, study: Study) -> None:
    earlier = tmp_path / "earlier" / "results"
    write_all(earlier, study)
    steps = 0
    while True:
        folder = tmp_path / str(steps)
        shutil.copytree(tmp_path / "earlier", folder)
        (folder / "results" / "report.html").write_text("earlier")
        with full_disk(folder, steps) as disk:
            try:
                write_all(folder / "results", study)
                told = None
            except StorageError as error:
                told = error
        found = names(folder)
        new = (folder / "results" / "report.html").read_text() != "earlier"
        if not disk.failed:
            assert (told, found, new) == (None, ["results"], True)
            break
        assert told is not None, disk.failed
        assert str(told).startswith(f"{folder}/results: cannot be written: No space left on device"), disk.failed
        with drafted(folder / "next"):  # what a last step left behind, the next run sets aside
            pass
        assert set(names(folder)) <= {"results", "results-interrupted"}, disk.failed
        for name in names(folder):
            whole(folder / name, study)
        steps += 1
    assert steps > 30


def whole(folder: Path, study: Study) -> None:
    """Assert that a folder holds whole files only, and that it says so if a fit is not among them."""
    document = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    finished = {f"{fit['model']}-{fit['backend']}.nc" for fit in document["fits"] if fit["seed"] is not None}
    assert finished <= set(names(folder / "draws"))
    assert document["interrupted"] or len(finished) == len(study.rows)
    assert document["interrupted"] == (document["exit_code"] == 130)
    for name in names(folder / "draws"):
        with xr.open_dataset(folder / "draws" / name, group="posterior") as posterior:
            assert posterior["rate"].shape == (4, 100, 2)
    assert set(names(folder)) == {INDEX, "report.html", "draws"}


def test_a_part_says_so_in_its_results_and_in_its_report(tmp_path: Path, study: Study) -> None:
    part = replace(study, rows=(study.rows[0], replace(study.rows[1], fit=None)), missing=("other",))
    stopped(
        tmp_path / "results",
        lambda draft: StudyWriter(draft).write(part, summary(part, ExitCode.INTERRUPTED, machine())),
    )
    page = (tmp_path / "results-interrupted" / "report.html").read_text(encoding="utf-8")
    assert '<p class="verdict code-130">Interrupted: what is missing here was not finished.</p>' in page
    assert "This run was interrupted: only a part of it is here." in page
    assert "All checks passed" not in page
    assert json.loads((tmp_path / "results-interrupted" / INDEX).read_text())["interrupted"] is True


def test_rows_are_kept_as_they_are_finished(exact_only: OpenBackend, plan: Plan) -> None:
    kept: list[Study] = []
    small = replace(plan, settings=NUTSSettings(draws=400))
    study = carry_out(small, exact_only, lambda _: None, keep=kept.append)
    assert [[row.fit is not None for row in part.rows] for part in kept[:2]] == [[True, False], [True, True]]
    assert [part.missing for part in kept] == [("exact",)] * (len(kept) - 1) + [()]
    assert kept[0].rows[1].reason == "interrupted before it was finished"
    assert [row.verdict for row in kept[-1].rows] == [row.verdict for row in study.rows]
    assert study.missing == ()
