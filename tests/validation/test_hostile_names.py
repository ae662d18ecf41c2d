"""Names of groups and of backends that mean something elsewhere: shown as they are in every output, obeyed in none."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from tests.validation.test_bad_input import listing
from tests.validation.test_cli import in_process
from tests.validation.test_harmless_input import Words

RAN: Final = "a-script-ran"
FAKES: Final = Path(__file__).parents[1] / "fakes"

GROUPS: Final = (
    "<script>alert(1)</script>",
    f"<script>document.title='{RAN}'</script>",
    f"</script><script>document.title='{RAN}'</script>",
    f"<img src=x onerror=\"document.title='{RAN}'\">",
    f'"><svg onload=document.title="{RAN}">',
    f"javascript:document.title='{RAN}'",
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7}",
    "$(touch x)",
    "=cmd|'/C calc'!A1",
    "../../etc/passwd",
    "[bold red]x[/bold red]",
    "🦊",
    "שלום",
)
# Names of entry points have no equals sign.
BACKENDS: Final = ("</script><b>{{7*7}}", "javascript:$(touch x)", "../../PWN", "[red]x[/red]", "x" * 300)
ESCAPES: Final = "\x1b[31mred"


class Shown(NamedTuple):
    terminal: str
    document: dict[str, object]
    junit: bytes
    report: Path
    made: set[str]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """One run and one check, with all of these names, and a backend that has a name of a path and draws."""
    folder = tmp_path_factory.mktemp("hostile") / "a" / "b"
    folder.mkdir(parents=True)
    metadata = folder.parents[1] / "site" / "hostile-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    kinds = {name: "Honest" if "PWN" in name else "Absent" for name in (*BACKENDS, ESCAPES)}
    points = "".join(f"{name} = pplcompare_fakes:{kind}\n" for name, kind in kinds.items())
    (metadata / "entry_points.txt").write_text(f"[pplcompare.backends]\n{points}", encoding="utf-8")
    modules = metadata.parent / "pplcompare_fakes.py"
    modules.write_bytes((FAKES / modules.name).read_bytes())
    with (folder / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("group", "n", "k"), *((name, 20, 3) for name in GROUPS)])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(metadata.parent)
        patch.setenv("PYTHONPATH", str(metadata.parent))
        before = set(listing(folder))
        common = ["counts.csv", "--model", "independent", "--draws", "400", "--seed", "1", "--quiet", "--backends"]
        chosen = ",".join(["exact", *BACKENDS, ascii(ESCAPES)[1:-1]])
        run = in_process("run", *common, chosen, "--out", "results")
        check = in_process("check", *common, "../../PWN,</script><b>{{7*7}}", "--junit", "check.xml", "--json")
        assert run.returncode in (1, 3, 6), run.stderr
        yield Shown(
            run.stdout,
            json.loads(check.stdout),
            (folder / "check.xml").read_bytes(),
            folder / "results" / "report.html",
            {name for name in set(listing(folder)) - before if "cache" not in name},
        )


@pytest.mark.parametrize("name", BACKENDS, ids=ascii)
def test_a_backend_is_called_as_it_is_called(name: str, shown: Shown) -> None:
    assert name in shown.terminal
    page = Words(shown.report.read_text(encoding="utf-8"))
    assert name in page.words
    results = json.loads((shown.report.parent / "results.json").read_text(encoding="utf-8"))
    assert name in {fit["backend"] for fit in results["fits"]}


def test_names_reach_no_terminal_as_commands(shown: Shown) -> None:
    assert "\x1b" not in shown.terminal
    assert r"\x1b[31mred" in shown.terminal
    assert "49" not in Words(shown.report.read_text(encoding="utf-8")).words


def test_names_are_the_same_in_junit_and_json(shown: Shown) -> None:
    fits = shown.document["fits"]
    assert isinstance(fits, list)
    assert {fit["backend"] for fit in fits} == {"../../PWN", BACKENDS[0]}
    classes = {case.get("classname") for case in ET.fromstring(shown.junit).iter("testcase")}
    # A dot would begin the next part of a class name.
    names = [name.replace(".", "_") for name in ("../../PWN", BACKENDS[0])]
    assert classes == {f"pplcompare.counts_csv.independent.{name}" for name in names}


def test_names_make_no_file_but_results(shown: Shown) -> None:
    draws = [path.name for path in (shown.report.parent / "draws").iterdir()]
    assert len(draws) == 2
    assert "independent-exact.nc" in draws
    assert {re.sub(r"^(?:[^/]*/)*?b/", "", name).split("/")[0] for name in shown.made} == {"results", "check.xml"}


def test_no_name_is_a_tag_or_an_address_of_the_report(shown: Shown) -> None:
    text = shown.report.read_text(encoding="utf-8")
    page = Words(text)
    assert not page.tags & {"script", "img", "iframe", "link", "form", "object"}
    assert all(address.startswith("#") for address in re.findall(r"\shref\s*=\s*[\"']?([^\"'>\s]*)", text))
    assert {f"rate[{name}]" for name in GROUPS} <= set(page.words)
    assert "default-src 'none'" in html.unescape(text)


class _Asked(BaseHTTPRequestHandler):
    asked: Final[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.mark.nightly(twin="tests/validation/test_hostile_names.py::test_no_name_is_a_tag_or_an_address_of_the_report")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium on this machine")
def test_a_browser_runs_nothing_and_asks_nobody(shown: Shown, tmp_path: Path) -> None:
    """Chromium is the judge: first of a page that does both, then of the report."""
    with socketserver.TCPServer(("127.0.0.1", 0), _Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        name = f"<img src={address}/x onerror=\"document.title='{RAN}'\">"
        (tmp_path / "bad.html").write_text(f"<title>right</title>{name}")
        assert RAN in dom(tmp_path / "bad.html", tmp_path)
        assert _Asked.asked
        _Asked.asked.clear()
        text = shown.report.read_text(encoding="utf-8")
        report = tmp_path / "report.html"
        report.write_text(text.replace(html.escape(GROUPS[0]), html.escape(name)), encoding="utf-8")
        found = dom(report, tmp_path)
        server.shutdown()
    assert _Asked.asked == []
    page = Words(found)
    assert "script" not in page.tags
    title = re.compile("<title>[^<]*</title>")
    assert title.findall(found) == title.findall(text) != []
    assert {f"rate[{name}]" for name in GROUPS[1:]} <= set(page.words)
    assert set(BACKENDS) <= set(page.words)


def dom(page: Path, folder: Path) -> str:
    """Return what a page is in Chromium, after its scripts have run."""
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command = [*chromium, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
