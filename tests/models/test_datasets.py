"""Data sets by name and CSV files."""

from __future__ import annotations

import csv
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from pplcompare.models import datasets
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.errors import DataError, DataWarning
from pplcompare.models.tables.text_table import file_table


def written(folder: Path, content: str | bytes, name: str = "counts.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path | str, columns: dict[str, str] | None = None) -> str:
    with pytest.raises(DataError) as caught:
        load(str(path), columns)
    message = str(caught.value)
    assert message.isprintable()
    return message


def rows(counts: Counts) -> list[tuple[str, int, int]]:
    return list(zip(counts.groups, counts.trials.tolist(), counts.successes.tolist(), strict=True))


def test_a_mapping_a_path_and_counts_are_data(tmp_path: Path) -> None:
    expected = [("A", 200, 19), ("B", 10, 3)]
    assert rows(load({"A": (200, 19), "B": (10, 3)})) == expected
    assert rows(load(written(tmp_path, "group,n,k\nA,200,19\nB,10,3\n"))) == expected
    counts = load("campaigns")
    assert load(counts) is counts


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "no groups"),
        ({"A": 3}, r"group 'A': two numbers are needed, got 3; give \(trials, successes\)"),
        ({"A": (3, 1, 1)}, r"group 'A': two numbers are needed, got \(3, 1, 1\)"),
        ({"A": (3, 4)}, r"group 'A', successes: more successes than trials \(3\), got 4"),
        ({1: (3, 1)}, "group: a name is needed, got 1"),
        ([("A", 3, 1)], r"DATA: no data, got \[\('A', 3, 1\)\]; give a name, a path, a data frame, or for example"),
        (None, "DATA: no data, got None"),
    ],
)
def test_data_that_are_none_are_refused(data: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(data)


def test_the_campaigns_are_those_of_the_workshop() -> None:
    assert rows(load("campaigns")) == [("A", 200, 19), ("B", 10, 3)]


def test_the_rats_are_those_of_the_book() -> None:
    """Sums of Gelman's file rats.asc; group 71 is the current experiment."""
    rats = load("rats")
    assert len(rats.groups) == 71
    assert (int(rats.trials.sum()), int(rats.successes.sum())) == (1739, 267)
    assert rows(rats)[-1] == ("71", 14, 4)
    assert rows(rats)[:1] == [("1", 20, 0)]
    assert rows(rats)[22] == ("23", 27, 3)
    assert (rats.successes == 0).sum() == 14


def test_the_baseball_players_are_those_of_efron_and_morris() -> None:
    """First 45 at-bats of 1970, from Clemente's 18 hits to Alvis's 7; the other columns are the rest of the season."""
    baseball = load("baseball")
    assert baseball.trials.tolist() == [45] * 18
    assert baseball.successes.tolist() == [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
    assert int(baseball.successes.sum()) == 215
    with (Path(datasets.__file__).parent / "data" / "baseball.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for column in "nk":
                assert int(row[column]) + int(row[f"remaining_{column}"]) == int(row[f"season_{column}"])


def test_the_hospitals_are_those_of_bugs() -> None:
    surgical = load("surgical")
    assert len(surgical.groups) == 12
    assert (int(surgical.trials.sum()), int(surgical.successes.sum())) == (2814, 208)
    assert rows(surgical)[0] == ("1", 47, 0)
    assert rows(surgical)[7] == ("8", 215, 31)


def test_every_known_data_set_loads_and_says_what_it_is() -> None:
    for name, description in DATASETS.items():
        assert load(name).groups
        assert description


ACCEPTED = {
    "plain": "group,n,k\nA,200,19\nB,10,3\n",
    "byte order mark": "\ufeffgroup,n,k\nA,200,19\nB,10,3\n",
    "written by pandas": "group,n,k\nA,200.0,19.0\nB,10.0,3.0\n",
    "another order of columns": "k,group,n\n19,A,200\n3,B,10\n",
    "extra columns": "note,group,n,k,x\nhi,A,200,19,3.5\n,B,10,3,\n",
    "repeated extra columns": "x,x,group,n,k\n1,2,A,200,19\n1,2,B,10,3\n",
    "Windows line ends": "group,n,k\r\nA,200,19\r\nB,10,3\r\n",
    "old Macintosh line ends": "group,n,k\rA,200,19\rB,10,3\r",
    "no last line end": "group,n,k\nA,200,19\nB,10,3",
    "blank lines": "\n\ngroup,n,k\n\nA,200,19\n\nB,10,3\n\n",
    "quotes": '"group","n","k"\n"A","200","19"\n"B","10","3"\n',
    "blanks around numbers": "group, n, k\nA, 200, 19\nB, 10 ,3 \n",
    "leading zeros": "group,n,k\nA,0200,019\nB,10,03\n",
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_every_usual_kind_of_csv_is_read(content: str, tmp_path: Path) -> None:
    assert rows(load(str(written(tmp_path, content)))) == [("A", 200, 19), ("B", 10, 3)]


def test_names_are_read_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path, 'group,n,k\n"a,""b""",3,1\n010,3,1\n10,3,1\nשלום,3,1\n🦊,3,1\nNA,3,1\n')
    assert load(path).groups == ('a,"b"', "010", "10", "שלום", "🦊", "NA")


@pytest.mark.parametrize(
    "cell", ["3.5", "1e1", "true", "", " ", "-3", "+3", "3.", ".0", "0x3", "1_0", "nan", "inf", "NA", "٣", "3,"]
)
def test_a_cell_that_is_no_count_is_refused_by_line_and_column(cell: str, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, f'group,n,k\nA,200,19\n\nB,10,"{cell}"\n'))
    what = "a whole number of at least 0 is needed" if cell == "-3" else "a whole number is needed"
    mend = "; fill it in, or leave out this row" if cell.strip() in ("", "nan", "NA") else ""
    assert message == f"counts.csv, line 4, column k: {what}, got {cell!r}{mend}"


# Content -> words of the message: what a cell probably means.
NEARLY_COUNTS = {
    "10.000": "ambiguous, 10 or 10000, got '10.000'; write it without the dot",
    "0.000": "ambiguous, 0 or 0000",
    "1000.000": "a whole number is needed, got '1000.000'; write 1000",
    "10.00": "a whole number is needed, got '10.00'; write 10",
    "1.234": "without marks between its digits it is 1234",
    "1.234.567": "without marks between its digits it is 1234567",
    "1,234": "without marks between its digits it is 1234",
    "1 234": "without marks between its digits it is 1234",
    "1\u202f234": "without marks between its digits it is 1234",
}


@pytest.mark.parametrize(("cell", "words"), NEARLY_COUNTS.items(), ids=map(ascii, NEARLY_COUNTS))
def test_a_thousands_mark_is_never_a_fraction(cell: str, words: str, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, f'group,n,k\nA,200,19\nB,"{cell}",3\n'))
    assert message.startswith("counts.csv, line 3, column n: ")
    assert words in message


CAUSES = {
    "JSON": ('{"groups": ["A"], "n": [200], "k": [19]}\n', "JSON, and no CSV; save it as CSV"),
    "a column twice": (
        "group,n,k,k\nA,200,19,19\n",
        "column repeated, got 'k'; the file has 'group', 'n', 'k', 'k'; keep one",
    ),
    "no header": ("A,200,19\nB,10,3\n", "put a line before it, for example group,n,k"),
    "two keys, one called group": (
        "week,group,n,k\n1,north,10,3\n2,north,10,3\n1,south,9,2\n2,south,9,1\n",
        "two groups have the same name, got ('north', 'north'); 'group' and 'week' name a row together",
    ),
    "the same group twice": (
        "group,n,k\nA,10,3\nA,11,3\n",
        "line 3, column group: two groups have the same name, got ('A', 'A'); make them different, or sum their rows: "
        "--by group",
    ),
    "other names": ("site,rooms,guests\nA,10,3\nB,10,2\n", "--columns 'group=site,n=…,k=…' says which are which"),
}


@pytest.mark.parametrize(("content", "words"), CAUSES.values(), ids=CAUSES)
def test_a_table_of_another_kind_is_refused_with_what_mends_it(content: str, words: str, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, content))
    assert words in message


