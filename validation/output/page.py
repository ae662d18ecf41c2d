"""Pages: HTML files that make no request and hold no script, in colours of both schemes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.output.diagnostic_words import diagnostic_cells
from pplcompare.validation.output.picture_files import without_pictures
from pplcompare.validation.output.words import notes_of
from pplcompare.validation.pictures.palette import css
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.study.machine import Machine
from pplcompare.validation.study.verdict import ABSENT, Verdict

if TYPE_CHECKING:
    import jinja2

UNTOLD: Final[Mapping[str, Any]] = {"force": False, "quiet": False, "as_json": False}
"""Options of a call that do not matter to who repeats it."""

_LEAST_FOLDED: Final = 5
_FOLDER: Final = Path(__file__).parent / "pages"
_VERDICTS: Final = {
    0: "All checks passed.",
    1: "A check failed.",
    2: "Nothing was checked.",
    3: "A required backend is missing.",
    6: "Incomplete, underpowered or not certified.",
    130: "Interrupted: what is missing here was not finished.",
}


def no_command(**_changes: object) -> str:
    """Return nothing: where nobody knows how a call is repeated."""
    return ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says beside its document.

    Attributes
    ----------
    data
        What the data are called.
    made
        When it was made, for people.
    again
        The function that writes the command of this call again, with options changed that are given by name.
    pictures
        In the order in which a part shows them.
    without_pictures
        Why there are none, a sentence; empty where there are some.
    """

    data: str = ""
    made: str = ""
    again: Callable[..., str] = no_command
    pictures: Sequence[Picture] = ()
    without_pictures: str = ""

    @property
    def command(self) -> str:
        """The command that repeats all of it."""
        return self.again(**UNTOLD)

    def with_pictures(self, pictures: Sequence[Picture]) -> Told:
        """Return the same with these pictures, or without any where they cannot be drawn."""
        if self.without_pictures:
            return self
        why = without_pictures()
        return replace(self, pictures=() if why else pictures, without_pictures=why)

    @classmethod
    def now(cls, data: str, again: Callable[..., str]) -> Told:
        """Return what is known when a job begins; where matplotlib is missing, that there will be no pictures."""
        return cls(data, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", again, without_pictures=without_pictures())


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of a page, whose first column names the rows.

    Attributes
    ----------
    words
        How many columns, the first, hold words; the others hold numbers.
    most
        How many rows are seen; the others are folded where there are at least five of them.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    most: int = 12

    classes: ClassVar = frozenset(Verdict)

    @property
    def first(self) -> Sequence[Sequence[str]]:
        """The rows that are seen."""
        return self.rows[: self._seen]

    @property
    def rest(self) -> Sequence[Sequence[str]]:
        """The rows that are folded."""
        return self.rows[self._seen :]

    @property
    def _seen(self) -> int:
        """How many rows are seen: to unfold takes longer than to read a few more."""
        return self.most if len(self.rows) >= self.most + _LEAST_FOLDED else len(self.rows)


def page(
    template: str,
    sections: Mapping[str, str],
    *,
    exit_code: int | None = None,
    machine: Machine | None = None,
    **values: object,
) -> str:
    """Return a page of a template; everything in it is escaped but what draws for itself.

    Parameters
    ----------
    sections
        The names of its parts, as anchors, and their titles.
    exit_code
        What the verdict is made of; None for a page that judges nothing.
    machine
        Where it was made; None where that does not matter.
    """
    verdict = "" if exit_code is None else _VERDICTS.get(exit_code, "")
    known: dict[str, object] = {
        "verdict": verdict,
        "exit_code": exit_code,
        "machine": machine or {},
        "version": version("pplcompare"),
    }
    return _environment().get_template(template).render(sections=sections.items(), **known, **values)


@cache
def _environment() -> jinja2.Environment:
    """Return what makes pages of the templates: it compiles each once, and a run has many reports."""
    # Only those who write a report wait for its import.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, notes_of=notes_of, diagnostic_cells=diagnostic_cells)
    environment.globals.update(colours=css(), absent=ABSENT)
    return environment
