"""Words that mean something elsewhere: accepted, shown as they are in every output, interpreted in none."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
import xarray as xr

from tests.models.test_specification_file import HIERARCHICAL
from tests.reference.fixtures import HARMLESS_NAMES
from tests.validation.conftest import know_fakes
from tests.validation.test_bad_input import listing
from tests.validation.test_cli import in_process

NAMES = (
    *HARMLESS_NAMES,
    "{{7*7}}",
    "{% raw %}",
    "=cmd|'/C calc'!A1",
    "-rf",
    "%s%n",
    "[bold red]x[/bold red]",
    "&lt;b&gt;",
    "</td><img src=x>",
    "a/b",
    "NaN",
    "null",
)
AWKWARD = "a b;$(touch x) 'q' \"d\" `touch x` שלום 🦊"


class Words(HTMLParser):
    """The words of a page, and the tags and attributes that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


class Shown(NamedTuple):
    terminal: str
    json: str
    results: dict[str, object]
    page: Words
    groups: list[str]
    made: set[str]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """One run over all names, whose paths are awkward too; n = 0, k = 0 and k = n are among its groups."""
    folder = tmp_path_factory.mktemp("harmless") / AWKWARD
    folder.mkdir()
    rows = [*((name, 2 * i, i if i % 3 else 0) for i, name in enumerate(NAMES[:-1])), (NAMES[-1], 7, 7)]
    # Of so few groups the terminal shows all.
    parts = {f"{part} {AWKWARD}.csv": rows[part::2] for part in range(2)}
    for file_name, some in {f"{AWKWARD}.csv": rows, **parts}.items():
        with (folder / file_name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["group", "n", "k"], *some])
    (folder / "precious.txt").write_text("x")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        know_fakes(patch)
        data = f"{AWKWARD}.csv"
        model = ["--model", "hierarchical", "--prior", "alpha=Gamma(100, 100)", "--prior", "beta=Gamma(9, 3)"]
        before = listing(folder)
        terminals = [in_process("exact", part, *model) for part in parts]
        as_json = in_process("exact", data, *model, "--json")
        assert listing(folder) == before
        run = ["run", data, *model, "--backends", "honest", "--draws", "400", "--seed", "1", "--out", f"out {AWKWARD}"]
        for result in (*terminals, as_json, in_process(*run)):
            assert result.returncode == 0, result.stderr
        out = folder / f"out {AWKWARD}"
        with xr.open_dataset(out / "draws" / "hierarchical-honest.nc", group="posterior", engine="h5netcdf") as stored:
            groups = stored["group"].to_numpy().tolist()
        after = listing(folder)
        assert {name: after[name] for name in before if name in after and "." in name} == {
            name: state for name, state in before.items() if "." in name
        }
        yield Shown(
            "".join(terminal.stdout for terminal in terminals),
            as_json.stdout,
            json.loads((out / "results.json").read_text(encoding="utf-8")),
            Words((out / "report.html").read_text(encoding="utf-8")),
            groups,
            set(after) - set(before),
        )


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_shown_as_it_is_everywhere(name: str, shown: Shown) -> None:
    assert any(line.startswith(f"rate[{name}] ") for line in shown.terminal.splitlines())
    assert f"rate[{name}]" in json.loads(shown.json)["hierarchical"]["quantities"]
    data = shown.results["data"]
    assert isinstance(data, dict)
    assert name in data["group"]
    assert f"rate[{name}]" in shown.page.words
    assert name in shown.groups


def test_names_keep_their_order(shown: Shown) -> None:
    assert shown.groups == list(NAMES)


def test_no_name_became_a_tag(shown: Shown) -> None:
    assert not shown.page.tags & {"script", "img", "b", "iframe", "link"}
    assert "49" not in shown.page.words


def test_nothing_was_made_but_the_results(shown: Shown) -> None:
    out = f"{AWKWARD}/out {AWKWARD}"
    files = {"results.json", "report.html", "draws", "draws/hierarchical-honest.nc"}
    made = {name for name in shown.made if not re.search("/pictures(/hierarchical-[a-z-]+[.](svg|png|csv))?$", name)}
    assert made == {out, *(f"{out}/{file}" for file in files)}


def test_a_results_folder_without_a_name_stays_in_the_working_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_fakes(monkeypatch)
    data = folder / f"{AWKWARD}.csv"
    data.write_text("group,n,k\na,10,3\n")
    before = listing(folder)
    result = in_process("run", str(data), "--backends", "honest", "--model", "independent", "--draws", "400")
    assert result.returncode == 0, result.stderr
    made = {Path(name).parts[:2] for name in set(listing(folder)) - set(before)}
    ((where, name),) = made
    assert where == "work"
    assert name.startswith("pplcompare-a-b-touch-x-q-d-touch-x-5d7df084-2")


EXTREMES = {"n = 0": (0, 0), "k = 0": (10, 0), "k = n": (10, 10), "one group of one": (1, 1)}


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("written", ["{}", "{}.0"], ids=["3", "3.0"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["UTF-8", "UTF-8 with mark"])
def test_extreme_counts_are_accepted(name: str, written: str, mark: str, folder: Path) -> None:
    n, k = (written.format(count) for count in EXTREMES[name])
    (folder / "counts.csv").write_text(f"{mark}note,k,group,n\n3.5,{k},A,{n}\n", encoding="utf-8")
    before = listing(folder)
    result = in_process("exact", "counts.csv", "--json")
    assert result.returncode == 0, result.stderr
    trials, successes = EXTREMES[name]
    mean = json.loads(result.stdout)["independent"]["quantities"]["rate[A]"]["mean"]
    assert mean == pytest.approx((2 + successes) / (7 + trials), rel=1e-9)  # Beta(2, 5)
    assert listing(folder) == before


def test_a_model_is_shown_as_it_is_called_and_names_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know_fakes(monkeypatch)
    called = {"a.toml": "../../<script>alert(1)</script>", "b.toml": "-rf", f"{AWKWARD}.toml": "mine"}
    for number, (file, name) in enumerate(called.items()):
        changed = HIERARCHICAL.replace('"hierarchical"', f"'{name}'").replace("16", str(16 + number))
        (folder / file).write_text(changed, encoding="utf-8")
    before = listing(folder)
    models = [word for file in called for word in ("--model", file)]
    result = in_process("run", *models, "--backends", "honest", "--draws", "400", "--seed", "1", "--out", "results")
    assert result.returncode == 0, result.stderr
    document = json.loads((folder / "results" / "results.json").read_text(encoding="utf-8"))
    assert list(document["models"]) == list(called.values())
    hashes = [model["hash"] for model in document["models"].values()]
    assert len(set(hashes)) == 3
    page = Words((folder / "results" / "report.html").read_text(encoding="utf-8"))
    assert set(called.values()) <= set(page.words)
    assert "script" not in page.tags
    for name in called.values():
        assert name in result.stdout
    files = {path.name for path in (folder / "results" / "draws").iterdir()}
    stems = [f"model.{hashlib.sha256(name.encode()).hexdigest()[:16]}" for name in called.values()]
    assert files == {f"{stems[0]}-honest.nc", f"{stems[1]}-honest.nc", "mine-honest.nc"}
    assert {Path(name).parts[:2] for name in set(listing(folder)) - set(before)} == {("work", "results")}
