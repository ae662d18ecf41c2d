"""Our plugin in other people's sessions of pytest: where it is used, where it is not, and beside other plugins.

Sessions run in this process where they can, with no plugins but those that they name; foreign projects, and what pytest
does before any plugin is loaded, need processes of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Final

import pytest
from pplcompare.validation import pytest_plugin, pytest_summary
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.pytest_targets import ExactTargets
from pplcompare.validation.study.second_look import SCREEN
from pplcompare.validation.study.sizes import NIGHTLY
from pplcompare.validation.target.assertion import DRAWS, LEAST_LEVEL, LEVEL

from tests.documented_blocks import blocks

pytest_plugins = ("pytester",)

# A sampler that is right, or too narrow by a factor.
SAMPLER: Final = """
import numpy as np

def sampler(target, scale=1.0):
    def fit(seed, draws):
        found = target.exact.simulate(4 * draws, np.random.default_rng(seed))
        return {name: scale * x.reshape(4, draws, *x.shape[1:]) for name, x in found.items()}

    return fit
"""
RIGHT: Final = """
import pytest
from sampler import sampler

def test_right(exact_target):
    target = exact_target("campaigns", "independent")
    assert target is exact_target("campaigns", "independent")
    target.assert_right(sampler(target))

def test_of_something_else():
    pass
"""
WRONG: Final = """
from sampler import sampler

def test_wrong(exact_target):
    target = exact_target("campaigns", "independent")
    target.assert_right(sampler(target, 0.9))
"""
# What checks leave behind, without libraries and their time.
TOLD: Final = """
from pplcompare.validation.target.record import Checked, record

def test_first(exact_target):
    record(Checked("first, m", "rate", 1e-7, 1, {"mean": 0.1}, "passed"))
    record(Checked("first, m", "rate", 1e-7, 1, {"mean": 0.1}, "passed"))

def test_second(exact_target):
    record(Checked("second, m", "rate", 1e-4, 2, {"mean": 0.2}, "failed"))
    assert False
"""
# Where one of these is set pytest cuts no line of its last summary.
CI: Final = ("CI", "BUILD_NUMBER")
NO_LEVEL: Final = "a red test that is repeated until it is green has no level"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project beside this package, whose sessions load no plugin by themselves."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for variable in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "COLUMNS", *CI):
        monkeypatch.delenv(variable, raising=False)
    pytester.makepyfile(sampler=SAMPLER)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "pplcompare", "-p", "no:cacheprovider", *arguments)


def summary_of(result: pytest.RunResult) -> list[str]:
    """Return the lines of our part of the summary."""
    lines = result.stdout.lines
    titles = [number for number, line in enumerate(lines) if " exact posteriors " in line]
    if not titles:
        return []
    (begin,) = titles
    end = next(number for number, line in enumerate(lines) if number > begin and line.startswith("=="))
    return lines[begin + 1 : end]


def test_the_example_of_the_document_is_so(project: pytest.Pytester) -> None:
    program, output = blocks("docs/pytest.md")
    shown = output.text.splitlines()[1:]
    project.makepyfile(test_example=program.text)
    result = run(project)
    result.assert_outcomes(passed=1)
    figures = re.compile(r"\d+\.?\d*")
    assert figures.sub("0", joined(summary_of(result))) == figures.sub("0", joined(shown))


def joined(lines: list[str]) -> str:
    return " ".join(map(str.strip, lines))


@pytest.mark.parametrize("ci", ["", "true"])
def test_the_summary_says_what_was_checked_at_which_level_and_what_would_have_been_found(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    project.makepyfile(test_right=RIGHT, test_wrong=WRONG)
    result = run(project, "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, failed=1)
    lines = summary_of(result)
    text = joined(lines)
    assert lines[:2] == [
        "campaigns, independent: rate of 2 groups",
        "  2 checks at level 1e-07: 1 passed, 1 failed",
    ]
    assert "2 checks of 1 target; the probability that right draws fail one of them is at most 2e-07, " in text
    assert re.search(r"would have found with 99 % power: a mean 0\.\d\d sd off, a variance \d\d % off, ", text)
    assert "1 check took the declared second look: test_wrong.py::test_wrong" in text
    assert "1 check did not pass: failed: test_wrong.py::test_wrong" in text
    assert max(map(len, lines)) <= pytest_summary.WIDTH
    # The table of what is wrong, once; and no lines of ours above it.
    (wrong,) = [line for line in result.stdout.lines if line.startswith("E ") and "independent: wrong: " in line]
    assert "campaigns, independent: wrong: " in wrong
    result.stdout.fnmatch_lines(["FAILED test_wrong.py::test_wrong - *"])
    assert result.stdout.str().count("repeat the calls above to see it again") == 1
    assert "_check_arguments" not in result.stdout.str()
    # Files of results have a schema, in which a test has no such part.
    assert not [*ET.parse("junit.xml").iter("property")]


def test_the_errors_found_are_the_worst_of_those_that_tell_one() -> None:
    def told(**found: float) -> dict[str, object]:
        fields = {"what": "w, m", "quantities": "rate", "level": 1e-3, "looks": 1, "outcome": "passed"}
        return {**fields, "found_smallest": found}

    checks = [("a", told(mean=0.1, variance=0.2)), ("b", told(mean=0.3))]
    text = joined(pytest_summary.summary(checks))
    assert "a mean 0.30 sd off, a variance 20 % off." in text
    text = joined(pytest_summary.summary([*checks, ("c", told(variance=float("inf"))), ("d", told())]))
    assert "a mean 0.30 sd off." in text
    assert "1 check compared nothing, and would have found none." in text
    assert "variance" not in text
    many = [("tests/test_of_a_long_name.py::test_of_a_long_name[and a parameter]", told(mean=0.1))] * 2000
    assert "at most 1, the sum" in joined(pytest_summary.summary(many))


def test_each_outcome_but_passed_is_told_as_such() -> None:
    for outcome in Outcome:
        fields = {"quantities": "rate", "level": 0.1, "looks": 1, "outcome": str(outcome), "found_smallest": {}}
        lines = pytest_summary.summary([("test", {"what": "w, m", **fields})])
        assert (f"  {outcome}: test" in lines) is not bool(outcome)


FOREIGN: Final = """
import warnings
import pytest

