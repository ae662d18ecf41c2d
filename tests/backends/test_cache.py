"""The cache of compiled programs: each is built once, whole or not there at all, whoever else builds or was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest

BUILD: Final = """
    import os, sys, time
    from pathlib import Path
    from pplcompare.backends.cache import cached

    def build(folder):
        with open("built", "a") as log:
            log.write("built\\n")
        (folder / "part").write_text("half")
        print("begun", flush=True)
        time.sleep(float(sys.argv[1]))
        (folder / "part").write_text("whole")

    print((cached("kind", "key", build) / "part").read_text())
"""


def building(seconds: float, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(BUILD), str(seconds)]
    environment = {**os.environ, "PPLCOMPARE_CACHE": str(folder / "cache")}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_on_a_cold_cache_build_once_and_both_get_it(tmp_path: Path) -> None:
    both = [building(0.5, tmp_path) for _ in range(2)]
    assert {process.communicate(timeout=60)[0].splitlines()[-1] for process in both} == {"whole"}
    assert (tmp_path / "built").read_text() == "built\n"


def test_what_a_killed_build_left_is_no_entry_and_goes_with_the_next_build(tmp_path: Path) -> None:
    with building(600, tmp_path) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "begun\n"
        killed.kill()
    home = tmp_path / "cache" / "kind"
    assert [path.name.split("-")[0] for path in home.iterdir() if path.is_dir()] == ["key.building"]
    with building(0, tmp_path) as after:
        assert after.communicate(timeout=60)[0].splitlines()[-1] == "whole"
    assert sorted(path.name for path in home.iterdir()) == ["key", "key.lock"]


@pytest.mark.nightly(twin="tests/backends/test_cache.py::test_two_processes_on_a_cold_cache_build_once_and_both_get_it")
@pytest.mark.parametrize("backend", ["numpyro", "nutpie", "pymc", "stan"])
def test_two_runs_on_a_cold_cache_both_succeed(backend: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pplcompare.validation.cli", "run", "--model", "independent", "--draws", "1000"]
    environment = {**os.environ, "PPLCOMPARE_CACHE": str(tmp_path / "cache"), "PPLCOMPARE_REQUIRE": ""}
    options = ["--seed", "1", "--quiet", "--backends", backend, "--out"]
    both = [
        subprocess.Popen([*command, *options, f"o{number}"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
        for number in range(2)
    ]
    assert [(process.communicate(timeout=900), process.returncode)[1] for process in both] == [0, 0]
