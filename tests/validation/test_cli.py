"""The command line, as people and CI jobs meet it. Slow parts run real backends in `tests/test_main_job.py`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import xarray as xr

from tests.invoked import invoked
from tests.validation.conftest import FAKES, HEARING_PYTHON, know_fakes


def pplcompare(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pplcompare.validation.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "", "PPLCOMPARE_REQUIRE": "", **environment},
        timeout=900,  # empty caches on a busy machine
        check=False,
    )


def csv(folder: Path, text: str) -> str:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def in_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    result = invoked(arguments, {"PPLCOMPARE_REQUIRE": "", **environment})
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def assert_refused(result: subprocess.CompletedProcess[str], words: list[str]) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    message = [line for line in result.stderr.splitlines() if line.startswith("pplcompare: ")]
    assert len(message) == 1
    assert result.stderr.splitlines() == message
    for word in words:
        assert word in message[0]


def run_honest(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run with a right backend of somebody else, in process, with as few draws as the checks take."""
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(tmp_path):
        know_fakes(patch)
        return in_process("run", "--backends", "honest", "--seed", "0", "--draws", "400", *arguments, **environment)


def test_run_writes_results_draws_and_a_report(tmp_path: Path) -> None:
    result = run_honest(tmp_path, "--out", "results")
    assert result.returncode == 0, result.stderr
    assert "passed" in result.stdout
    folder = tmp_path / "results"
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert document["schema_version"] == 1
    assert document["seed"] == 0
    assert [fit["verdict"] for fit in document["fits"]] == ["passed", "passed"]
    with xr.open_datatree(folder / "draws" / "hierarchical-honest.nc", engine="h5netcdf") as tree:
        assert tree["posterior"]["rate"].dims == ("chain", "draw", "group")
        assert tree["posterior/group"].to_numpy().tolist() == ["A", "B"]
        assert tree["posterior"].attrs["backend"] == "honest"
        assert tree["observed_data/successes"].to_numpy().tolist() == [19, 3]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]


def test_results_say_that_backends_were_broken_or_sampled_without_rates(tmp_path: Path) -> None:
    arguments = ["--model", "hierarchical", "--marginal", "--mutant", "sd-0.95", "--out"]
    result = run_honest(tmp_path, *arguments, "altered")
    sentences = ["Backends sampled without the rates", "broken on purpose: sd-0.95."]
    page = (tmp_path / "altered" / "report.html").read_text(encoding="utf-8")
    assert all(sentence in result.stdout and sentence in page for sentence in sentences)
    document = json.loads((tmp_path / "altered" / "results.json").read_text(encoding="utf-8"))
    assert (document["marginal"], document["mutant"]) == (True, "sd-0.95")
    assert "purpose" not in run_honest(tmp_path, "--model", "independent", "--out", "plain").stdout


