"""The site is built without a warning, asks nobody for anything, and its links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pplcompare
import pytest
from pplcompare import testing
from pplcompare.validation.cli import main
from pplcompare.validation.commands.options import EXIT_MEANINGS
from pplcompare.validation.wrapped.mutants import CLOCK, ELSEWHERE
from pplcompare.validation.wrapped.mutants.wrong_chains import CHAINS
from pplcompare.validation.wrapped.mutants.wrong_coordinates import COORDINATES
from pplcompare.validation.wrapped.mutants.wrong_draws import DRAWS
from pplcompare.validation.wrapped.mutants.wrong_groups import GROUPS
from pplcompare.validation.wrapped.mutants.wrong_joint import JOINT
from pplcompare.validation.wrapped.mutants.wrong_model import MODEL
from pplcompare.validation.wrapped.mutants.wrong_numbers import NUMBERS
from pplcompare.validation.wrapped.mutants.wrong_prediction import PREDICTION

from tests.documented_blocks import PAGES, blocks

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FLAGS = ("--fail-on-warning", "--keep-going", "--quiet")

pytestmark = [pytest.mark.slow, pytest.mark.seconds(120)]

# What a browser fetches by itself; a link of `a` waits for a reader.
FETCHED = {
    **dict.fromkeys(("script", "img", "iframe", "source", "audio", "video", "embed", "track", "input"), "src"),
    **dict.fromkeys(("link", "image", "use"), "href"),
    "object": "data",
}
# Relations of `link` that only name another page.
NAMED = {"next", "prev", "search", "index", "canonical"}
OUTSIDE = re.compile(r"^(?:[a-z]+:)?//", re.I)
IN_STYLES = re.compile(r"""url\(\s*["']?((?:https?:)?//[^)"']+)|@import\s+["']((?:https?:)?//[^"']+)""", re.I)
IN_SCRIPTS = re.compile(
    r"""(?:import|fetch|importScripts|\.src\s*=|\.href\s*=)\s*\(?\s*["'`]((?:https?:)?//[^"'`]+)""", re.I
)


class Page(HTMLParser):
    """Anchors, links and fetched addresses of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.anchors.update(found[key] for key in ("id", "name") if key in found)
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in FETCHED and FETCHED[tag] in found and not NAMED & set(found.get("rel", "").split()):
            self.fetched.append(found[FETCHED[tag]])
        self.fetched += [address for pair in IN_STYLES.findall(found.get("style", "")) for address in pair if address]
        self.fetched += [one.split()[0] for one in found.get("srcset", "").split(",") if one.strip()]


def built(source: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", *FLAGS, str(source), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = built(DOCS, folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_the_script_builds_the_site_as_it_is_tested() -> None:
    (line,) = re.findall(r"^.*\bsphinx-build\b.*$", (ROOT / ".ci" / "site").read_text(encoding="utf-8"), re.M)
    assert [flag for flag in FLAGS if flag not in line.split()] == []


def test_every_page_is_in_the_site(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").exists(), page


def test_no_two_pages_have_the_same_title(site: Path) -> None:
    titles = [
        heading
        for page in DOCS.rglob("*.md")
        for heading in re.findall(
            "<h1>(.*?)<a ", (site / page.relative_to(DOCS)).with_suffix(".html").read_text("utf-8"), re.S
        )
    ]
    assert "Read me first" in titles
    assert len(titles) == len([*DOCS.rglob("*.md")])
    assert len(set(titles)) == len(titles)


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    asked = [address for page in pages.values() for address in page.fetched if OUTSIDE.match(address)]
    styles = [*site.rglob("*.css"), *pages]
    asked += [address for path in styles for pair in IN_STYLES.findall(path.read_text("utf-8")) for address in pair]
    asked += [
        address for path in [*site.rglob("*.js"), *pages] for address in IN_SCRIPTS.findall(path.read_text("utf-8"))
    ]
    assert [address for address in asked if address] == []


def leads_somewhere(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.scheme or parts.netloc:
        return True
    if target in pages and parts.fragment:
        return unquote(parts.fragment) in pages[target].anchors
    return target.is_file()


def dead_links(pages: dict[Path, Page]) -> list[str]:
    return [
        f"{path.name}: {link}"
        for path, page in pages.items()
        for link in page.links
        if not leads_somewhere(link, path, pages)
    ]


def test_every_link_and_anchor_inside_leads_somewhere(pages: dict[Path, Page]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 500
    assert dead_links(pages) == []


CHARTS = {"CONTRIBUTING.md": 15, "docs/three_questions.md": 12}


def test_flow_charts_are_drawn_without_a_script(site: Path) -> None:
    """All nodes and words of a chart are in its picture."""
    drawn = [(page, block.text) for page in PAGES for block in blocks(page) if block.language == "mermaid"]
    assert [page for page, _ in drawn] == [*CHARTS]
    for source, text in drawn:
        page = (site / f"{Path(source).stem.lower()}.html").read_text(encoding="utf-8")
        chart = page[page.index('class="flow"') :].split("</svg>")[0]
        written = re.findall(r'[\[{|]"?([^"\[\]{}|]+)"?[\]}|]', text)
        assert len(written) >= CHARTS[source]
        for words in (line for label in written for line in label.split("<br/>")):
            assert f">{escape(words)}</text>" in chart, words
        assert "flowchart" not in page


def test_every_public_name_is_described_once(pages: dict[Path, Page], site: Path) -> None:
    described = [anchor for page in pages.values() for anchor in page.anchors]
    for name in pplcompare.__all__:
        assert name == "__version__" or described.count(f"pplcompare.{name}") == 1, name
    for name in testing.__all__:
        assert described.count(f"pplcompare.testing.{name}") == 1, name


def described(kind: type, name: str, anchors: list[str]) -> bool:
    """Say whether a member stands in the site, with its class or with a public one that this class extends."""
    bases = [base.__name__ for base in kind.__mro__ if getattr(pplcompare, base.__name__, None) is base]
    return any(f"pplcompare.{base}.{name}" in anchors for base in bases)


def test_every_member_of_a_public_class_is_described(pages: dict[Path, Page]) -> None:
    anchors = [anchor for page in pages.values() for anchor in page.anchors]
    kinds = [getattr(pplcompare, name) for name in pplcompare.__all__]
    members = [
        (kind, name)
        for kind in kinds
        if isinstance(kind, type) and not issubclass(kind, BaseException | str)
        for base in kind.__mro__
        if base.__module__.startswith("pplcompare.")
        for name, value in vars(base).items()
        if (not name.startswith("_") or name == "__getitem__") and callable(value) and value.__doc__
    ]
    assert (pplcompare.ExactPosterior, "ranking") in members
    assert [f"{kind.__name__}.{name}" for kind, name in members if not described(kind, name, anchors)] == []
    assert any(anchor.endswith(".RankedGroup") for anchor in anchors)
    assert not described(pplcompare.ExactPosterior, "rankings", anchors)


def test_every_command_and_option_is_described(pages: dict[Path, Page], site: Path) -> None:
    anchors = pages[site / "cli.html"].anchors
    for name, command in main.commands.items():
        assert f"pplcompare-{name}" in anchors
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert any(f"cmdoption-pplcompare-{name}-{option.lstrip('-')}" in anchors for option in parameter.opts)


def test_every_type_of_the_schema_has_a_table(pages: dict[Path, Page], site: Path) -> None:
    schema = json.loads((DOCS / "results.schema.json").read_text(encoding="utf-8"))
    assert {f"schema-{name.lower()}" for name in schema["$defs"]} <= pages[site / "results_schema.html"].anchors


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| (\d[\d, ]*) \| ([^|]+) \|", (DOCS / "exit_codes.md").read_text(encoding="utf-8"), re.M)
    assert dict(rows) == EXIT_MEANINGS


KINDS = (MODEL, COORDINATES, GROUPS, DRAWS, CHAINS, JOINT, NUMBERS, PREDICTION, ELSEWHERE, CLOCK)


def test_the_gallery_has_what_passed_and_a_fault_of_each_kind(site: Path) -> None:
    """Each report was made by a real run, and says what is wrong; what a clock says wrongly is no failure."""
    page = (site / "gallery.html").read_text(encoding="utf-8")
    reports = {path.stem: path.read_text(encoding="utf-8") for path in (site / "gallery").glob("*.html")}
    mutants = re.findall(r"--mutant ([\w.+-]+)", re.sub("<[^>]+>", "", page))
    assert len(mutants) == len(KINDS) == len(reports) - 1
    assert all(len(set(mutants) & set(kind)) == 1 for kind in KINDS)
    assert 'class="failed"' not in reports["passed"]
    assert all('class="failed"' in text for name, text in reports.items() if name not in ("passed", "clock"))
    assert all(str(ROOT) not in text and f"--out {name}" in text for name, text in reports.items())
    quoted = re.findall(r"<blockquote>(.*?)</blockquote>", page, re.S)
    assert len(quoted) == len(KINDS)
    assert all(re.search(r"<p>[A-Z].{20,}</p>", text) for text in quoted)


WRONG = """# Title

[away](nowhere.md), [here](#no-such-part)

```{eval-rst}
:py:class:`pplcompare.NoSuchName`
```

```mermaid
flowchart TD
  A --> B
```
"""


def test_what_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    for name in ("conf.py", "extensions", "static", "templates"):
        (source / name).symlink_to(DOCS / name)
    (source / "index.md").write_text(WRONG, encoding="utf-8")
    result = built(source, tmp_path / "site")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 3, result.stderr
    for wrong in ("nowhere.md", "no-such-part", "NoSuchName"):
        assert any(wrong in line for line in lines)


def test_what_is_fetched_and_what_is_dead_are_found(tmp_path: Path) -> None:
    text = (
        '<link rel="stylesheet" href="https://far.example/a.css"><link rel="next" href="b.html">'
        '<script src="//far.example/x.js"></script><a href="https://far.example">away</a>'
        '<p id="here" style="background: url(https://far.example/p.png)">'
        '<a href="#here">h</a><a href="#gone">g</a><a href="missing.html">m</a>'
    )
    (tmp_path / "a.html").write_text(text, encoding="utf-8")
    page = Page(text)
    assert [address for address in page.fetched if OUTSIDE.match(address)] == [
        "https://far.example/a.css",
        "//far.example/x.js",
        "https://far.example/p.png",
    ]
    assert dead_links({tmp_path / "a.html": page}) == ["a.html: #gone", "a.html: missing.html"]
    assert IN_STYLES.search("@import 'https://far.example/f.css'")
    assert IN_SCRIPTS.search('import("https://far.example/m.js")')
