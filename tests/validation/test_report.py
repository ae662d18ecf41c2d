"""The report: its parts, what it says of failures, and that it asks for nothing, whatever its words are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from pplcompare.backends.protocol import Backend, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output import picture_files
from pplcompare.validation.output.documents import RunDocument
from pplcompare.validation.output.page import PageTable, Told
from pplcompare.validation.output.report import report_html
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.study import carry_out
from pplcompare.validation.study.verdict import ExitCode
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend

from tests.validation.conftest import opener
from tests.validation.test_cli import in_process

COUNTS: Final = Counts(["A", "B"], [200, 10], [19, 3])
EMPTY: Final = {"meta", "br", "hr", "img", "link", "input", "path", "use", "rect", "line", "circle", "polygon"}


class Absent(ExactBackend):
    def status(self) -> Status:
        return Status({}, "no such library", "pip install it")


class Page(HTMLParser):
    """A page as a browser reads it: tags, identifiers, addresses, and text by heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def study_document(*, mutant: str = "", code: ExitCode = ExitCode.PASSED) -> RunDocument:
    right: Backend = ExactBackend()
    backend = MutantBackend(right, MUTANTS[mutant]) if mutant else right
    names = ["mine", "absent"]
    plan = Plan(COUNTS, [independent(), hierarchical()], names, NUTSSettings(draws=4000), seed=1)
    study = carry_out(plan, opener({"mine": backend, "absent": Absent()}), lambda _: None, exact_summary)
    return summary(study, code, machine(), mutant=mutant or None)


def again(**changes: object) -> str:
    return f"pplcompare run campaigns {sorted((name, value) for name, value in changes.items() if value)}"


TOLD: Final = Told("campaigns", "2026-01-01 00:00 UTC", again)


@pytest.fixture(scope="module")
def right() -> str:
    return report_html(study_document(), TOLD)


@pytest.fixture(scope="module")
def wrong() -> str:
    return report_html(study_document(mutant="sd-0.95", code=ExitCode.FAILED), TOLD)


def headings(text: str) -> Iterator[str]:
    return (match[1] for match in re.finditer(r"<h2 [^>]*>(.*?)</h2>", text))


def test_a_run_has_seven_parts(right: str) -> None:
    assert list(headings(right)) == [
        *("What this is about", "The answer", "Posteriors", "Counts to come", "Can it be trusted?", "Speed", "Details")
    ]
    assert "B is better than A with probability 0.967" in right
    assert right.count('class="model-graph"') == 2
    assert "<var>α</var>" in right
    assert "22 successes of 210 trials in 2 groups" in right


def test_the_page_is_well_formed_named_and_asks_for_nothing(right: str, wrong: str) -> None:
    for text in (right, wrong):
        page = Page(text)
        assert page.open == []
        assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "form", "base"}
        (policy,) = (one["content"] for one in page.of("meta") if one.get("http-equiv"))
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = [one["href"] or "" for one in page.of("a")]
        assert links
        assert {link.removeprefix("#") for link in links} <= set(ids)
        assert "url(http" not in text
        assert "@import" not in text
        for landmark in ("header", "nav", "main", "footer", "title"):
            assert len([tag for tag, _ in page.tags if tag == landmark]) >= 1, landmark
        assert all(one.get("scope") in ("row", "col") for one in page.of("th"))
        assert page.of("html")[0]["lang"] == "en"


def test_a_failure_is_a_sentence_with_the_command_that_repeats_it(wrong: str) -> None:
    words = " ".join(Page(wrong).text)
    assert "A check failed." in words
    assert re.search(r"The draws of rate in all groups are on average [3-7](\.\d)? % too narrow\.", words)
    assert "('backends', ('exact',))" in words
    assert "('models', ('hierarchical',))" in words
    assert "Every backend was broken on purpose: sd-0.95." in words


def test_a_run_without_faults_has_no_command_but_its_own(right: str) -> None:
    assert 'class="fault"' not in right
    assert right.count("pplcompare run campaigns") == 1


def test_what_is_absent_is_named_with_its_mend(right: str) -> None:
    assert "hierarchical: no such library; pip install it" in " ".join(Page(right).text)


def test_a_page_without_speeds_has_no_part_for_them() -> None:
    document = study_document()
    for fit in document["fits"]:
        fit["speed"] = None
    assert "Speed" not in headings(report_html(document))


def test_where_nothing_can_be_drawn_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_files, "can_draw", lambda: False)
    told = Told.now("campaigns", again)
    assert told.with_pictures(()) is told
    words = "Pictures need matplotlib: pip install 'pplcompare[plot]'."
    assert " ".join(Page(report_html(study_document(), told)).text).count(words) == 1
    assert words not in " ".join(Page(report_html(study_document(), replace(told, without_pictures=""))).text)


def test_exact_stores_a_report_where_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = in_process("exact", "A=19/200", "B=3/10", "--out", "answer")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(f" {Path('answer', 'report.html')}")
    page = Page((tmp_path / "answer" / "report.html").read_text(encoding="utf-8"))
    assert "exact --out answer A=19/200 B=3/10" in " ".join(page.text)
    text = (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")
    assert list(headings(text)) == ["The answer", "What this is about", "Posteriors", "Counts to come", "Models"]
    said = in_process("exact", "A=19/200", "B=3/10").stdout.partition("\n\n")[0]
    assert " ".join(said.split()) in " ".join(" ".join(page.text).split())
    assert text.index("P(all 5 fail)") > text.index("<summary>Probabilities, independent")
    assert text.count('class="model-graph"') == 2
    if picture_files.can_draw():
        assert text.index("hierarchical: B is better") < text.index("independent: B is better")
    assert any("picture" in (one.get("class") or "") for one in page.of("svg")) == picture_files.can_draw()
    document = json.loads((tmp_path / "answer" / "results.json").read_text(encoding="utf-8"))
    assert document["models"] == json.loads(in_process("exact", "A=19/200", "B=3/10", "--json").stdout)
    assert document["data"] == {"group": ["A", "B"], "n": [200, 10], "k": [19, 3]}
    again = in_process("exact", "A=19/200", "B=3/10", "--out", "answer")
    assert again.returncode == 2
    assert "add --force to replace it" in again.stderr
    assert in_process("exact", "A=19/200", "B=3/10", "--out", "answer", "--force").returncode == 0


def test_exact_writes_nothing_unless_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_process("exact", "--model", "independent").returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("rows", "folded"), [(12, 0), (16, 0), (17, 5)])
def test_a_few_rows_are_never_folded(rows: int, folded: int) -> None:
    table = PageTable("", ("name",), [(str(i),) for i in range(rows)])
    assert len(table.rest) == folded
    assert [*table.first, *table.rest] == table.rows
