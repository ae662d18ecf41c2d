"""The page of the workshop's questions, with the outputs of its commands and programs.

``uv run python -m tests.workshop_page`` writes the outputs in `docs/workshop.md` anew. A block ``console`` holds
commands, each followed by what it prints; a block ``python`` is followed by a block with what it prints. All programs
of the page are one. A line ``...`` in an output stands for any lines.
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Final

from click.testing import CliRunner
from pplcompare.validation.cli import main

PAGE: Final = Path(__file__).parents[1] / "docs" / "workshop.md"
_BLOCK: Final = re.compile(r"```(console|python)\n(.*?)```(?:\n\n```\n(.*?)```)?", re.S)
_ANY: Final = "...\n"


def matches(shown: str, printed: str) -> bool:
    """Say whether an output is what a page shows."""
    parts = re.split(r"^\.\.\.\n", shown, flags=re.M)
    return re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, parts)), printed) is not None


def with_outputs(page: str) -> str:
    """Return the page with what its commands and programs print; what already matches stays."""
    names: dict[str, object] = {}

    def written(block: re.Match[str]) -> str:
        language, inside, shown = block.groups()
        if language == "console":
            commands = re.findall(r"^\$ pplcompare (.*)\n((?:(?!\$ ).*\n)*)", inside, re.M)
            return "```console\n" + "".join(map(_command, *zip(*commands, strict=True))) + "```"
        printed = _better(shown or "", _program(inside, names))
        return f"```python\n{inside}```" + (f"\n\n```\n{printed}```" if printed else "")

    return _BLOCK.sub(written, page)


def _command(arguments: str, shown: str) -> str:
    words = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', arguments)]
    found = CliRunner().invoke(main, words, env={"COLUMNS": "80", "PPLCOMPARE_REQUIRE": ""})
    assert found.exit_code == 0, found.output
    return f"$ pplcompare {arguments}\n{_better(shown, found.output)}"


def _program(code: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, PAGE.name, "exec"), names)
    return printed.getvalue()


def _better(shown: str, printed: str) -> str:
    """Return what is shown if it is right, else what was printed."""
    stripped = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return shown if matches(shown, stripped) else stripped


if __name__ == "__main__":
    PAGE.write_text(with_outputs(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
