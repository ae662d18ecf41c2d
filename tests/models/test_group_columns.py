"""Columns that name groups are told from dates and from rates, as exports of a day have them beside each other."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import pandas as pd
import pytest
from pplcompare.models.datasets import load
from pplcompare.models.tables import names_of_columns
from pplcompare.models.tables.roles import roles_of

from tests.models.test_datasets import rows, written
from tests.models.test_tables import EXPECTED, refused

DAILY: Final = "2024-05-01;{};3;1\n2024-05-01;{};2;1\n2024-05-02;{};1;0\n2024-05-02;{};1;1\n"
MEND: Final = "--by {0} sums over {4}, --by {1} sums over {3}, --by {2} keeps both"


@pytest.mark.parametrize(
    ("date", "group"),
    [("Date", "Landing page"), ("date", "page"), ("Day", "Shop"), ("sent", "Shop"), ("Order date", "Newsletter")],
)
def test_an_export_by_day_is_summed_over_the_days_once_its_mend_is_followed(
    date: str, group: str, tmp_path: Path
) -> None:
    content = f"{date};{group};Visitors;Sign-ups\n" + DAILY.format(*"ABAB")
    path = written(tmp_path, content)
    message = refused(path)
    assert f"column {group}: two groups have the same name, got ('A', 'A')" in message
    quoted = map(shlex.quote, (group, date, f"{group},{date}"))
    assert MEND.format(*quoted, repr(group), repr(date)) in message
    assert rows(load(path, by=group)) == [("A", 4, 1), ("B", 3, 2)]


def test_days_of_a_data_frame_are_no_groups_either() -> None:
    days = pd.to_datetime(["2024-05-01", "2024-05-01", "2024-05-02", "2024-05-02"])
    frame = pd.DataFrame({"sent": days, "shop": list("ABAB"), "visitors": [3, 2, 1, 1], "sales": [1, 1, 0, 1]})
    assert "by='shop' sums over 'sent', by='sent' sums over 'shop', by=['shop', 'sent'] keeps" in refused(frame)
    assert rows(load(frame, by="shop")) == EXPECTED


@pytest.mark.parametrize(
    "day", ["2024-05-{}", "{}.05.2024", "5/{}/2024", "2024-05-{} 12:30", "2024-W{}", "2024-{}", "{}.05.24"]
)
def test_days_that_do_not_recur_are_no_groups_beside_words(day: str, tmp_path: Path) -> None:
    first, second = day.format(10), day.format(11)
    path = written(tmp_path, f"sent;shop;n;k\n{first};A;4;1\n{second};B;3;2\n")
    assert rows(load(path)) == EXPECTED


def test_dates_that_are_all_there_is_name_groups(tmp_path: Path) -> None:
    # Notes are in some rows only, and name none.
    path = written(tmp_path, "when;remark;n;k\n2024-05-01;;4;1\n2024-05-02;rain;3;2\n")
    assert load(path).groups == ("2024-05-01", "2024-05-02")
    assert load(written(tmp_path, "date;n;k\nMonday;4;1\nSunday;3;2\n")).groups == ("Monday", "Sunday")


def test_each_of_three_columns_may_name_the_groups(tmp_path: Path) -> None:
    lines = "".join(f"2024-05-0{d};{p};{s};3;2\n" for d in (1, 2) for p in "AB" for s in "xy")
    message = refused(written(tmp_path, f"date;page;screen;n;k\n{lines}"))
    assert "'page', 'screen' and 'date' name a row together: --by page sums over 'screen' and 'date', --by" in message
    assert "--by date sums over 'page' and 'screen', --by page,screen,date keeps all" in message


RATES: Final = {
    "one": "Landing page;Visitors;Sign-ups;Sign-up rate\nA;4;1;25,0 %\nB;3;2;66,7 %\n",
    "several": "shop;visits;orders;orders rate\nA;4;1;25 %\nB;3;2;67 %\n",
    "in per cent": "shop;visits;conversions;Conversion %\nA;4;1;25.0%\nB;3;2;66.7%\n",
    "alone": "shop;visits;Sign-up rate\nA;4;25.0 %\nB;3;66.7 %\n",
    "of something else": "shop;visits;orders;bounces\nA;4;1;75 %\nB;3;2;33 %\n",
}


@pytest.mark.parametrize("content", RATES.values(), ids=RATES)
def test_rates_beside_the_counts_are_no_groups(content: str, tmp_path: Path) -> None:
    assert rows(load(written(tmp_path, content))) == EXPECTED


def test_rates_are_never_offered_as_groups(tmp_path: Path) -> None:
    numbers = "code;zone;visits;Leads;Lead rate;lost\n1;1;4;1;25 %;75 %\n2;1;3;2;67 %;33 %\n"
    message = refused(written(tmp_path, numbers), {"k": "Leads"})
    assert message.endswith("says which are which")
    numbers = numbers.replace("Leads", "orders")
    assert refused(written(tmp_path, numbers)).endswith(
        "which one names the groups? --columns group=code or --columns group=zone"
    )
    alone = refused(written(tmp_path, "visits;sign-ups;sign-up rate\n4;1;25 %\n3;2;67 %\n"))
    assert alone.endswith("add a column with a name for each row")


BESIDE: Final = {
    "behind": "Visitors A;Sign-ups A;Visitors B;Sign-ups B\n4;1;3;2\n",
    "before": "A visitors,B visitors,A orders,B orders\n4,3,1,2\n",
    "day by day": "Date;Visitors A;Sign-up rate A;Number of visitors B;Sign-up rate B\n2024-05-01;4;25 %;3;67 %\n",
    "signs": "visitors_A,conversions_A,visitors_B,conversions_B\n4,1,3,2\n",
}


@pytest.mark.parametrize("content", BESIDE.values(), ids=BESIDE)
def test_groups_that_stand_side_by_side_are_told(content: str, tmp_path: Path) -> None:
    message = refused(written(tmp_path, content))
    assert message.endswith(
        "; the groups 'A' and 'B' stand side by side: give each a row of its own, in columns group, n and k"
    )


@pytest.mark.parametrize("header", ["visitors new,visitors old", "visitors A,orders B", "Visitors A,Sign-ups A"])
def test_columns_of_less_than_two_groups_do_not_stand_side_by_side(header: str, tmp_path: Path) -> None:
    assert "side by side" not in refused(written(tmp_path, f"{header}\n4,1\n"))


def test_a_line_of_prose_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is given by mistake has thousands of words in its first line, each of which could end a name."""
    asked: list[str] = []

    def noted(name: str) -> set[str]:
        asked.append(name)
        return roles_of(name)

    monkeypatch.setattr(names_of_columns, "roles_of", noted)
    assert names_of_columns.groups_in_names([" ".join(["visitors"] * 2000), *["a long header"] * 2000]) == []
    assert len(asked) < 1000


def test_of_many_columns_that_name_a_row_together_some_are_named(tmp_path: Path) -> None:
    keys = [f"key {i}" for i in range(8)]
    # The last row differs from the first in the first column, and so on: no two columns tell all rows apart.
    cells = [[f"{(row >> i) & 1}x" for i in range(8)] for row in range(256)]
    lines = [",".join((*keys, "visitors", "orders")), *(",".join((*row, "4", "1")) for row in cells)]
    message = refused(written(tmp_path, "\n".join(lines) + "\n"))
    assert "'key 0', 'key 1', 'key 2' and others name a row together" in message
    assert "sums over 'key 1', 'key 2', 'key 3' and others" in message
    assert len(message) < 600
