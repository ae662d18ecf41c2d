"""A command ends with 0 only after its document was delivered: what cannot be written is exit 4."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click
import pytest
from pplcompare.models.errors import BackendUnavailable, Locked, StorageError, UsageError
from pplcompare.validation.cli import main
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.output.check.check_output import CheckOutput
from pplcompare.validation.output.check.check_summary import one_look_document
from pplcompare.validation.selftest import trial
from pplcompare.validation.selftest.trial import SelfTest
from pplcompare.validation.storage import KEPT

from tests.validation.conftest import know_calibrated

FULL: Final = Path("/dev/full")
QUICK: Final = ("campaigns", "--model", "independent", "--backends", "honest", "--draws", "400", "--quiet")
COMMANDS: Final = {
    "run": ("run", *QUICK),
    "check": ("check", *QUICK),
    "calibrate": ("calibrate", *QUICK[:-3], "--replications", "25", "--thin", "1", "--quiet"),
    "bench": ("bench", *QUICK, "--rounds", "1"),
    "exact": ("exact", "campaigns", "--model", "independent"),
    "ask predict": ("ask", "predict", "campaigns", "--model", "independent"),
    "ask coins": ("ask", "coins", "--rates", "0.3,0.7"),
    "ask redundant": ("ask", "redundant", "--mean", "0.05"),
    "ask together": ("ask", "together", "--mean", "0.05"),
    "simulate": ("simulate", "campaigns", "--seed", "1"),
    "show": ("show", "independent"),
    "list": ("list", "exit-codes"),
    "doctor": ("doctor", "--quiet"),
    "selftest": ("selftest", "--quiet"),
}
IN_JSON: Final = tuple(name for name in COMMANDS if name != "show")

needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")


def test_the_table_has_every_command() -> None:
    known = {
        f"{name} {within}".rstrip()
        for name, command in main.commands.items()
        for within in (command.commands if isinstance(command, click.Group) else ("",))
    }
    assert set(COMMANDS) == known


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [*COMMANDS.values(), *((*COMMANDS[name], "--json") for name in IN_JSON)],
    ids=[*COMMANDS, *(f"{name} --json" for name in IN_JSON)],
)
def test_a_document_that_cannot_be_printed_is_exit_4(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    know_calibrated(monkeypatch, "exact", "honest")  # others take their time to start
    monkeypatch.setattr(trial, "self_test", lambda *_: SelfTest(1, 1, 1, (), (), ()))  # a minute
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
    assert ended.value.code == 4
    assert capsys.readouterr().err == "pplcompare: standard output: No space left on device\n"


COMMAND: Final = [sys.executable, "-m", "pplcompare.validation.cli"]


def ended(arguments: list[str], command: list[str] = COMMAND, **streams: Any) -> tuple[int, str]:
    """Return exit code and words of a process; a shell sends its streams somewhere."""
    command = [*command, *arguments]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=600, **streams)
    return done.returncode, done.stderr


@needs_full
@pytest.mark.parametrize("arguments", [["exact", "campaigns", "--model", "independent"], ["--help"], ["--version"]])
def test_nothing_is_left_to_fail_when_the_process_ends(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        assert ended(arguments, stdout=full) == (4, "pplcompare: standard output: No space left on device\n")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_a_page_of_help_whose_reader_has_gone_is_no_failed_check(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert ended(arguments, stdout=writing) == (141, "")
    os.close(writing)


def test_a_closed_standard_output_is_exit_4_at_once() -> None:
    code, words = ended(["exact"], ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND])
    assert (code, words) == (4, "pplcompare: standard output: closed; leave it open, or send it to a file\n")


@needs_full
def test_an_error_that_cannot_be_told_is_no_failed_check() -> None:
    command = [sys.executable, "-m", "pplcompare.validation.cli", "exact", "rat"]
    with FULL.open("w") as full:
        assert subprocess.run(command, stderr=full, check=False, timeout=600).returncode == 4


@needs_full
def test_a_junit_file_is_written_though_nothing_can_be_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = {"pplcompare": "1.2", "looks": one_look_document(1e-4), "exit_code": 0, "required": []}
    document: Any = {**header, "data": {"campaigns": {}}, "fits": [], "nothing_checked": None}
    file = tmp_path / "check.xml"
    output = CheckOutput(str(file), as_json=True)
    with contextlib.suppress(OSError), FULL.open("w") as full:  # which cannot be closed either
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OSError, match="No space left"):
            output.deliver(document)
    assert file.read_bytes().startswith(b"<?xml")


ENDS: Final = {
    "wrong usage": (UsageError("no"), 2),
    "a backend is missing": (BackendUnavailable("no"), 3),
    "storage": (StorageError("no"), 4),
    "locked": (Locked("no"), 5),
    "a full device": (OSError(errno.ENOSPC, "full"), 4),
    "a reader that has gone": (BrokenPipeError(errno.EPIPE, "gone"), 141),
    "an interruption": (KeyboardInterrupt(), 130),
    "a defect": (ZeroDivisionError("no"), 6),
}


@pytest.mark.parametrize(("error", "code"), ENDS.values(), ids=ENDS)
def test_whatever_ends_a_command_what_was_kept_is_told(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    notes = [f"{KEPT}finished is kept in x/", f"{KEPT}missing: pplcompare run"]
    for note in ("what a worker printed", *notes):
        error.add_note(note)
    with (tmp_path / "stdout").open("w") as file:  # its descriptor is turned to nothing where it is broken
        monkeypatch.setattr(sys, "stdout", file)
        with pytest.raises(SystemExit) as ended, reported():
            raise error
    assert ended.value.code == code
    assert [line for line in capsys.readouterr().err.splitlines() if KEPT in line] == [
        f"pplcompare: {n}" for n in notes
    ]


def test_a_defect_whose_traceback_is_wanted_tells_what_was_kept_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PPLCOMPARE_TRACEBACK", "1")
    error = ZeroDivisionError("no")
    error.add_note(f"{KEPT}finished is kept in x/")
    with pytest.raises(ZeroDivisionError), reported():
        raise error
    assert f"pplcompare: {KEPT}finished is kept in x/" in capsys.readouterr().err