def test_the_same_seed_gives_the_same_draws(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        assert run_honest(tmp_path, "--model", "hierarchical", "--out", name).returncode == 0
        with xr.open_dataset(tmp_path / name / "draws" / "hierarchical-honest.nc", group="posterior") as posterior:
            files.append(posterior["rate"].values.copy())
    assert (files[0] == files[1]).all()


def test_an_existing_folder_is_refused_unless_it_is_ours_and_forced(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious.txt").write_text("x")
    refused = run_honest(tmp_path, "--out", "other", "--force")
    assert_refused(refused, ["--out", "exists already"])
    assert run_honest(tmp_path, "--out", "ours", "--model", "independent").returncode == 0
    assert_refused(run_honest(tmp_path, "--out", "ours", "--model", "independent"), ["--force"])
    assert run_honest(tmp_path, "--out", "ours", "--model", "hierarchical", "--force").returncode == 0
    assert (tmp_path / "ours" / "draws" / "hierarchical-honest.nc").exists()
    assert not (tmp_path / "ours" / "draws" / "independent-honest.nc").exists()
    assert (tmp_path / "other" / "precious.txt").read_text() == "x"


def test_a_folder_that_cannot_be_written_is_exit_4(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = run_honest(tmp_path, "--out", "file/results")
    assert result.returncode == 4
    assert "file/results" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path: Path) -> None:
    assert run_honest(tmp_path, "--out", "ours", "--model", "independent").returncode == 0
    (tmp_path / "ours" / "thesis.txt").write_text("x")
    assert_refused(run_honest(tmp_path, "--out", "ours", "--force", "--model", "independent"), ["exists already"])
    assert (tmp_path / "ours" / "thesis.txt").exists()


def test_a_closed_pipe_is_not_a_failed_check(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pplcompare.validation.cli", "exact", "rats"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


def test_what_is_started_to_be_stopped_hears_signals_that_are_ignored_here() -> None:
    """As in the background of a script; without the prefix Python finds both ignored and leaves them so."""
    show = "import signal; print(*(signal.getsignal(each) == signal.SIG_IGN for each in (2, 15)))"
    ignoring = ["sh", "-c", 'trap "" INT TERM; exec "$@"', "sh"]
    for python, ignored in ((HEARING_PYTHON, "False False\n"), ([sys.executable], "True True\n")):
        result = subprocess.run([*ignoring, *python, "-c", show], capture_output=True, text=True, check=True)
        assert result.stdout == ignored


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_run_cleanly(stop: signal.Signals, code: int, tmp_path: Path) -> None:
    command = [*HEARING_PYTHON, "-m", "pplcompare.validation.cli", "run", "rats", "--backends", "exact", "--out", "o"]
    alone = {**os.environ, "PPLCOMPARE_REQUIRE": ""}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, text=True, env=alone
    )
    assert process.stderr is not None
    while "exact, independent: sampling" not in process.stderr.readline():
        pass
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(stop)
    _, words = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in words
    assert list(tmp_path.iterdir()) == []
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_one_draw_a_chain_is_underpowered_not_failed(tmp_path: Path) -> None:
    result = run_honest(tmp_path, "--draws", "3", "--model", "independent", "--quiet")
    assert (result.returncode, result.stderr) == (6, "")
    assert "underpowered" in result.stdout


@pytest.mark.parametrize("command", ["exact", "show"])
def test_a_last_row_that_sums_the_others_is_told_on_standard_error(command: str, tmp_path: Path) -> None:
    file = csv(tmp_path, "group,n,k\nA,20,3\nB,30,7\nTotal,50,10\n")
    result = in_process(*{"exact": ["exact", file], "show": ["show", "independent", file]}[command])
    assert result.returncode == 0, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("pplcompare: warning: counts.csv, line 4: the last row is the sum of the others")
    assert "'Total'" in line
    assert result.stdout


def test_exact_prints_json_that_any_reader_takes(tmp_path: Path) -> None:
    arguments = ["rats", "--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(1.5)", "--json"]
    result = pplcompare("exact", *arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout, parse_constant=pytest.fail)["hierarchical_proportion"]
    assert found["log_evidence"] == "undefined (improper prior)"
    assert found["quantities"]["concentration"]["mean"] == "infinite"
    assert found["quantities"]["rate[71]"]["mean"] == pytest.approx(0.21085684, abs=5e-9)
    assert list(tmp_path.iterdir()) == []


def test_json_on_standard_output_is_json_alone(tmp_path: Path) -> None:
    result = run_honest(tmp_path, "--json", "--model", "independent")
    assert json.loads(result.stdout)["exit_code"] == 0


def test_quiet_and_no_color_are_honoured(tmp_path: Path) -> None:
    result = run_honest(tmp_path, "--quiet", "--model", "independent", NO_COLOR="1", FORCE_COLOR="1")
    assert result.returncode == 0
    assert result.stderr == ""
    assert "\x1b[3" not in result.stdout


def test_a_missing_required_backend_is_exit_3(tmp_path: Path) -> None:
    arguments = ["--model", "independent", "--quiet"]
    result = pplcompare("run", *arguments, "--backends", "exact,absent", cwd=tmp_path, PYTHONPATH=FAKES)
    assert result.returncode == 3
    assert "no such library; pip install it" in result.stdout
    required = pplcompare(
        "run", *arguments, "--backends", "exact", cwd=tmp_path, PYTHONPATH=FAKES, PPLCOMPARE_REQUIRE="absent"
    )
    assert required.returncode == 3


def test_a_crashing_backend_is_incomplete_exit_6(tmp_path: Path) -> None:
    arguments = ["--model", "independent", "--quiet", "--backends", "exact,crash"]
    result = pplcompare("run", *arguments, cwd=tmp_path, PYTHONPATH=FAKES)
    assert result.returncode == 6
    assert "SIGSEGV" in result.stdout
    assert "passed" in result.stdout


def test_help_of_every_command_has_an_example() -> None:
    for command in ("run", "exact"):
        result = pplcompare(command, "--help", cwd=Path.cwd())
        assert result.returncode == 0
        assert "Examples:" in result.stdout
