"""Tables in all the forms that people have: one meaning is read, two are refused with what tells them apart."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load, read_data
from pplcompare.models.errors import DataError
from pplcompare.models.tables.roles import ROLES, roles_of
from pplcompare.models.tables.text_table import text_table

from tests.documented_blocks import blocks
from tests.models.test_datasets import rows, written

DOCS: Final = Path(__file__).parents[2] / "docs" / "data.md"
EXPECTED: Final = [("A", 4, 1), ("B", 3, 2)]

# What is written -> A has 1 success in 4 trials, B has 2 in 3.
READ = {
    "usual names": "variant,visitors,conversions\nA,4,1\nB,3,2\n",
    "names in other letters": "Variant,Number of Visitors,Total_Conversions\nA,4,1\nB,3,2\n",
    "unknown name of the only other column": "hospice,n,k\nA,4,1\nB,3,2\n",
    "unknown name of the only words": "rank,hospice,n,k\n1,A,4,1\n2,B,3,2\n",
    "no name of the only other column": ",n,k\nA,4,1\nB,3,2\n",
    "clicks that are trials": "variant,clicks,conversions\nA,4,1\nB,3,2\n",
    "clicks that are successes": "variant,impressions,clicks\nA,4,1\nB,3,2\n",
    "one campaign of variants": "campaign,variant,n,k\nspring,A,4,1\nspring,B,3,2\n",
    "semicolons": "variant;visitors;conversions;share\nA;4;1;0,25\nB;3;2;0,67\n",
    "tabs": "variant\tvisitors\tconversions\nA\t4\t1\nB\t3\t2\n",
    "semicolons, and a comma in a name": "variant;visitors;conversions;share, rounded\nA;4;1;0,25\nB;3;2;0,67\n",
    "what a spreadsheet says of separators": "sep=;\nvariant;n;k\nA;4;1\nB;3;2\n",
    "blanks before quotes": '"variant", "n", "k"\n"A", "4", "1"\n"B", "3", "2"\n',
    "comments": "# mine\nvariant,n,k\n# first, A\nA,4,1\n# and so on\nB,3,2\n",
    "rows of separators": "variant,n,k\nA,4,1\n,,\nB,3,2\n,,\n",
    "successes and failures": "variant,success,failure\nA,1,3\nB,2,1\n",
    "as a cross table writes them": "variant,False,True\nA,3,1\nB,1,2\n",
    "trials and failures": "variant,n,failures\nA,4,3\nB,3,1\n",
    "rates": "variant,n,rate\nA,4,0.25\nB,3,0.67\n",
    "percent": "variant,n,conversion rate\nA,4,25%\nB,3,67 %\n",
    "rates with commas": "variant;n;rate\nA;4;,25\nB;3;,67\n",
    "rates beside successes": "variant,n,k,rate\nA,4,1,0.3\nB,3,2,0.7\n",
    "rows for trials": "variant,converted\nA,0\nB,1\nA,1\nA,0\nB,0\nB,1\nA,0\n",
    "rows for trials, in words": "variant,Outcome\nA,no\nB,Yes\nA,yes\nA,no\nB,no\nB,YES\nA,No\n",
    "rows for trials, name unknown": "variant,user,fell\nA,u1,f\nB,u2,t\nA,u3,t\nA,u4,f\nB,u5,f\nB,u6,t\nA,u7,f\n",
    "rows for trials, each of one": "variant,n,k\nA,1,0\nB,1,1\nA,1,1\nA,1,0\nB,1,0\nB,1,1\nA,1,0\n",
    "passed and failed": "lab,pass,fail\nA,1,3\nB,2,1\n",
    "groups as columns": "metric,A,B\ntrials,4,3\nsuccesses,1,2\ncost,9.5,9.5\n",
    "groups as columns, failures": ",A,B\nfailures,3,1\nsuccesses,1,2\n",
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_what_has_one_meaning_is_read(content: str, tmp_path: Path) -> None:
    assert rows(load(written(tmp_path, content))) == EXPECTED


ASKED: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "other names": ("a,b,c\nA,4,1\nB,3,2\n", {"group": "a", "n": "b", "k": "c"}, []),
    "one of two": ("variant,users,visits,k\nA,4,9,1\nB,3,9,2\n", {"n": "users"}, []),
    "in other letters": ("variant,Users,Visits,k\nA,4,9,1\nB,3,9,2\n", {"n": "users"}, []),
    "a column of outcomes": (
        "variant,visits,won\nA,9,0\nA,8,1\nA,9,0\nA,7,0\nB,9,1\nB,9,1\nB,8,0\n",
        {"outcome": "won"},
        [],
    ),
    "failures as successes": ("variant,failed\nA,1\nA,0\nA,0\nA,0\nB,1\nB,1\nB,0\n", {"outcome": "failed"}, []),
    "a rate": ("variant,n,x\nA,4,.25\nB,3,.67\n", {"rate": "x"}, []),
    "columns called 0 and 1": ("variant,0,1\nA,3,1\nB,1,2\n", {"k": "1", "failures": "0"}, []),
    "sums over the rest": ("site,week,n,k\nA,1,3,1\nB,1,3,2\nA,2,1,0\nB,2,0,0\n", {}, ["site"]),
    "sums of one of two groups": ("site,arm,won\n1,A,0\n1,A,1\n2,A,0\n2,A,0\n1,B,1\n1,B,1\n2,B,0\n", {}, ["arm"]),
}


@pytest.mark.parametrize(("content", "columns", "by"), ASKED.values(), ids=ASKED)
def test_what_is_said_of_columns_is_believed(
    content: str, columns: dict[str, str], by: list[str], tmp_path: Path
) -> None:
    assert rows(load(written(tmp_path, content), columns, by)) == EXPECTED


def test_two_columns_name_a_group_together(tmp_path: Path) -> None:
    path = written(tmp_path, "site,week,n,k\nA,1,3,1\nA,2,1,0\nB,1,3,2\nA,1,2,2\n")
    assert rows(load(path, by=["site", "week"])) == [("A, 1", 5, 3), ("A, 2", 1, 0), ("B, 1", 3, 2)]


def refused(data: Any, columns: dict[str, str] | None = None, by: str | Sequence[str] = ()) -> str:
    with pytest.raises(DataError) as caught:
        load(data, columns, by)
    assert str(caught.value).isprintable()
    return str(caught.value)


# Content -> the whole message after the name of the file.
TWO_MEANINGS = {
    "two columns of trials": (
        "variant,users,visits,k\nA,4,9,1\n",
        ": two columns may be n (trials), got ('users', 'visits'); --columns n=users or --columns n=visits",
    ),
    "two columns of successes": (
        "variant,n,clicks,orders\nA,4,2,1\n",
        ": two columns may be k (successes), got ('clicks', 'orders'); --columns k=clicks or --columns k=orders",
    ),
    "two columns of groups": (
        "site,arm,n,k\n1,A,4,1\n2,B,3,2\n",
        ": two columns may be group (names of groups), got ('site', 'arm'); --columns group=site or "
        "--columns group=arm or --by site,arm for both together",
    ),
    "a name with a blank": (
        "variant,visits,at bats,k\nA,4,9,1\n",
        ": two columns may be n (trials), got ('visits', 'at bats'); --columns n=visits or --columns 'n=at bats'",
    ),
    "two keys": (
        "site,week,n,k\nA,1,3,1\nA,2,1,0\nB,1,3,2\n",
        ", line 3, column site: two groups have the same name, got ('A', 'A'); 'site' and 'week' name a row together: "
        "--by site sums over 'week', --by week sums over 'site', --by site,week keeps both",
    ),
    "rows of users": (
        "variant,visits,converted\nA,3,1\nA,2,0\nB,1,1\n",
        ", line 3, column variant: two groups have the same name, got ('A', 'A'); if each row is one trial: "
        "--columns group=variant,outcome=converted",
    ),
    "rows of users, in words": (
        "variant,visits,converted\nA,3,yes\nA,2,no\nB,1,yes\n",
        ", line 2, column converted: a whole number is needed, got 'yes'; if each row is one trial: "
        "--columns outcome=converted",
    ),
    "a rate with too few digits": (
        "variant,n,rate\nA,10000,0.095\n",
        ", line 2, column rate: 945 to 955 successes of 10000 trials may have this rate, got '0.095'; "
        "give the successes in a column k",
    ),
    "commas and semicolons": (
        "a;b,c\n1\n",
        ", the header: its columns are separated by commas or by semicolons, got 'a;b,c'; "
        "quote names of columns that have such signs",
    ),
    "a comment or a group": (
        "variant,n,k\nA,4,1\n# B,3,2\n",
        ", line 3: either a comment or a group whose name begins with #; delete the line, or put another column before "
        "that of the groups",
    ),
}


@pytest.mark.parametrize(("content", "message"), TWO_MEANINGS.values(), ids=TWO_MEANINGS)
def test_what_has_two_meanings_is_refused_with_what_tells_them_apart(
    content: str, message: str, tmp_path: Path
) -> None:
    assert refused(written(tmp_path, content)) == f"counts.csv{message}"


NO_MEANING = {
    "outcomes of two columns": ("variant,mobile,fell\nA,1,yes\nA,0,no\nB,1,yes\n", "outcome=mobile' or --columns"),
    "outcomes that are failures": ("variant,failed\nA,1\nA,0\nB,1\n", "--columns outcome=failed counts those with a"),
    "trials of one or counts": ("group,k\nA,1\nB,0\n", "if it has one row for each trial: "),
    "an outcome that is missing": (
        "variant,converted\nA,1\nA,0\nB,\n",
        "line 4, column converted: an outcome is needed",
    ),
    "an outcome of another kind": ("variant,converted\nA,1\nA,0\nB,7\n", "an outcome is needed, got '7'; write 0 or 1"),
    "a decimal comma": ("variant;n;k\nA;1,5;1\n", "line 2, column n: a whole number is needed, got '1,5'"),
    "a rate that is none": ("variant,n,rate\nA,200,9.5\n", "a rate between 0 and 1 is needed, got '9.5'; for example"),
    "a rate of no whole number": ("variant,n,rate\nA,200,0.096\n", "no whole number of successes of 200 trials may"),
    "a share or per cent": (
        "variant,n,rate\nA,1000,0.100\nB,1000,0.200\n",
        "line 2, column rate: a share, 100 successes of 1000 trials, or per cent, 1, got '0.100'; write a sign",
    ),
    "outcomes without a header": ("A,y\nA,n\nB,y\nB,n\n", "column missing"),
    "a rate alone": ("variant,rate\nA,0.095\n", "'rate' alone does not say of how many trials: add a column n"),
    "more failures than trials": (
        "variant,n,failures\nA,4,5\n",
        "column failures: more failures than trials (4), got 5",
    ),
    "more successes than trials": (
        "variant,n,k\nA,4,5\n",
        "line 2, group 'A', successes: more successes than trials (4)",
    ),
    "no name": ("variant,n,k\nA,4,1\n ,4,1\n", "line 3, group: a name is needed, got ' '"),
    "no groups": ("n,k\n4,1\n", "add a column with a name for each row"),
    "groups that only numbers name": (
        "x,z,n,k\n1,2,4,1\n2,2,4,1\n",
        "which one names the groups? --columns group=x or",
    ),
    "a cell of a wide table": (",A,B\nvisitors,4,x\nconversions,1,2\n", "line 2, column B: a whole number is needed"),
    "counts of a wide table": (
        ",A,B\nvisitors,4,3\nconversions,1,9\n",
        "column B, group 'B', successes: more successes",
    ),
    "columns called 0 and 1": ("variant,0,1\nA,3,1\nB,1,2\n", "if 0 and 1 are outcomes: --columns k=1,failures=0"),
    "bars": ("variant|n|k\nA|4|1\n", "its columns are separated by bars: save it with commas"),
    "gzip": ("\x1f\x8b", "no CSV; unpack it, for example gunzip"),
}


@pytest.mark.parametrize(("content", "words"), NO_MEANING.values(), ids=NO_MEANING)
def test_what_has_no_meaning_is_refused_by_its_cause(content: str, words: str, tmp_path: Path) -> None:
    message = refused(written(tmp_path, content.encode("latin-1") if content.startswith("\x1f") else content))
    assert message.startswith("counts.csv")
    assert words in message


def test_a_workbook_is_refused_by_name(tmp_path: Path) -> None:
    assert "save the sheet as CSV" in refused(written(tmp_path, b"PK\x03\x04 and so on", "counts.xlsx"))


@pytest.mark.parametrize(
    ("columns", "by", "words"),
    [
        (
            {"group": "grp"},
            (),
            "column missing, got 'grp'; the file has 'group', 'week', 'n', 'k'; did you mean group?",
        ),
        ({}, "wek", "column missing, got 'wek'; the file has 'group', 'week', 'n', 'k'; did you mean week?"),
        ({"group": "group"}, "week", "group= and by mean the same"),
        ({"rate": "n", "k": "k"}, (), "these columns say no counts together, got 'k, rate'"),
        ({"trails": "n"}, (), "columns: unknown column role, got 'trails'; known: group, n, k"),
    ],
)
def test_what_is_said_of_columns_and_cannot_be_is_refused(
    columns: dict[str, str], by: str, words: str, tmp_path: Path
) -> None:
    assert words in refused(written(tmp_path, "group,week,n,k\nA,1,4,1\n"), columns, by)


def test_a_mend_repeats_what_was_said_already(tmp_path: Path) -> None:
    path = written(tmp_path, "variant,users,visits,clicks,orders,sales\nA,4,9,2,1,1\n")
    assert "got ('clicks', 'orders', 'sales'); --columns n=users,k=clicks or" in refused(path, {"n": "users"})


def test_counts_of_groups_have_no_columns() -> None:
    for data in ({"A": (4, 1)}, Counts(["A"], [4], [1])):
        assert refused(data, by="A") == "by: counts of groups have no columns, got 'A'; leave it out"


def test_how_a_table_was_understood_is_noted(tmp_path: Path) -> None:
    reading = read_data(written(tmp_path, READ["rows for trials"]))
    assert reading.notes == (
        "counts.csv: one row for each trial; successes are those of 'converted', counted for each 'variant': "
        "2 groups, 7 trials",
    )
    assert read_data(written(tmp_path, READ["usual names"])).notes == ()


def test_a_last_column_that_sums_the_others_is_told_as_a_column(tmp_path: Path) -> None:
    reading = read_data(written(tmp_path, ",A,B,C\nvisitors,4,3,7\nconversions,1,2,3\n"))
    assert [str(doubt) for doubt in reading.doubts] == [
        "counts.csv, line 2, column C: the last column is the sum of the others, so that every trial counts twice, "
        "got 'C'; delete that column unless it is a group of its own; it was kept"
    ]
    named = read_data(written(tmp_path, ",A,B,all\nvisitors,4,3,7\nconversions,1,2,3\n"))
    assert rows(named.counts) == EXPECTED
    assert "the last column is the sum of the others, and was left out, got 'all'" in str(named.doubts[0])


@pytest.mark.parametrize("label", ["007", "1e5", "2024-01-01", " a ", "1.0", "true", "NA", "#1", "a;b"])
@pytest.mark.parametrize("form", ["group,n,k\n{0},4,1\n", ",{0}\nn,4\nk,1\n"])
def test_labels_are_kept_as_they_are(label: str, form: str, tmp_path: Path) -> None:
    assert load(written(tmp_path, form.format(f'"{label}"'))).groups == (label,)


def test_standard_input_is_read_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(READ["semicolons"].encode())))
    assert rows(load("-")) == EXPECTED
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"variant,n,k\nA,4,x\n")))
    assert refused("-") == "standard input, line 2, column k: a whole number is needed, got 'x'"


@pytest.mark.slow
def test_a_million_trials_are_counted_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    with path.open("w") as file:
        file.write("user,variant,day,converted\n")
        file.writelines(f"u{i},{'AB'[i % 2]},d{i % 9},{int(i % 10 == 0)}\n" for i in range(10**6))
    start = time.process_time()
    assert rows(load(path)) == [("A", 500_000, 100_000), ("B", 500_000, 0)]
    assert time.process_time() - start < 10  # about 1.2 s here; a quadratic step would take hours


def test_a_file_is_larger_than_its_text_by_little(tmp_path: Path) -> None:
    """Cells of columns that nobody asked for are not kept, and names that recur are kept once."""
    text = "variant,note,converted\n" + "".join(f"{'AB'[i % 2]},{'x' * 50},{i % 2}\n" for i in range(20_000))
    cells = text_table("t", text.encode(), (), size=len(text)).read([0, 2])
    assert sum(len(set(map(id, column))) for column in cells.columns.values()) == 4


def shown(kind: str) -> list[str]:
    return [block.text for block in blocks("docs/data.md") if block.language == kind]


def test_every_example_of_the_page_on_data_is_read(tmp_path: Path) -> None:
    examples = shown("csv")
    assert len(examples) > 8
    for content in examples:
        assert rows(load(written(tmp_path, content))) == EXPECTED, content


def test_every_refusal_of_the_page_on_data_is_told_as_it_says(tmp_path: Path) -> None:
    tables, messages = shown("csv refused"), shown("text")
    assert len(tables) == len(messages) > 3
    for content, message in zip(tables, messages, strict=True):
        assert f"pplcompare: {refused(written(tmp_path, content))}" == " ".join(message.split())


def test_the_python_of_the_page_on_data_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = shown("python")
    space: dict[str, Any] = {}
    exec(code, space)
    assert rows(space["data"]) == EXPECTED


def test_every_usual_name_of_the_page_on_data_is_known() -> None:
    table = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [role for role, _ in table] == list(ROLES)
    for role, names in table:
        # "success(es)" stands for both.
        for name in names.removesuffix(", ...").split(", "):
            for each in {re.sub(r"\(.*\)", "", name), re.sub(r"[()]", "", name)}:
                assert role in roles_of(each), (role, each)