def test_passes():
    pass

def test_fails():
    assert [1, 2] == [1, 3]

@pytest.mark.skip(reason="for a reason")
def test_skipped(): ...

@pytest.mark.xfail
def test_of_a_defect():
    assert False

def test_warns():
    warnings.warn("something")

@pytest.fixture
def broken():
    raise ValueError

def test_error(broken): ...
"""


def test_a_foreign_session_is_the_same_to_the_byte_without_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_foreign.py").write_text(FOREIGN)
    # It does not even warn where this package has been imported before pytest starts.
    start = "import sys, pplcompare, pytest; pytest.main(sys.argv[1:]); print('modules:', *sys.modules)"
    ours = {"pplcompare", "pplcompare.validation", "pplcompare.validation.pytest_plugin"}
    # Loaded as in any session, and without the seconds of the others.
    others = [f"-pno:{point.name}" for point in entry_points(group="pytest11") if point.name != "pplcompare"]
    found = []
    for mine, without in ((ours, ()), ({"pplcompare"}, ("-pno:pplcompare",))):
        command = ["-rA", "--junitxml=junit.xml", "-pno:cacheprovider", *others, *without]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        ended = subprocess.run(
            [sys.executable, "-c", start, *command], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        output, _, modules = ended.stdout.decode().partition("modules:")
        loaded = {module for module in modules.split() if module.split(".")[0] == "pplcompare"}
        assert loaded == mine
        junit = re.sub(r'time(stamp)?="[^"]*"', "", (tmp_path / "junit.xml").read_text())
        # The one line is pytest's own: it lists what is installed and not blocked.
        output = re.sub(r"=* (.*) in \d+\.\d+s =*", r"\1", output).replace(
            f"plugins: pplcompare-{version('pplcompare')}\n", ""
        )
        found.append((output, ended.stderr, junit))
    assert "2 passed" in found[0][0]
    assert "1 warning" in found[0][0]
    assert found[0] == found[1]


def test_what_workers_check_is_told_together(project: pytest.Pytester) -> None:
    project.makepyfile(test_one=TOLD, test_two=TOLD)
    one = summary_of(run(project))
    assert "6 checks of 2 targets; the probability that right draws fail one of them is at most 0.0002004" in joined(
        one
    )
    result = run(project, "-p", "xdist.plugin", "-n", "2", "--dist", "load")
    result.assert_outcomes(passed=2, failed=2)
    assert summary_of(result) == one


@pytest.mark.nightly(twin="tests/test_pytest_plugin.py::test_what_workers_check_is_told_together")
def test_samplers_on_workers_are_told_together(project: pytest.Pytester) -> None:
    project.makepyfile(test_right=RIGHT, test_wrong=WRONG)
    one = summary_of(run(project))
    result = run(project, "-p", "xdist.plugin", "-n", "2", "--dist", "loadfile")
    result.assert_outcomes(passed=2, failed=1)
    assert summary_of(result) == one


@pytest.mark.parametrize(("plugin", "seed"), [("randomly", "--randomly-seed"), ("random_order", "--random-order-seed")])
def test_the_order_of_tests_changes_nothing(project: pytest.Pytester, plugin: str, seed: str) -> None:
    project.makepyfile(test_one=TOLD, test_two=TOLD)
    orders, summaries = set(), []
    for number in range(1, 4):
        result = run(project, "-v", "-p", plugin, seed, str(number))
        result.assert_outcomes(passed=2, failed=2)
        orders.add(tuple(re.findall(r"^(\S+::\S+) ", result.stdout.str(), flags=re.MULTILINE)))
        summaries.append(summary_of(result))
    assert len(orders) > 1
    assert summaries[0] == summaries[1] == summaries[2]


USED: Final = """
import pytest
{imports}

