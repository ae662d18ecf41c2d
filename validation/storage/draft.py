"""A results folder in the making: hidden and locked beside its place, which it takes when it is whole.

While results come in, ``.<name>.pplcompare-unfinished`` holds those that are finished, with an index that says that not
all are. Whatever ends the run, they are on the disk: a run that is interrupted calls the folder ``<name>-interrupted``;
of one that was killed the next run in that place does so.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock
from pplcompare.models.errors import Locked, StorageError
from pplcompare.validation.storage import KEPT
from pplcompare.validation.storage.files import NEW, place, settle
from pplcompare.validation.storage.left_behind import left_behind
from pplcompare.validation.storage.lock import HeldError, hold, is_our_folder, remove
from pplcompare.validation.storage.names import INDEX, LOCK, OURS, REPLACED

_BEGIN, _END = ".", ".pplcompare-unfinished"
_ATTEMPTS: Final = 20
_MOMENT: Final = 0.02
_TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_MEND: Final = "choose another folder with --out"

type Replaceable = Callable[[Path], bool]
"""Says whether what lies at a place now may go for a new folder."""


def nothing_is(_place: Path) -> bool:
    """Replace nothing."""
    return False


class Draft:
    """A results folder in the making.

    Parameters
    ----------
    target
        The place that it takes when it is whole.
    replaceable
        The function that is asked whether what lies there may go, when the draft takes its place.

    Attributes
    ----------
    folder
        The hidden folder in which it is until then.

    Raises
    ------
    Locked
        If another run, which is alive, makes one for the same place.
    StorageError
        If it cannot be made.
    """

    def __init__(self, target: Path, replaceable: Replaceable = nothing_is) -> None:
        self.target, self._replaceable = target, replaceable
        self.folder = target.with_name(f"{_BEGIN}{target.name}{_END}")
        self._made = [parent for parent in target.absolute().parents if not parent.exists()]
        with _told(target):
            new, self._lock = _locked(target)
            try:
                _name(new, self.folder)
            except BaseException:
                with contextlib.suppress(OSError):
                    remove(new)
                self._lock.release()
                raise

    def place(self, name: str, content: bytes) -> None:
        """Write a file: whole or not at all.

        Raises
        ------
        StorageError
            If it cannot be written; an earlier one of this name is still what it was.
        """
        with _told(self.target):
            path = self.folder / name
            if path.parent != self.folder:  # which is made once: what comes after its end makes it not again
                path.parent.mkdir(mode=0o755, exist_ok=True)
            place(path, content)

    def remove(self, name: str) -> None:
        """Remove a file."""
        with _told(self.target):
            (self.folder / name).unlink(missing_ok=True)

    def publish(self) -> None:
        """Take the place; what is there moves in at first, so that at no moment both are gone.

        Raises
        ------
        StorageError
            If it cannot be taken, or has something that may not be replaced; that is then still what it was.
        """
        with _told(self.target):
            if (exists := os.path.lexists(self.target)) and not self._replaceable(self.target):
                raise StorageError("exists by now", where=str(self.target), mend=_MEND)
            try:
                if exists:
                    self.target.rename(self.folder / REPLACED)
                self.folder.rename(self.target)
            except BaseException:  # a signal too
                _give_back(self.folder, self.target)
                raise
            try:
                settle(self.target.parent)
            finally:
                shutil.rmtree(self.target / REPLACED, ignore_errors=True)
                (self.target / LOCK).unlink(missing_ok=True)
                self._lock.release()

    def set_aside(self) -> Path | None:
        """Keep what is finished; return where, or None if nothing is finished.

        What is whole takes its place, if it may; the name of any other folder says that it was interrupted.
        """
        if not self._lock.is_locked:
            return None
        if _is_whole(self.folder):
            with contextlib.suppress(OSError):
                self.publish()
                return self.target
        try:
            kept = _set_aside(self.folder)
        finally:
            self._lock.release()
        if kept is None:
            for parent in self._made:
                with contextlib.suppress(OSError):
                    parent.rmdir()
        return kept


@contextmanager
def drafted(target: Path, replaceable: Replaceable = nothing_is) -> Iterator[Draft]:
    """Give the draft of a results folder; if the block ends by an error or a signal, what is finished is kept.

    Where, is told in a note of what ended it.
    """
    recover(target.parent)
    draft = Draft(target, replaceable)
    try:
        yield draft
    except BaseException as error:
        with contextlib.suppress(OSError):
            if (kept := draft.set_aside()) is not None:
                error.add_note(f"{KEPT}finished is kept in {kept}/")
        raise
    draft.set_aside()


def recover(parent: Path) -> None:
    """Set aside what is finished in drafts that killed runs of this user left in a folder, and remove what is not.

    What is locked is somebody's. Links are not followed.
    """
    for folder in left_behind(parent, _BEGIN, _END):
        with contextlib.suppress(OSError):
            dispose(folder)


def dispose(folder: Path) -> None:
    """Set a draft aside, or remove it, if nobody makes it any more.

    Raises
    ------
    Locked
        If somebody does.
    StorageError
        If it is not ours.
    """
    target = _target(folder)
    if not _is_draft(folder):
        if not os.path.lexists(folder):
            return
        raise StorageError("is in the way", where=str(folder), mend=_MEND)
    try:
        lock = hold(folder)
    except FileNotFoundError:
        return
    except HeldError as error:
        what = f"another run (process {error.holder}) is writing there"
        raise Locked(what, where=str(target), mend="wait for it, or choose another folder with --out") from error
    try:
        _give_back(folder, target)
        _set_aside(folder)
    finally:
        lock.release()


def _locked(target: Path) -> tuple[Path, FileLock]:
    """Make a draft that nobody else can want: its name is drawn at random until it is locked."""
    for _ in range(_ATTEMPTS):
        new = target.with_name(f"{_BEGIN}{secrets.token_hex(8)}{_END}")
        with contextlib.suppress(HeldError, FileNotFoundError):  # somebody took it for one that was left
            target.parent.mkdir(parents=True, exist_ok=True)
            new.mkdir(mode=0o755)
            try:
                return new, hold(new)
            except OSError:
                with contextlib.suppress(OSError):
                    remove(new)
                raise
    raise StorageError("cannot be written: others remove its draft", where=str(target), mend=_MEND)


def _name(new: Path, folder: Path) -> None:
    """Give a locked draft its name, of which one that nobody makes any more is disposed of before."""
    for attempt in range(_ATTEMPTS):
        try:
            new.rename(folder)
            return
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        try:
            dispose(folder)
        except (Locked, FileNotFoundError):  # a sweep holds it for a moment only, or has just removed it
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_MOMENT)
    raise StorageError("cannot be written: others make and remove its draft", where=str(folder), mend=_MEND)


def _is_draft(folder: Path) -> bool:
    return is_our_folder(folder) and {path.name.removesuffix(NEW) for path in folder.iterdir()} <= OURS


def _target(folder: Path) -> Path:
    return folder.with_name(folder.name[len(_BEGIN) : -len(_END)])


def _set_aside(folder: Path) -> Path | None:
    if not (folder / INDEX).exists():
        remove(folder)
        return None
    for unfinished in folder.rglob(f"*{NEW}"):
        unfinished.unlink(missing_ok=True)
    if _is_whole(folder) and not os.path.lexists(_target(folder)):
        return _moved(folder, _target(folder))
    number = 1
    while True:
        name = f"{_target(folder).name}-interrupted{f'-{number}' if number > 1 else ''}"
        kept = folder.with_name(name)
        if not kept.exists():
            return _moved(folder, kept)
        number += 1


def _moved(folder: Path, kept: Path) -> Path:
    folder.rename(kept)
    (kept / LOCK).unlink(missing_ok=True)
    return kept


def _is_whole(folder: Path) -> bool:
    """Say whether the index, which is written last, says that all is there."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(index, dict) and index.get("interrupted") is False


def _give_back(folder: Path, target: Path) -> None:
    """Move an earlier folder back that had to leave for one that did not come."""
    if (folder / REPLACED).exists() and not target.exists():
        (folder / REPLACED).rename(target)


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise StorageError(what, where=str(target), mend=_MEND) from error
