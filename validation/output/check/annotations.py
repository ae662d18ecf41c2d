"""GitHub's workflow commands: what a job prints so that a failure is shown beside the commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pplcompare.validation.output.documents import CheckDocument, FitDocument
from pplcompare.validation.output.words import NOTHING_CHECKED, fit_label
from pplcompare.validation.study.verdict import ABSENT, Verdict


def github_annotations(document: CheckDocument) -> Iterator[str]:
    """Yield a line for each fit that did not pass: errors for what makes the job red, warnings for what is absent.

    That nothing was checked is an error, too.
    """
    if document["nothing_checked"]:
        yield annotation("error", NOTHING_CHECKED, document["nothing_checked"])
    for fit in document["fits"]:
        if fit["verdict"] != Verdict.PASSED:
            title = f"{fit_label(fit)}: {fit['verdict']}"
            yield annotation(_kind(fit, document["required"]), title, fit["reason"])


def annotation(kind: str, title: str, message: str) -> str:
    """Return one command, escaped as GitHub's runner reads it."""
    escaped = _escape(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={escaped}::{_escape(message)}"


def _kind(fit: FitDocument, required: Collection[str]) -> str:
    return "warning" if fit["verdict"] in ABSENT and fit["backend"] not in required else "error"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
