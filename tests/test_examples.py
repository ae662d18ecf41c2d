"""Each example is short, runs, and is right; with an error in its density it is red."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.run_example import ERRORS, EVERY

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NAMES = [path.stem for path in EXAMPLES]
BY_HAND = "metropolis_by_hand"
# A Metropolis step is right or not by its acceptance alone; what NUTS does inside is no matter of the density.
ACCEPTING = (BY_HAND, "with_emcee")
LONGEST = 15

pytestmark = pytest.mark.seconds(60)


def run(example: str, error: str = "") -> dict[str, Any]:
    """Run an example in a process of its own, whose settings of JAX are its own, too."""
    command = [sys.executable, "-m", "tests.run_example", example, *([error] if error else [])]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_has_its_line_in_the_readme(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in text.splitlines()) <= LONGEST
    assert "def fit(seed, draws" in text
    assert "target.assert_right(fit)" in text
    assert f"({path.name})" in (ROOT / "examples" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("example", NAMES)
def test_an_example_is_right(example: str) -> None:
    assert run(example)["outcome"] == "right"


@pytest.mark.slow
def test_blackjax_is_right_on_rats_without_any_probabilistic_programming_library() -> None:
    found = run("with_blackjax", "rats")
    assert found == {"outcome": "right", "what": "rats, hierarchical", "imported": []}


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_the_density_turns_the_cheapest_example_red(error: str) -> None:
    assert run(BY_HAND, error)["outcome"].startswith("NotRight")


@pytest.mark.nightly(twin="tests/test_examples.py::test_an_error_in_the_density_turns_the_cheapest_example_red")
@pytest.mark.parametrize(
    ("example", "error"),
    [
        (example, error)
        for example in NAMES
        for error in ERRORS
        if example != BY_HAND and (error != EVERY or example in ACCEPTING)
    ],
)
def test_an_error_in_the_density_turns_each_example_red(example: str, error: str) -> None:
    assert run(example, error)["outcome"].startswith("NotRight")