def test_successes_and_failures_are_read_once_the_mend_is_followed(tmp_path: Path) -> None:
    path = written(tmp_path, "site,success,failure,n\nA,3,7,10\nB,4,5,9\n")
    assert rows(load(str(path), {"group": "site", "n": "n", "k": "success"})) == [("A", 10, 3), ("B", 9, 4)]


def test_a_last_row_that_sums_the_others_is_told_and_kept_if_it_may_be_a_group(tmp_path: Path) -> None:
    path = written(tmp_path, "group,n,k\nA,200,19\n\nB,10,3\nC,210,22\n")
    with pytest.warns(DataWarning) as told:
        counts = load(str(path))
    assert str(told[0].message) == (
        "counts.csv, line 5: the last row is the sum of the others, so that every trial counts twice, "
        "got 'C'; delete that line unless it is a group of its own; it was kept"
    )
    assert rows(counts)[-1] == ("C", 210, 22)


@pytest.mark.parametrize("name", ["Total", "TOTAL:", "Gesamt", "Σ total", "all"])
def test_a_last_row_that_sums_the_others_is_left_out_if_it_is_called_so(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"group,n,k\nA,200,19\n\nB,10,3\n{name},210,22\n")
    with pytest.warns(DataWarning) as told:
        counts = load(str(path))
    assert str(told[0].message) == (
        "counts.csv, line 5: the last row is the sum of the others, and was left out, "
        f"got {name!r}; call it something else if it is a group of its own"
    )
    assert rows(counts) == [("A", 200, 19), ("B", 10, 3)]


