"""Nothing is green with nothing behind it: where the exact posterior alone was compared, nothing was checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pplcompare.backends import registry
from pplcompare.backends.protocol import Status
from pplcompare.backends.registry import references
from pplcompare.validation.output.check.junit import junit_xml
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.nothing_checked import nothing_checked
from pplcompare.validation.study.verdict import ExitCode, Verdict, exit_code

from tests.validation.conftest import know_fakes
from tests.validation.test_cli import in_process
from tests.validation.test_junit import document

ALONE = ("--backends", "exact", "--model", "independent", "--quiet")
ONLY = "Nothing was checked: only exact ran, whose draws come from the exact posterior itself; name a sampler"


@pytest.mark.parametrize(
    ("found", "required", "code"),
    [
        ({"exact": Verdict.PASSED}, (), ExitCode.BAD_INPUT),
        ({"exact": Verdict.PASSED, "b": Verdict.UNAVAILABLE}, (), ExitCode.BAD_INPUT),
        ({"exact": Verdict.PASSED, "b": Verdict.UNSUPPORTED}, (), ExitCode.BAD_INPUT),
        ({"exact": Verdict.PASSED, "b": Verdict.UNAVAILABLE}, ("b",), ExitCode.MISSING),
        ({"exact": Verdict.FAILED, "b": Verdict.UNAVAILABLE}, ("b",), ExitCode.FAILED),
        ({"exact": Verdict.UNDERPOWERED}, (), ExitCode.INCOMPLETE),
        ({"exact": Verdict.PASSED, "b": Verdict.INCOMPLETE}, (), ExitCode.INCOMPLETE),
        ({"exact": Verdict.PASSED, "b": Verdict.PASSED}, (), ExitCode.PASSED),
        ({"b": Verdict.PASSED}, (), ExitCode.PASSED),
    ],
)
def test_the_reference_alone_is_nothing_checked(
    found: Mapping[str, Verdict], required: tuple[str, ...], code: ExitCode
) -> None:
    assert exit_code(found.items(), required, {"exact"}) is code


def test_whether_a_backend_is_the_reference_is_decided_by_who_registered_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_fakes(monkeypatch)
    assert references() == {"exact"}  # and not `honest`, which is made of the same code
    folder = tmp_path / "others-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[pplcompare.backends]\nexact = pplcompare_fakes:Honest\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert references() == {"exact"}
    assert registry.load_backend("exact").name == "exact"
    monkeypatch.setattr(registry, "OURS", "somebody else")
    assert references() == frozenset()


def test_a_run_of_the_exact_posterior_alone_checks_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    result = in_process("run", *ALONE, "--seed", "0", "--draws", "400", "--out", str(folder))
    assert result.returncode == 2, result.stderr
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith(ONLY)
    assert "pplcompare exact" in second
    stored = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert stored["exit_code"] == 2
    assert stored["nothing_checked"].startswith(ONLY)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Nothing was checked." in page
    assert ONLY in page
    assert "All checks passed" not in page


def test_a_check_of_the_exact_posterior_alone_checks_nothing(tmp_path: Path) -> None:
    asked = ("--junit", str(tmp_path / "check.xml"), "--out", str(tmp_path / "results"))
    result = in_process("check", "campaigns", *ALONE, *asked, GITHUB_ACTIONS="true")
    assert result.returncode == 2
    assert ONLY in result.stdout
    assert result.stderr.startswith(f"::error title=nothing was checked::{ONLY}")
    suite = ET.parse(tmp_path / "check.xml").getroot()[0]
    assert suite.get("errors") == "1"
    (error,) = suite.iter("error")
    assert str(error.get("message")).startswith(ONLY)
    stored = json.loads((tmp_path / "results" / "campaigns" / "results.json").read_text(encoding="utf-8"))
    assert (stored["exit_code"], stored["nothing_checked"][:20]) == (2, "Nothing was checked:")


def test_a_mutant_of_the_exact_posterior_is_judged(tmp_path: Path) -> None:
    result = in_process("run", *ALONE, "--seed", "0", "--draws", "400", "--mutant", "nan", "--out", str(tmp_path / "o"))
    assert result.returncode == 1
    assert "Nothing was checked" not in result.stdout


def test_the_mend_is_that_of_what_is_missing() -> None:
    missing = Status({}, "no such library", "pip install it")
    rows = [
        FitResult("m", "exact", Verdict.PASSED),
        *(FitResult("m", name, Verdict.UNAVAILABLE, status=missing) for name in ("a", "b")),
        FitResult("m", "c", Verdict.UNAVAILABLE, status=Status({}, "no compiler", "apt install g++")),
    ]
    said = nothing_checked(rows, ExitCode.BAD_INPUT)
    assert "exact posterior itself; missing: a, b, c; " in str(said)
    assert str(said).endswith("; to have a sampler checked: pip install it, or apt install g++.")
    refused = nothing_checked([rows[0], FitResult("m", "a", Verdict.UNSUPPORTED)], ExitCode.BAD_INPUT)
    assert str(refused).endswith("; what keeps the others away is said of each.")
    assert nothing_checked(rows, ExitCode.PASSED) is None
    assert str(nothing_checked(rows[1:], ExitCode.BAD_INPUT)).startswith(
        "Nothing was checked: no backend is available;"
    )


def test_a_suite_in_which_everything_is_absent_is_not_green() -> None:
    absent = FitResult("m", "a", Verdict.UNAVAILABLE, "no such library")
    root = ET.fromstring(junit_xml(document(absent) | {"nothing_checked": "Nothing was checked: why."}))
    (suite,) = root
    assert {"tests": "1", "errors": "1", "skipped": "0"}.items() <= suite.attrib.items()
    assert root.get("errors") == "1"
    (error,) = suite.findall("testcase[@name='nothing was checked']/error")
    assert error.attrib == {"message": "Nothing was checked: why.", "type": "nothing checked"}
