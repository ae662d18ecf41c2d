"""GitHub's workflow commands: what a job prints so that a failure is shown beside the commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pplcompare.validation.output.documents import CheckDocument, FitDocument
from pplcompare.validation.output.words import NOTHING_CHECKED, fit_label
from pplcompare.validation.study.verdict import Verdict, excused


def github_annotations(document: CheckDocument) -> Iterator[str]:
    """Yield a line for each fit that did not pass: errors for what makes the job red, warnings for what is absent.

    That nothing was checked is an error, too. Where the data are a file of the job's folder, the line names it, so that
    it is shown there.
    """
    if document["nothing_checked"]:
        yield annotation("error", NOTHING_CHECKED, document["nothing_checked"])
    for fit in document["fits"]:
        if fit["verdict"] != Verdict.PASSED:
            title = f"{fit_label(fit)}: {fit['verdict']}"
            yield annotation(_kind(fit, document["required"]), title, fit["reason"], _file(fit["data"]))


def annotation(kind: str, title: str, message: str, file: str | None = None) -> str:
    """Return one command, escaped as GitHub's runner reads it."""
    properties = ({} if file is None else {"file": file}) | {"title": title}
    escaped = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {escaped}::{_escape(message)}"


def _file(data: str) -> str | None:
    """Return the path of the data as the runner takes it, None if they are no file within its folder."""
    try:
        path = Path(data).resolve()
        return path.relative_to(Path.cwd()).as_posix() if path.is_file() else None
    except (OSError, ValueError):
        return None


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _kind(fit: FitDocument, required: Collection[str]) -> str:
    return "warning" if excused(fit["verdict"], fit["backend"], required) else "error"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