def test_a_group_that_is_called_total_and_is_no_sum_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "group,n,k\nA,200,19\nB,10,3\nTotal,210,21\n")
    assert rows(load(str(path)))[-1] == ("Total", 210, 21)


@pytest.mark.parametrize("last", ["B,200,19", "B,10,3\nTotal,210,21", "B,10,3\nTotal,211,22", "B,0,0", "B,0,0\nC,0,0"])
def test_a_last_row_that_need_not_be_a_sum_is_not_told(last: str, tmp_path: Path) -> None:
    first = "A,0,0" if last.endswith("0,0") else "A,200,19"
    assert load(str(written(tmp_path, f"group,n,k\n{first}\n{last}\n"))).groups[0] == "A"


def test_sums_beyond_64_bits_are_no_total(tmp_path: Path) -> None:
    many = "".join(f"g{i},{2**53},0\n" for i in range(2048))  # 2^64, which wraps to nothing
    assert len(load(str(written(tmp_path, f"group,n,k\n{many}last,1,0\n"))).groups) == 2049


REFUSED = {
    "an empty file": ("", "counts.csv: an empty file; needs a line with names of columns, and rows"),
    "blank lines only": ("\n\n", "an empty file"),
    "header only": ("group,n,k\n", "no groups"),
    "column missing": ("group,n\nA,200\n", "counts.csv: column missing, got 'k'; the file has 'group', 'n';"),
    "column repeated": ("group,n,k,k\nA,200,19,19\n", "counts.csv: column repeated, got 'k'"),
    "no header": ("A,200,19\n", "column missing, got 'group'"),
    "short row": ("group,n,k\nA,200\n", "counts.csv, line 2: 3 columns needed, got 2"),
    "long row": ("group,n,k\nA,200,19,1\n", "counts.csv, line 2: 3 columns needed, got 4"),
    "open quote": ('group,n,k\n"A,200,19\n', "counts.csv: not CSV"),
    "huge field": ("group,n,k\n" + "A" * 200_000 + ",200,19\n", "counts.csv: not CSV"),
    "huge number": ("group,n,k\nA,99999999999999999999,19\n", "a whole number is needed"),
    "over 2^53": ("group,n,k\nA,9007199254740993,19\n", "group 'A', trials: must be between 0 and 2^53"),
    "duplicate group": ("group,n,k\nA,200,19\nA,10,3\n", "two groups have the same name"),
    "k over n": ("group,n,k\nA,200,19\nB,10,11\n", "group 'B', successes: more successes than trials (10), got 11"),
    "blank name": ("group,n,k\n,200,19\n", "group: a name is needed, got ''"),
    "UTF-16": ("group,n,k\nA,200,19\n".encode("utf-16"), "counts.csv: not UTF-8; save the file as CSV in UTF-8"),
    "UTF-16 without mark": ("group,n,k\nA,200,19\n".encode("utf-16-le"), "not UTF-8"),
    "Latin-1": (
        "group,n,k\né,200,19\n".encode("latin-1"),
        'not UTF-8; save the file as CSV in UTF-8; spreadsheets call it "CSV UTF-8"',
    ),
    "binary": (bytes(range(256)), "not UTF-8"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_file_is_refused(content: str | bytes, words: str, tmp_path: Path) -> None:
    assert words in refusal(written(tmp_path, content))


def test_columns_can_have_other_names(tmp_path: Path) -> None:
    path = written(tmp_path, "shop,visits,sales\nA,200,19\n")
    assert rows(load(str(path), {"group": "shop", "n": "visits", "k": "sales"})) == [("A", 200, 19)]


def test_columns_that_are_not_renamed_keep_their_names(tmp_path: Path) -> None:
    path = written(tmp_path, "group,visits,k\nA,200,19\n")
    assert rows(load(str(path), {"n": "visits"})) == [("A", 200, 19)]


def test_a_bad_cell_is_named_by_the_users_column(tmp_path: Path) -> None:
    path = written(tmp_path, "group,visits,k\nA,many,19\n")
    assert "line 2, column visits: a whole number is needed, got 'many'" in refusal(path, {"n": "visits"})


def test_an_unknown_column_role_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ACCEPTED["plain"])
    assert (
        refusal(path, {"trials": "n"})
        == "columns: unknown column role, got 'trials'; known: group, n, k, failures, rate, outcome"
    )


def test_a_path_with_dot_slash_is_never_a_known_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "group,n,k\nmine,2,1\n", "rats")
    monkeypatch.chdir(tmp_path)
    assert rows(load("./rats")) == [("mine", 2, 1)]
    assert len(load("rats").groups) == 71


