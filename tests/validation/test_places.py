"""Where results go and what they are called: no name leads elsewhere, no right is widened, nothing is left behind."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pplcompare.models.errors import StorageError
from pplcompare.validation.cli import main
from pplcompare.validation.output.file_names import data_stem, draws_file
from pplcompare.validation.output.store import writable

from tests.validation.test_bad_input import listing
from tests.validation.test_cli import in_process

RUN = ["run", "--backends", "exact", "--model", "independent", "--draws", "400", "--seed", "1", "--quiet"]
CHECK = ["check", "campaigns", "--backends", "exact", "--model", "independent", "--draws", "400", "--quiet"]
LONG = "x" * 300
AWKWARD = (
    "a",
    "a-b",
    "b",
    "b-c",
    "c",
    "A",
    "../../PWN",
    "..",
    "-rf",
    "",
    "/",
    "a/b",
    "a\0b",
    LONG,
    LONG + "x",
    "é",
    "\udcff",
)
NAMES = st.sampled_from(AWKWARD) | st.text(st.sampled_from("aA-_0é/."), max_size=4)


@given(NAMES, NAMES, NAMES, NAMES)
def test_two_pairs_of_names_never_share_a_file(model: str, backend: str, other_model: str, other_backend: str) -> None:
    pairs = {(model, backend), (other_model, other_backend)}
    files = {draws_file(*pair) for pair in pairs}
    # A file system may take capitals for small letters.
    assert len({file.casefold() for file in files}) == len(pairs)


def test_a_name_that_looks_like_what_stands_for_another_does_not_take_its_file() -> None:
    stands_for, _, backend = draws_file("Mine", "exact").removesuffix(".nc").rpartition("-")
    assert draws_file(stands_for, backend) != draws_file("Mine", "exact")
    whole = draws_file("mine", "My-Sampler").removesuffix(".nc")
    for place, letter in enumerate(whole):
        if letter == "-":
            assert draws_file(whole[:place], whole[place + 1 :]) != f"{whole}.nc"


@given(NAMES, NAMES)
def test_a_file_lies_in_its_folder_and_has_a_name_that_file_systems_take(model: str, backend: str) -> None:
    name = draws_file(model, backend)
    assert Path(name).name == name
    assert name.isascii()
    assert len(name) <= 255
    assert not name.startswith((".", "-"))


@given(NAMES | st.text())
def test_a_folder_of_a_data_set_lies_where_it_is_made(data: str) -> None:
    stem = data_stem(data)
    assert stem.isascii()
    assert 0 < len(stem) <= 100
    assert Path(stem).name == stem


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=oct)
def test_results_have_no_more_rights_than_asked_for_whatever_the_umask(umask: int, folder: Path) -> None:
    before = os.umask(umask)
    try:
        assert in_process(*RUN, "--out", "results").returncode in (0, 2)
        assert in_process(*CHECK, "--junit", "made/check.xml").returncode in (0, 2)
    finally:
        os.umask(before)
    made = [path for top in ("results", "made") for path in ((folder / top), *(folder / top).rglob("*"))]
    assert {"results.json", "check.xml"} < {path.name for path in made}
    for path in made:
        rights = stat.S_IMODE(path.stat().st_mode)
        assert rights & ~((0o755 if path.is_dir() else 0o644) & ~umask) == 0, (path, oct(rights))


UNWRITABLE = {
    "a name of 300 characters": LONG,
    "a name that leaves no room for temporary ones": "x" * 250,
    "a path of 6,000 characters": "/".join(["x" * 100] * 60),
    "below a file": "precious.txt/results",
    "in a folder that cannot hold any": "/proc/results/results",
}


@pytest.mark.parametrize("place", UNWRITABLE)
@pytest.mark.parametrize("option", ["--out", "--junit"])
def test_a_place_that_cannot_be_written_is_one_line_and_exit_4(place: str, option: str, folder: Path) -> None:
    before = listing(folder)
    result = in_process(*(RUN if option == "--out" else CHECK), option, UNWRITABLE[place])
    assert result.returncode == 4, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("pplcompare: ")
    assert UNWRITABLE[place][:60] in line
    assert option in line
    assert listing(folder) == before


def test_only_what_has_to_be_made_needs_a_name_that_leaves_room(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 240)
    deep.mkdir()
    assert writable(deep / "results") == deep / "results"
    for place in (deep / ("y" * 201), deep / ("y" * 201) / "results"):
        with pytest.raises(StorageError, match="too long"):
            writable(place)


@pytest.mark.parametrize("names", [["データ.csv", "結果.csv"], ["a b.csv", "a-b.csv"], ["x" * 101, "x" * 102]])
def test_two_data_sets_of_different_names_have_different_folders(names: list[str]) -> None:
    stems = [data_stem(name) for name in names]
    assert len(set(stems)) == len(names)
    assert all(len(stem) <= 100 and stem.isascii() for stem in stems)


def test_a_data_set_of_a_plain_name_keeps_it() -> None:
    assert [data_stem(name) for name in ("campaigns", "data/My_counts-2.csv")] == ["campaigns", "My_counts-2"]


def test_what_is_no_file_is_not_replaced_by_one(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("pipe")
    before = listing(folder)
    for name in ("pipe", "link", "."):
        result = in_process(*CHECK, "--junit", name)
        assert result.returncode == 4, result.stderr
        assert "not a file" in result.stderr
    assert listing(folder) == before


def test_a_link_to_a_file_stays_a_link(folder: Path) -> None:
    (folder / "check.xml").write_text("earlier")
    (folder / "link").symlink_to("check.xml")
    assert in_process(*CHECK, "--junit", "link").returncode in (0, 2)
    assert (folder / "link").is_symlink()
    assert "testsuite" in (folder / "check.xml").read_text(encoding="utf-8")


def test_a_junit_file_that_cannot_be_written_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "check.xml").write_text("earlier")

    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    before = set(listing(folder))
    result = in_process(*CHECK, "--junit", "check.xml")
    assert result.returncode == 4
    assert "check.xml: cannot be written: No space left on device; choose another place with --junit" in result.stderr
    assert (folder / "check.xml").read_text() == "earlier"
    assert set(listing(folder)) == before


JAPANESE = "group,n,k\n東京,10,3\n🦊,10,2\né,5,1\n"


@pytest.mark.parametrize(
    "command", [["exact"], RUN, CHECK[:1] + CHECK[2:], ["show", "independent"]], ids=lambda it: it[0]
)
def test_names_that_standard_output_cannot_encode_are_escaped(command: list[str], folder: Path) -> None:
    (folder / "counts.csv").write_text(JAPANESE, encoding="utf-8")
    place = 2 if command[0] == "show" else 1
    arguments = [*command[:place], "counts.csv", *command[place:]]
    result = CliRunner(charset="ascii").invoke(main, arguments, env={"PPLCOMPARE_REQUIRE": ""})
    assert result.exit_code in (0, 2), (result.output, result.exception)
    assert "Traceback" not in result.output
    assert command[0] != "exact" or r"rate[\ud83e\udd8a]" in result.output


@pytest.mark.parametrize(("charset", "read_as"), [("ascii", "utf-8"), ("latin-1", "latin-1")])
def test_a_document_is_the_same_in_every_encoding(charset: str, read_as: str, folder: Path) -> None:
    """Where nothing but ASCII is asked for, click writes UTF-8, as JSON is written everywhere."""
    (folder / "counts.csv").write_text(JAPANESE, encoding="utf-8")
    arguments = ["exact", "counts.csv", "--model", "independent", "--json"]
    encoded = CliRunner(charset=charset).invoke(main, arguments).stdout_bytes
    assert json.loads(encoded.decode(read_as)) == json.loads(in_process(*arguments).stdout)
    assert "rate[🦊]" in json.loads(encoded.decode(read_as))["independent"]["quantities"]