{mark}
def test_of_a_sampler(exact_target):
    assert exact_target.level

def test_of_something_else():
    pass
"""
# The plugin, its arguments, an import and the mark of the test with which it is repeated, and the mark that excepts it.
RERUNS: Final = [
    ("rerunfailures", ("--reruns", "2"), "", "", "@pytest.mark.flaky(reruns=0)"),
    ("rerunfailures", ("--force-reruns", "1"), "", "@pytest.mark.flaky(reruns=0)", None),
    ("rerunfailures", (), "", "@pytest.mark.flaky(reruns=3, condition=True)", "@pytest.mark.flaky(reruns=0)"),
    ("rerunfailures", ("-o", "reruns=1"), "", "", "@pytest.mark.flaky(reruns=0)"),
    ("flaky", ("--force-flaky",), "from flaky import flaky", "", "@flaky(max_runs=1)"),
    ("flaky", (), "", "@pytest.mark.flaky", "@pytest.mark.flaky(max_runs=1)"),
    ("flaky", (), "from flaky import flaky", "@flaky(max_runs=3, min_passes=2)", "@flaky(max_runs=1)"),
    ("pytest-retry", ("--retries", "2"), "", "", "@pytest.mark.flaky(condition=False)"),
    ("pytest-retry", (), "", "@pytest.mark.flaky(retries=0)", "@pytest.mark.flaky(condition=False)"),
    ("pytest-retry", ("-o", "retries=1"), "", "", "@pytest.mark.flaky(condition=False)"),
    ("repeat", ("--count", "2"), "", "", "@pytest.mark.repeat(1)"),
    ("repeat", (), "", "@pytest.mark.repeat(2)", "@pytest.mark.repeat(1)"),
]


@pytest.mark.parametrize(("plugin", "arguments", "imports", "mark", "excepted"), RERUNS)
def test_a_test_that_would_be_run_again_is_refused_and_says_why(
    project: pytest.Pytester, plugin: str, arguments: tuple[str, ...], imports: str, mark: str, excepted: str | None
) -> None:
    # Of the test of something else nothing is said, however often it is run.
    others = 2 if "--count" in arguments else 1
    project.makepyfile(test_again=USED.format(imports=imports, mark=mark))
    result = run(project, "-p", plugin, *arguments)
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == others
    assert outcomes["failed"] == (2 if plugin == "repeat" else 1)
    name = plugin if plugin in ("flaky", "pytest-retry") else f"pytest-{plugin}"
    why = "repetitions have the same seeds" if plugin == "repeat" else NO_LEVEL
    result.stdout.fnmatch_lines([f"exact_target: {name} would run this test more than once, but {why}*; *it with @*"])
    if excepted is not None:
        project.makepyfile(test_again=USED.format(imports=imports, mark=excepted))
        result = run(project, "-p", plugin, *arguments)
        assert result.parseoutcomes()["passed"] == 1 + others
        assert "failed" not in result.parseoutcomes()


def test_a_plugin_that_repeats_nothing_is_no_reason_to_refuse(project: pytest.Pytester) -> None:
    project.makepyfile(test_once=USED.format(imports="", mark=""))
    for plugin in ("rerunfailures", "flaky", "pytest-retry", "repeat"):
        run(project, "-p", plugin).assert_outcomes(passed=2)
    excluded = ("--reruns", "1", "--rerun-exclude-path", "test_once.py")
    run(project, "-p", "rerunfailures", *excluded).assert_outcomes(passed=2)


AGAIN: Final = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for _ in range(3):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed for report in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
RIGHT_AT_LAST: Final = """
from sampler import sampler
from pplcompare import target

SCALES = [0.9, 0.9, 1.0]

