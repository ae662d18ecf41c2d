"""A page is executed: its commands and programs run in a new folder, and their outputs are compared with what it shows.

``uv run python -m tests.executed_page [NAME ...]`` writes the outputs in `docs/NAME.md` anew. A block ``console`` holds
commands, each followed by what it prints; a block ``python`` is followed by a block with what it prints. All programs
of a page are one. A block after a comment ``<!-- file: NAME -->`` is a file of the page's folder. A line ``...`` in an
output stands for any lines. A command ends with 0, or the next one is ``echo $?``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from tests.invoked import invoked

DOCS: Final = Path(__file__).parents[1] / "docs"
# Pages all of whose commands and programs are executed, and all of whose outputs are compared.
NAMES: Final = (
    *("ab_test", "models", "workshop", "benchmark_for_a_paper", "certified_quadrature", "three_questions", "found"),
)
# The same, of pages that take longer.
LONGER: Final = ("ci", "false_alarms", "your_sampler")
_BLOCK: Final = re.compile(r"(?:<!-- file: (\S+) -->\n)?^```(\w*)\n(.*?)^```(?:\n\n```\n(.*?)^```)?", re.S | re.M)
# Draws are shown with so many; the last of them are those of a processor.
_DECIMALS: Final = re.compile(r"\d+\.\d{13,}")
_COMMAND: Final = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.M)
# What a page runs knows nothing of the session that runs the page.
_ABSENT: Final = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "CI")
_PRESENT: Final = {
    "COLUMNS": "80",
    "PPLCOMPARE_REQUIRE": "",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "pplcompare.validation.pytest_plugin",
    "MPLBACKEND": "agg",
}


# Languages of blocks that are carried out.
_CARRIED_OUT: Final = ("console", "python")


def executed(text: str) -> Iterator[int]:
    """Yield at which characters of a page the blocks begin that are carried out, written, or compared."""
    for block in _BLOCK.finditer(text):
        file, language, _, shown = block.groups()
        if file is not None or language in _CARRIED_OUT:
            yield block.start(2) - len("```")
        if file is None and language == "python" and shown is not None:
            yield block.start(4) - len("```\n")


@dataclass(slots=True)
class Session:
    """What the blocks of a page have in common: the names of its programs, and how its last command ended."""

    names: dict[str, object] = field(default_factory=dict)
    code: int = 0

    def written(self, block: re.Match[str]) -> str:
        """Return a block with what it prints; what already matches stays."""
        file, language, inside, shown = block.groups()
        if file is not None:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(inside, encoding="utf-8")
        elif language == "console":
            commands = _COMMAND.findall(inside)
            assert "".join(f"$ {line}\n{after}" for line, after in commands) == inside, inside
            new = "".join(f"$ {line}\n{self.output(line, after)}" for line, after in commands)
            return block[0].replace(inside, new, 1)
        elif language == "python":
            printed = better(shown or "", self.program(inside))
            return f"```python\n{inside}```" + (f"\n\n```\n{printed}```" if printed else "")
        return block[0]

    def output(self, line: str, shown: str) -> str:
        """Run a command and return what stands below it."""
        words = shlex.split(line.replace("\\\n", ""))
        if words == ["echo", "$?"]:
            printed, self.code = f"{self.code}\n", 0
            return better(shown, printed)
        assert self.code == 0, f"the command before {line!r} ended with {self.code}"
        into = words[-1] if words[-2:-1] == [">"] else None
        found = RUN[words[0]](words[1:] if into is None else words[1:-2])
        self.code = found.code
        if into is not None:
            Path(into).write_text(found.stdout, encoding="utf-8")
        return better(shown, found.both if into is None else found.stderr)

    def program(self, code: str) -> str:
        """Run a program and return what it printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "page", "exec"), self.names)
        return printed.getvalue()


def matches(shown: str, printed: str) -> bool:
    """Say whether an output is what a page shows, to twelve decimals."""
    parts = re.split(r"^\.\.\.\n", _rounded(shown), flags=re.M)
    return re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, parts)), _rounded(printed)) is not None


def _rounded(text: str) -> str:
    return _DECIMALS.sub(lambda number: f"{float(number[0]):.12f}", text)


def better(shown: str, printed: str) -> str:
    """Return what is shown if it is right, else what was printed."""
    stripped = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return shown if matches(shown, stripped) else stripped


def with_outputs(text: str) -> str:
    """Return the text of a page with what its commands and programs print."""
    session = Session()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        found = _BLOCK.sub(session.written, text)
    assert session.code == 0, f"the last command ended with {session.code}"
    return found


class Printed(NamedTuple):
    """What a command printed and said, in its order and apart, and how it ended."""

    code: int
    both: str
    stdout: str
    stderr: str


def _ours(words: list[str]) -> Printed:
    found = invoked(words, {**dict.fromkeys(_ABSENT), **_PRESENT})
    return Printed(found.exit_code, found.output, found.stdout, found.stderr)


def _pythons(words: list[str]) -> Printed:
    environment = {**{name: value for name, value in os.environ.items() if name not in _ABSENT}, **_PRESENT}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, check=False)
    return Printed(done.returncode, done.stdout + done.stderr, done.stdout, done.stderr)


def _pytests(words: list[str]) -> Printed:
    return _pythons(["-m", "pytest", "-p", "no:cacheprovider", *words])


RUN: Final = {"pplcompare": _ours, "python": _pythons, "pytest": _pytests}


if __name__ == "__main__":
    for name in sys.argv[1:] or (*NAMES, *LONGER):
        page = DOCS / f"{name}.md"
        page.write_text(with_outputs(page.read_text(encoding="utf-8")), encoding="utf-8")
