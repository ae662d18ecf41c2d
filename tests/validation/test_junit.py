"""What CI systems read: JUnit XML and GitHub's workflow commands."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pplcompare.validation.checks.result import CheckReport, compared, fault
from pplcompare.validation.output.check.annotations import annotation, github_annotations
from pplcompare.validation.output.check.check_summary import one_look_document
from pplcompare.validation.output.check.junit import junit_xml
from pplcompare.validation.output.check.step_summary import step_summary
from pplcompare.validation.output.summary import fit_document, timing_document
from pplcompare.validation.study.fit_result import FitResult, judged
from pplcompare.validation.study.verdict import Verdict

GOOD = CheckReport((compared("mean of z", "rate[A]", 1.0, 5.0),), 1)
BAD = CheckReport(
    (
        compared("mean of z", "rate[<&\"'>]", 5.5, 5.0),
        compared("variance of z", "rate[A]", -9.0, 5.0, "\x1b[31mred\x00"),
    ),
    2,
)


def document(*rows: FitResult, data: str = "campaigns", required: tuple[str, ...] = ()) -> Any:
    fits = [{"data": data, "seconds": timing_document(row), **fit_document(row)} for row in rows]
    header = {"pplcompare": "1.2", "looks": one_look_document(1e-4), "required": list(required)}
    return {**header, "data": {data: {}}, "fits": fits, "nothing_checked": None}


def row(verdict: Verdict = Verdict.INCOMPLETE, reason: str = "", **reports: CheckReport) -> FitResult:
    found = FitResult("hierarchical", "stan", verdict, reason, **reports)  # type: ignore[arg-type]
    for report in reports.values():
        found = judged(found, report)
    return found


def cases(*rows: FitResult, required: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return name and what became of it, for each case."""
    root = ET.fromstring(junit_xml(document(*rows, required=required)))
    return [(case.get("name", ""), case[0].tag if len(case) else "") for case in root.iter("testcase")]


def test_one_case_for_each_group_of_checks() -> None:
    passed = row(same_model=GOOD, posterior=GOOD, prediction=GOOD)
    assert cases(passed) == [("same model", ""), ("posterior", ""), ("prediction", "")]
    other_model = row(same_model=CheckReport((fault("log density", "the model", "NaN"),)))
    assert cases(other_model) == [("same model", "failure"), ("posterior", "skipped"), ("prediction", "skipped")]
    wrong = row(same_model=GOOD, posterior=BAD)
    assert cases(wrong) == [("same model", ""), ("posterior", "failure"), ("prediction", "skipped")]
    elsewhere = row(posterior=BAD)
    assert cases(elsewhere) == [("same model", "skipped"), ("posterior", "failure"), ("prediction", "skipped")]
    crashed = row(Verdict.INCOMPLETE, "crashed")
    assert cases(crashed) == [("same model", "error"), ("posterior", "skipped"), ("prediction", "skipped")]


def test_a_sum_over_fits_is_a_case_of_its_own_where_there_were_several_fits() -> None:
    several = row(same_model=GOOD, posterior=GOOD, prediction=GOOD, over_fits=GOOD)
    assert cases(several)[3:] == [("all fits of the backend", "")]
    wrong = row(same_model=GOOD, posterior=GOOD, prediction=GOOD, over_fits=BAD)
    assert cases(wrong) == [*cases(several)[:3], ("all fits of the backend", "failure")]


def test_what_is_absent_has_no_case_unless_it_is_required() -> None:
    absent = row(Verdict.UNAVAILABLE, "no such library")
    assert cases(absent) == []
    root = ET.fromstring(junit_xml(document(absent)))
    assert root.findtext("testsuite/system-out") == "stan, hierarchical: no such library"
    assert [tag for _, tag in cases(absent, required=("stan",))] == ["error", "skipped", "skipped"]


def test_the_counts_of_the_suites_are_those_of_their_cases() -> None:
    rows = (row(same_model=GOOD, posterior=BAD), row(Verdict.INCOMPLETE, "crashed"), row(Verdict.UNAVAILABLE, "none"))
    root = ET.fromstring(junit_xml(document(*rows)))
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.tag == "testsuite"
    expected = {"tests": "6", "failures": "1", "errors": "1", "skipped": "3"}
    assert expected.items() <= suite.attrib.items()
    assert {"tests": "6", "failures": "1", "errors": "1"}.items() <= root.attrib.items()
    # The attributes and elements that the schema of Jenkins and of pytest's xunit2 knows.
    assert set(root.attrib) <= {"name", "time", "tests", "failures", "disabled", "errors"}
    assert set(suite.attrib) <= {
        "name",
        "tests",
        "failures",
        "errors",
        "time",
        "skipped",
        "timestamp",
        "hostname",
        "id",
    }
    first, *children, last = suite
    assert first.tag == "properties"
    assert {(element.tag, *element.attrib) for element in first} == {("property", "name", "value")}
    assert last.tag == "system-out"
    for case in children:
        assert case.tag == "testcase"
        assert set(case.attrib) == {"classname", "name", "time"}
        assert len(case) <= 1
        assert all(set(element.attrib) <= {"message", "type"} for element in case)


def test_a_failure_names_check_statistic_and_limit_whatever_the_names_are() -> None:
    root = ET.fromstring(junit_xml(document(row(same_model=GOOD, posterior=BAD), data="a<b>&\"'.csv")))
    (failure,) = root.iter("failure")
    assert failure.get("type") == "variance of z"
    assert "variance of z of rate[A]: failed (-9, limit 5)" in str(failure.get("message"))
    assert "rate[<&\"'>]: failed (5.5, limit 5)" in str(failure.text)
    assert "\ufffd[31mred\ufffd" in str(failure.text)
    assert root[0].get("name") == "pplcompare a<b>&\"'.csv"