def test_with_the_fixture(exact_target):
    of = exact_target("campaigns", "independent")
    of.assert_right(lambda seed, draws: sampler(of, SCALES.pop(0))(seed, draws))
"""


def test_whatever_runs_a_red_test_again_cannot_make_it_green(project: pytest.Pytester) -> None:
    project.makeconftest(AGAIN)
    project.makepyfile(test_again=RIGHT_AT_LAST.replace("(exact_target)", "()").replace("exact_target(", "target("))
    run(project).assert_outcomes(passed=1)
    project.makepyfile(test_again=RIGHT_AT_LAST)
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"exact_target: this test is run again, but {NO_LEVEL}*"])


SHARED: Final = """
import pytest
from sampler import sampler

@pytest.fixture(scope="session")
def target(exact_target):
    return exact_target("campaigns", "independent")

@pytest.mark.flaky(reruns=1)
def test_that_is_run_again(target):
    pass

def test_that_is_run_once(target):
    target.assert_right(sampler(target))

@pytest.mark.flaky(reruns=1)
def test_that_finds_it_by_itself(request):
    request.getfixturevalue("exact_target")("campaigns")
"""


def test_a_refused_test_spoils_no_shared_fixture(project: pytest.Pytester) -> None:
    project.makepyfile(test_shared=SHARED)
    result = run(project, "-p", "rerunfailures", "-rA")
    assert {word: number for word, number in result.parseoutcomes().items() if word != "rerun"} == {
        "passed": 1,
        "failed": 2,
    }
    result.stdout.fnmatch_lines(["PASSED test_shared.py::test_that_is_run_once"])
    assert "1 check of 1 target" in joined(summary_of(result))


OPTIONS: Final = """
def test_of_options(exact_target):
    target = exact_target("campaigns")
    print("found", target.level, target.draws, exact_target)
"""


@pytest.mark.parametrize(
    ("setting", "arguments", "found"),
    [
        ("", (), f"found 1e-07 {DRAWS} <exact targets at level *>"),
        ("pplcompare_level = 1e-9", (), f"found 1e-09 {DRAWS} <exact targets at level *>"),
        ("pplcompare_level = 1e-9", ("--pplcompare-level=1e-3",), f"found 0.001 {DRAWS} <exact targets at level *>"),
        ("pplcompare_nightly = true", (), f"found 1e-07 {NIGHTLY * DRAWS} <exact targets at level 1e-07, nightly>"),
        (
            "pplcompare_nightly = false",
            ("--pplcompare-nightly",),
            f"found 1e-07 {NIGHTLY * DRAWS} <exact targets at level 1e-07, nightly>",
        ),
    ],
)
def test_options_and_settings(project: pytest.Pytester, setting: str, arguments: tuple[str, ...], found: str) -> None:
    project.makeini(f"[pytest]\n{setting}")
    project.makepyfile(test_options=OPTIONS)
    result = run(project, "-s", *arguments)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*{found}*"])
    # Nothing was checked.
    assert not summary_of(result)


@pytest.mark.parametrize("level", ["0", "9e-10", f"{SCREEN}", "nan", "inf", "much"])
def test_a_level_that_cannot_be_is_an_error_of_usage(project: pytest.Pytester, level: str) -> None:
    for argument in (f"--pplcompare-level={level}", f"--override-ini=pplcompare_level={level}"):
        result = run(project, argument)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert "pplcompare" in result.stderr.str()
        assert f"must be at least 1e-09 and less than 0.05, got '{level}'" in result.stderr.str()


def test_what_the_plugin_knows_without_importing_it_is_so() -> None:
    assert float(pytest_plugin.LEVEL) == pytest.approx(LEVEL, rel=1e-12)
    assert pytest_plugin.LEAST_LEVEL == LEAST_LEVEL
    assert pytest_plugin.MORE_THAN_ANY_LEVEL == SCREEN


def test_files_are_not_remembered(tmp_path: Path) -> None:
    targets = ExactTargets(1e-5, False, lambda: None)
    (tmp_path / "data.csv").write_text("group,n,k\nA,10,3\nB,20,7\n")
    first = targets(str(tmp_path / "data.csv"), "independent")
    (tmp_path / "data.csv").write_text("group,n,k\nA,10,4\nB,20,7\n")
    second = targets(str(tmp_path / "data.csv"), "independent")
    assert [*first.counts.successes] == [3, 7]
    assert [*second.counts.successes] == [4, 7]
    assert targets({"A": (10, 3)}, "independent").counts.groups == ("A",)
    assert targets("rats") is targets("rats")
    assert targets("rats") is not targets("rats", priors=("alpha=Gamma(2, 1)",))
