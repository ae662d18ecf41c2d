"""The workflows of GitHub call the scripts of `.ci`, and may do no more than read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def faults(text: str) -> Iterator[str]:
    """What is wrong with a workflow."""
    workflow: dict[Any, Any] = yaml.safe_load(text)
    if workflow.get("permissions") != {}:
        yield "permissions of all jobs"
    if "concurrency" not in workflow:
        yield "no concurrency"
    for line in text.splitlines():
        if "uses:" in line and not PINNED.search(line):
            yield f"not pinned: {line.strip()}"
    for job in workflow["jobs"].values():
        if job.get("permissions") != {"contents": "read"}:
            yield "permissions of a job"
        if "timeout-minutes" not in job:
            yield "no timeout"
        for step in job["steps"]:
            if (
                step.get("uses", "").startswith("actions/checkout@")
                and step["with"]["persist-credentials"] is not False
            ):
                yield "credentials are kept"
            script = step.get("run", "uv").split()[0]
            if script != "uv" and not (script.startswith(".ci/") and os.access(ROOT / script, os.X_OK)):
                yield f"no script: {script}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_reads_only_and_calls_scripts_that_exist(path: Path) -> None:
    assert list(faults(path.read_text(encoding="utf-8"))) == []


def test_every_script_is_called_by_a_workflow() -> None:
    called = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS).splitlines()
    scripts = [path for path in (ROOT / ".ci").iterdir() if path.suffix == ""]
    assert all(f"- run: .ci/{path.name}" in map(str.strip, called) for path in scripts)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("permissions: {}", "permissions: write-all", "permissions of all jobs"),
        ("contents: read", "contents: write", "permissions of a job"),
        ("timeout-minutes", "continue-on-error", "no timeout"),
        ("concurrency:", "env:", "no concurrency"),
        ("persist-credentials: false", "persist-credentials: true", "credentials are kept"),
        (".ci/run", ".ci/absent", "no script: .ci/absent"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "not pinned: - uses: actions/checkout@v7"),
    ],
)
def test_what_is_wrong_with_a_workflow_is_found(right: str, wrong: str, fault: str) -> None:
    text = (ROOT / ".github" / "workflows" / "upgraded.yml").read_text(encoding="utf-8")
    assert right in text
    assert list(faults(text.replace(right, wrong))) == [fault]