def test_annotations_are_escaped_as_the_runner_reads_them() -> None:
    assert annotation("error", "a:b,c%", "50 %\r\nnext, line: x") == (
        "::error title=a%3Ab%2Cc%25::50 %25%0D%0Anext, line: x"
    )


def test_what_makes_the_job_red_is_an_error_what_is_absent_a_warning() -> None:
    rows = (
        row(same_model=GOOD, posterior=GOOD, prediction=GOOD),
        row(same_model=GOOD, posterior=BAD),
        row(Verdict.UNDERPOWERED, "too few"),
        row(Verdict.UNAVAILABLE, "no such library"),
    )
    found = list(github_annotations(document(*rows)))
    assert [line.split()[0] for line in found] == ["::error", "::error", "::warning"]
    assert found[0].startswith("::error title=stan%2C campaigns%2C hierarchical%3A failed::variance of z of rate[A]")
    (line,) = github_annotations(document(rows[3], required=("stan",)))
    assert line.startswith("::error ")


def test_what_a_second_look_did_not_reach_is_an_error_of_the_last_group() -> None:
    passed = row(same_model=GOOD, posterior=GOOD, prediction=GOOD)
    lost = replace(passed, verdict=Verdict.INCOMPLETE, reason="not reached")
    assert cases(lost) == [("same model", ""), ("posterior", ""), ("prediction", "error")]


def test_a_file_among_the_data_is_named_by_annotations_and_is_one_word_of_class_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my,data.csv").write_text("group,n,k\nA,10,1\n")
    found = document(row(same_model=GOOD, posterior=BAD), data="my,data.csv")
    (line,) = github_annotations(found)
    assert line.startswith("::error file=my%2Cdata.csv,title=stan%2C my%2Cdata.csv%2C hierarchical%3A failed::")
    root = ET.fromstring(junit_xml(found))
    assert {case.get("classname") for case in root.iter("testcase")} == {"pplcompare.my,data_csv.hierarchical.stan"}
    (elsewhere,) = github_annotations(document(row(same_model=GOOD, posterior=BAD), data="/etc/passwd"))
    assert "file=" not in elsewhere


def test_cases_have_the_seconds_of_what_they_needed() -> None:
    passed = row(same_model=GOOD, posterior=GOOD, prediction=GOOD)
    seconds = {"build": 1.0, "compile": 2.0, "run": 4.0, "warmup": None, "sampling": 3.0, "transfer": 0.5}
    found = document(passed)
    found["fits"][0]["seconds"] = {
        name: None if wall is None else {"wall": wall, "cpu": None} for name, wall in seconds.items()
    }
    root = ET.fromstring(junit_xml(found))
    assert [case.get("time") for case in root.iter("testcase")] == ["3.000", "4.500", "0.000"]
    assert [suite.get("time") for suite in root] == ["7.500"]


def test_a_suite_says_what_its_verdicts_are_worth() -> None:
    found = document(row(same_model=GOOD, posterior=GOOD), row(Verdict.UNAVAILABLE, "none"))
    (fit, _) = found["fits"]
    fit["versions"] = {"cmdstanpy": "1.3.0", "stan\x00": "2.36"}
    fit["detectable"] = {"mean": 0.09}
    told = {each.get("name"): each.get("value") for each in ET.fromstring(junit_xml(found)).iter("property")}
    power = "Found with 99 % power in every fit: a mean 0.09 sd off."
    versions = {"versions.stan": "cmdstanpy 1.3.0, stan\ufffd 2.36"}
    assert told == {"pplcompare": "1.2", "level": "0.0001", "looks": "1", "power": power, **versions}
    found["data"]["campaigns"]["seed"] = 0
    assert {"name": "seed", "value": "0"} in [each.attrib for each in ET.fromstring(junit_xml(found)).iter("property")]


def summarised(found: Any, code: int) -> str:
    more: Any = {"comparisons": 10, "not_tested": 0, "limit": 5.0, "seed": 3, "exit_code": code}
    return step_summary(found | more)


def test_the_summary_of_a_step_has_what_did_not_pass_first_and_escapes_what_users_name() -> None:
    rows = (row(same_model=GOOD, posterior=GOOD, prediction=GOOD), row(same_model=GOOD, posterior=BAD))
    text = summarised(document(*rows, data="a|<b>*c_.csv"), 1)
    lines = text.splitlines()
    assert lines[0] == "## ❌ pplcompare check: failed"
    table = [line for line in lines if line.startswith("| a")]
    assert [re.split(r"(?<!\\)\|", line)[4].strip() for line in table] == ["❌ failed", "✅ passed"]
    named = r"| a\|&lt;b&gt;\*c\_.csv | hierarchical | stan "
    assert table[0] == rf"{named}| ❌ failed | – | 1.80 variance of z, rate\[A\] |"
    (reason,) = [line for line in lines if line.startswith("- **")]
    assert "variance of z of rate" in reason
    assert "\x1b" not in reason
    assert lines[-1] == "</details>"
    green = summarised(document(rows[0]), 0).splitlines()
    assert green[0] == "## ✅ pplcompare check: passed"
    assert "1 of 1 fits passed, 0 failed." in green
    assert summarised(document(row(Verdict.UNDERPOWERED, "few")), 6).startswith("## ❌ pplcompare check: not certified")
    for code, words in {2: "nothing was checked", 3: "a required backend is missing", 130: "not finished"}.items():
        assert summarised(document(row(Verdict.UNAVAILABLE, "none")), code).startswith(
            f"## ❌ pplcompare check: {words}\n"
        )
