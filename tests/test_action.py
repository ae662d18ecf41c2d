"""The action for GitHub: its own commands, run by bash as the runner does, on a miniature project, green and red."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pplcompare.validation.bench.history import read_history

from tests.documented_blocks import block_of

ROOT: Final = Path(__file__).parents[1]
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: Final[list[dict[str, Any]]] = ACTION["runs"]["steps"]
BACKEND: Final = """
import numpy as np
from pplcompare.testing import SamplerBackend

class Mini(SamplerBackend):
    name = "mini"

    def sample(self, target, settings, seed):
        rng, size = np.random.default_rng(seed), settings.chains * settings.draws
        x = target.unconstrain(target.exact.simulate(size, rng))
        return (FACTOR * (x - x.mean(axis=0)) + x.mean(axis=0)).reshape(settings.chains, settings.draws, -1)
"""
VISITS: Final = "variant,visitors,conversions\nA,200,19\nB,150,24\n"


def inputs(**given: str) -> dict[str, str]:
    """Return the inputs of the action, those that are not given by their defaults."""
    assert set(given) <= set(ACTION["inputs"])
    return {name: given.get(name, each["default"]) for name, each in ACTION["inputs"].items()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a backend and data of its own, and an environment in which pip finds what is installed here."""
    folder = tmp_path / "project"
    information = folder / "mini-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: mini\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[pplcompare.backends]\nmini = mini:Mini\n")
    (folder / "visits.csv").write_text(VISITS)
    subprocess.run(["uv", "venv", "--quiet", "--seed", "--python", sys.executable, tmp_path / "venv"], check=True)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (packages / "here.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def environment_of(project: Path) -> dict[str, str]:
    """Return the environment of a command that knows the backend of the project."""
    return {
        **{name: value for name, value in os.environ.items() if name not in ("PPLCOMPARE_REQUIRE", "COLUMNS")},
        "PATH": f"{project.parent / 'venv' / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(project),
    }


def carried_out(project: Path, given: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Run the steps until one fails, as the runner does; return its exit code, the outputs, and the log."""
    (project / "output").touch()
    environment = {
        **environment_of(project),
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(project / "output"),
        "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
        "PIP_NO_INDEX": "1",
    }
    log = ""
    for step in STEPS:
        condition = re.fullmatch(r"inputs\.(\w+) != ''", step.get("if", ""))
        if "run" not in step or (condition and not given[condition[1]]):
            continue
        of_step = {name: given[_input(value)] for name, value in step.get("env", {}).items()}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=project, env=environment | of_step, capture_output=True, text=True, check=False
        )
        log += done.stdout + done.stderr
        if done.returncode:
            break
    outputs = dict(line.split("=", 1) for line in (project / "output").read_text().splitlines())
    return done.returncode, outputs, log


def _input(value: str) -> str:
    found = re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)
    assert found, value
    return found[1]


BENCH: Final = "visits.csv\n--model\nindependent\n--backends\nmini\n--rounds\n2\n"
ARGUMENTS: Final = "--backends\nexact,mini\n--require\nmini\n--model\nindependent\n"


def test_no_expression_stands_inside_a_command() -> None:
    commands = [step["run"] for step in STEPS if "run" in step]
    assert len(commands) == 4
    assert not any("${{" in command for command in commands)
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)
    conditions = [step["if"] for step in STEPS if "if" in step]
    asked = ["inputs.requirement != ''", "inputs.cache == 'true'", *["inputs.bench != ''"] * 2]
    assert conditions == [*asked, "steps.speeds.outcome == 'success' && !cancelled()"]


def places_of(steps: list[dict[str, Any]], kind: str) -> list[dict[str, str]]:
    """Return path and key of each step that restores, or saves, a cache."""
    found = [step["with"] for step in steps if step.get("uses", "").startswith(f"actions/cache/{kind}@")]
    return [{name: each[name] for name in ("path", "key")} for each in found]


def test_speeds_are_kept_where_they_are_found() -> None:
    assert places_of(STEPS, "restore") == places_of(STEPS, "save") != []


def test_a_job_finds_the_speeds_of_its_own_runs_alone() -> None:
    (restore,) = (step["with"] for step in STEPS if step.get("uses", "").startswith("actions/cache/restore@"))
    jobs = [("test", "0"), ("test", "1"), ("test", "10"), ("test-1", "0"), ("test-nightly", "0")]
    for name, index in jobs:
        values = {"github.job": name, "strategy.job-index": index, "github.run_id": "7", "github.run_attempt": "1"}
        keys, prefix = [], _rendered(restore["restore-keys"], values)
        for other, at in jobs:
            keys.append(_rendered(restore["key"], values | {"github.job": other, "strategy.job-index": at}))
        assert [job for job, key in zip(jobs, keys, strict=True) if key.startswith(prefix)] == [(name, index)]


def _rendered(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)


@pytest.mark.slow
@pytest.mark.seconds(40)
def test_a_project_is_green_with_a_right_sampler_and_red_with_a_wrong_one(project: Path) -> None:
    given = inputs(requirement="pplcompare", data="visits.csv", arguments=ARGUMENTS, junit="out/check.xml", bench=BENCH)
    (project / "mini.py").write_text(f"FACTOR = 1.0\n{BACKEND}")
    code, outputs, log = carried_out(project, given)
    assert code == 0, log
    assert "Requirement already satisfied: pplcompare" in log
    assert set(outputs) == {"folder", "key"}
    assert re.fullmatch(r"pplcompare-[0-9a-f]{16}", outputs["key"])
    assert Path(outputs["folder"]).is_dir()
    summary = (project / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("## ✅ pplcompare check: passed\n")
    assert "| visits.csv | independent | mini | ✅ passed |" in summary
    assert [len(line["speeds"]) for line in read_history(project / ".pplcompare-speeds.jsonl")] in ([1], [0])
    root = ET.parse(project / "out" / "check.xml").getroot()
    assert not [*root.iter("failure"), *root.iter("error"), *root.iter("skipped")]
    (sampled,) = (
        case
        for case in root.iter("testcase")
        if case.attrib | {"time": ""}
        == {"classname": "pplcompare.visits_csv.independent.mini", "name": "posterior", "time": ""}
    )
    assert float(sampled.attrib["time"]) > 0

    (project / "mini.py").write_text(f"FACTOR = 0.9\n{BACKEND}")
    code, _, log = carried_out(project, given | {"requirement": ""})
    assert code == 1
    assert "already satisfied" not in log
    both = (project / "summary.md").read_text(encoding="utf-8")
    assert both.startswith(summary)
    assert "## ❌ pplcompare check: failed\n" in both
    assert "| visits.csv | independent | mini | ❌ failed (2 looks) |" in both
    (annotated,) = (line for line in log.splitlines() if line.startswith("::error "))
    assert annotated.startswith("::error file=visits.csv,title=mini%2C visits.csv%2C independent%3A failed::")
    assert [*ET.parse(project / "out" / "check.xml").getroot().iter("failure")]


def test_the_workflow_of_the_document_uses_the_action_as_it_is() -> None:
    text = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load(block_of("docs/github.md", "name: Posteriors", "yaml"))
    steps = workflow["jobs"]["check"]["steps"]
    (ours,) = (step for step in steps if step.get("uses") == "OWNER/REPO@REF")
    assert set(ours["with"]) <= set(ACTION["inputs"])
    told = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert told == list(ACTION["inputs"])


def test_nights_are_kept_whatever_becomes_of_them(project: Path) -> None:
    workflow = yaml.safe_load(block_of("docs/github.md", "name: Nightly", "yaml"))
    steps = workflow["jobs"]["calibrate"]["steps"]
    assert places_of(steps, "restore") == places_of(steps, "save") != []
    assert [step["if"] for step in steps if "/save@" in step.get("uses", "")] == ["${{ !cancelled() }}"]
    assert {each for each in pinned(steps) if "/cache" in each} <= pinned(STEPS)
    installed, *commands = (step["run"] for step in steps if "run" in step)
    assert installed.split()[4:] == [".", "'pplcompare[all]'", "pytest"]
    assert {line.split()[0] for line in commands} == {"pplcompare", "pytest"}
    (command,) = (step["run"] for step in steps if "calibrate" in step.get("run", ""))
    smaller = command.replace("mine", "mini").replace("300", "200 --model independent --thin 1")
    assert smaller.count("mini") == 2
    found = []
    for night, factor in (("1", 1.0), ("1", 1.0), ("2", 0.5)):
        (project / "mini.py").write_text(f"FACTOR = {factor}\n{BACKEND}")
        done = subprocess.run(
            ["bash", "-e", "-c", smaller],
            cwd=project,
            env=environment_of(project) | {"GITHUB_RUN_NUMBER": night},
            capture_output=True,
            text=True,
            check=False,
        )
        found.append((done.returncode, len((project / "nights.jsonl").read_text().splitlines())))
    # The second run has the seed of the first.
    assert found == [(0, 1), (2, 1), (1, 2)]


def pinned(steps: list[dict[str, Any]]) -> set[str]:
    """Return the actions of steps, each with its commit."""
    return {step["uses"] for step in steps if "uses" in step}