@pytest.mark.parametrize("name", ["a b; $(touch x) 'q' \"d\".csv", "שלום.csv", "-rf.csv", "a\nb.csv"])
def test_a_path_may_have_any_characters(name: str, tmp_path: Path) -> None:
    assert rows(load(str(written(tmp_path, ACCEPTED["plain"], name))))[0] == ("A", 200, 19)
    assert "an empty file" in refusal(written(tmp_path, "", name))


@pytest.mark.parametrize("path", ["nowhere", "./rat", "", "a\0b", "x" * 5000, "campaigns.csv/x"])
def test_what_is_not_there_is_refused_with_the_known_names(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refusal(path)
    assert message.startswith("DATA: ")
    assert message.endswith("known data sets: campaigns, rats, baseball, surgical")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith("DATA: not a file, got ")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        file_table(tmp_path)


def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").startswith("DATA: not a file, got ")


def test_a_file_over_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    assert refusal(path) == "big.csv: larger than 100 MB, got 100000001"


@pytest.mark.slow
def test_a_million_groups_are_read_in_seconds(tmp_path: Path) -> None:
    lines = (f"g{i},{i % 1000 + 3},{i % 3}\n" for i in range(10**6))
    path = written(tmp_path, "group,n,k\n" + "".join(lines))
    start = time.process_time()
    counts = load(path)
    assert time.process_time() - start < 20  # some 4 s here; a quadratic step would take hours
    assert rows(counts)[-1] == ("g999999", 1002, 0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"A": (200, 19), "B": (3, 10)},
            "group 'B', successes: more successes than trials (3), got 10; trials come first: 'B': (10, 3)",
        ),
        ({"A": (10, 3.5)}, "group 'A', successes: a whole number is needed, got 3.5"),
    ],
)
def test_the_order_of_a_pair_is_told_where_it_may_be_the_other_one(data: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as refused:
        load(data)
    assert str(refused.value) == message


def test_a_file_of_a_similar_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "group,n,k\nA,2,1\n").rename(tmp_path / "spring.csv")
    monkeypatch.chdir(tmp_path)
    for name, mend in (
        ("sprng.csv", "did you mean spring.csv?"),
        ("campaing", "did you mean campaigns?"),
        (str(tmp_path / "sprng.csv"), f"did you mean spring.csv? It is in {tmp_path}."),
        ("nothing/like/it", "known data sets: campaigns, rats, baseball, surgical"),
    ):
        with pytest.raises(DataError, match=re.escape(f"no such data set or file, got {name!r}; {mend}")):
            load(name)
