"""`pplcompare check`: what is right passes, a stroke of bad luck gets its declared second look, what is wrong fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from pplcompare.backends.fit import Fit
from pplcompare.backends.protocol import Backend, Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.errors import StorageError, UsageError, WorkerFailure
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.result import CheckReport, compared
from pplcompare.validation.commands import check_job
from pplcompare.validation.commands.check_job import SETTINGS, CheckRequest, nightly
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.output.check.check_output import CheckOutput
from pplcompare.validation.study import second_look, sums
from pplcompare.validation.study.chosen_backends import Backends, OpenBackend
from pplcompare.validation.study.plan import Plan, planned, sharing
from pplcompare.validation.study.second_look import SCREEN, false_alarm_bound
from pplcompare.validation.study.side_by_side import side_by_side
from pplcompare.validation.study.sizes import DRAWS, MORE_DRAWS, NIGHTLY
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend

from tests.validation.conftest import FAKES, HEARING_PYTHON, know_fakes, opener
from tests.validation.test_cli import assert_refused, in_process, pplcompare
from tests.validation.test_study import ignore

type Spoil = Callable[[int, NUTSSettings, Fit], Fit]


@pytest.fixture(autouse=True)
def nothing_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of backends that stand in this process; where everything is tested the real ones are."""
    monkeypatch.delenv("PPLCOMPARE_REQUIRE", raising=False)


class Spoiled(ExactBackend):
    """Independent exact draws, altered by a function of the number of the fit; remembers how it was asked."""

    def __init__(self, spoil: Spoil) -> None:
        self.spoil, self.asked = spoil, list[tuple[NUTSSettings, int]]()

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        return SpoiledProgram(structure, self)


class SpoiledProgram(ExactProgram):
    def __init__(self, structure: Structure, backend: Spoiled) -> None:
        super().__init__(structure)
        self._backend = backend

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        self._backend.asked.append((settings, seed))
        return self._backend.spoil(len(self._backend.asked), settings, super().sample(inputs, settings, seed))


def shrunk(fit: Fit) -> Fit:
    return altered(fit, "sd-0.95", 3)


def altered(fit: Fit, mutant: str, times: int = 1) -> Fit:
    model = independent()
    for _ in range(times):
        fit = replace(fit, draws=MUTANTS[mutant].draws(model.structure, model.bind(load("campaigns")), fit))
    return fit


def check(backend: Backend, **options: Any) -> Any:
    """Check one model on one data set with a backend in this process."""
    return check_job.check_job(asked({"campaigns": load("campaigns")}, [independent()], backend, **options))


def asked(
    data: Mapping[str, Counts],
    models: Sequence[Model],
    backend: Backend,
    *,
    require: Sequence[str] = (),
    **options: Any,
) -> CheckRequest:
    backends = Backends(["exact"], opener({"exact": backend})).selected((), require)
    return CheckRequest(data, models, backends, Delivery(CheckOutput(None, False).deliver), jobs=1, **options)


def test_bad_luck_gets_a_second_look_with_a_fresh_seed_and_more_draws() -> None:
    backend = Spoiled(lambda number, _, fit: shrunk(fit) if number == 1 else fit)
    document = check(backend)
    (fit,) = document["fits"]
    assert fit["verdict"] == "passed"
    assert fit["first_look"]["verdict"] == "failed"
    assert fit["first_look"]["reason"].startswith("variance of z of rate")
    (first, seed), (second, other_seed) = backend.asked
    assert second.draws == MORE_DRAWS * first.draws
    assert seed != other_seed == fit["seed"]
    assert document["exit_code"] == 0


def test_what_is_wrong_fails_both_looks() -> None:
    backend = Spoiled(lambda _number, _settings, fit: shrunk(fit))
    document = check(backend)
    (fit,) = document["fits"]
    assert fit["verdict"] == fit["first_look"]["verdict"] == "failed"
    assert len(backend.asked) == 2
    assert document["exit_code"] == 1


@pytest.mark.parametrize("wrong", [True, False])
def test_a_sum_over_fits_that_is_flagged_samples_every_fit_again(wrong: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = CheckReport((compared("pooled mean", "all fits", 9.0, 4.0, kind="pooled mean over fits"),), 1)
    monkeypatch.setattr(sums, "check_over_fits", lambda *_: failed)
    if wrong:
        monkeypatch.setattr(second_look, "check_over_fits", lambda *_: failed)
    backend = Spoiled(lambda _number, _settings, fit: fit)
    document = check_job.check_job(asked({"campaigns": load("campaigns")}, [independent(), hierarchical()], backend))
    first = [settings.draws for settings, _ in backend.asked[:2]]
    assert [settings.draws for settings, _ in backend.asked] == [*first, *(MORE_DRAWS * draws for draws in first)]
    for fit in document["fits"]:
        assert fit["first_look"] is not None
        assert fit["first_look"]["over_fits"]["failed"][0]["subject"] == "all fits"
        assert fit["verdict"] == ("failed" if wrong else "passed"), fit["reason"]
        assert fit["over_fits"]["outcome"] == fit["verdict"]
    assert document["exit_code"] == int(wrong)


@pytest.mark.parametrize("mutant", ["nan", "chains-alike"])
def test_a_fact_needs_no_second_look(mutant: str) -> None:
    backend = Spoiled(lambda _number, _settings, fit: altered(fit, mutant))
    (fit,) = check(backend)["fits"]
    assert (fit["verdict"], fit["first_look"], len(backend.asked)) == ("failed", None, 1)


def test_one_look_fails_at_once() -> None:
    backend = Spoiled(lambda number, _, fit: shrunk(fit) if number == 1 else fit)
    document = check(backend, looks=1)
    assert document["fits"][0]["verdict"] == "failed"
    assert len(backend.asked) == 1
    none = dict.fromkeys(("screen", "more_draws", "confirmation"))
    assert document["looks"] == {"number": 1, **none, "false_alarm_bound": 1e-4}


def test_a_crash_in_the_second_look_is_incomplete() -> None:
    def spoil(number: int, _: NUTSSettings, fit: Fit) -> Fit:
        if number == 2:
            raise WorkerFailure("crashed (SIGSEGV)", where="exact", tail="last words")
        return shrunk(fit)

    document = check(Spoiled(spoil))
    assert document["fits"][0]["verdict"] == "incomplete"
    assert document["fits"][0]["reason"].endswith("last words")
    assert document["exit_code"] == 6


@pytest.mark.parametrize(("draws", "untested"), [(300, 4 * 2 + 1), (10_000, 0)])
def test_what_could_not_be_tested_is_counted_and_said(
    draws: int, untested: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """1200 draws are too few for quantiles of two rates at 1, 5, 95 and 99 %, and for the tail of a fifth power."""
    document = check(ExactBackend(), settings=NUTSSettings(draws=draws))
    assert document["not_tested"] == untested
    CheckOutput(None, False).deliver(document)
    assert (f"Not tested: {untested} of them" in capsys.readouterr().out) is bool(untested)


def test_the_bound_is_that_of_two_independent_looks() -> None:
    assert false_alarm_bound(1e-4) == pytest.approx(1e-7)
    document = check(ExactBackend())
    assert document["looks"]["screen"] == SCREEN == 0.05
    assert document["looks"]["confirmation"] == pytest.approx(2e-6)
    assert document["looks"]["false_alarm_bound"] == pytest.approx(1e-7)


def test_plans_share_one_level() -> None:
    settings = NUTSSettings()
    plans = [Plan(load(name), [independent(), hierarchical()], ["a", "b"], settings, 0) for name in DATASETS]
    shared = sharing(plans, 1e-4)
    assert {plan.family_level for plan in shared} == {1e-4}
    assert shared[0].levels.spent(planned(plans)) == pytest.approx(1e-4)
    assert all(plan.levels == shared[0].levels for plan in shared)


def test_seeds_depend_on_the_counts_and_the_root_alone() -> None:
    same, other = load("campaigns"), Counts(["A", "B"], [200, 10], [19, 4])
    seeds = []
    for counts, root in ((same, 0), (load("campaigns"), 0), (other, 0), (same, 1)):
        document = check_job.check_job(asked({"name": counts}, [independent()], ExactBackend(), seed=root))
        seeds.append(document["data"]["name"]["seed"])
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3


def test_backends_run_side_by_side_each_opened_once() -> None:
    opened, meeting = list[str](), threading.Barrier(2, timeout=60)
    wrong = MutantBackend(ExactBackend(), MUTANTS["nan"])
    wrong.name = "wrong"
    backends: dict[str, Backend] = {"exact": ExactBackend(), "wrong": wrong}

    @contextmanager
    def together(name: str) -> Iterator[Backend]:
        opened.append(name)
        meeting.wait()
        yield backends[name]

    data = {name: load(name) for name in ("campaigns", "surgical")}
    models, both = [independent(), hierarchical()], Backends(["exact", "wrong"], together)
    request = CheckRequest(data, models, both, Delivery(CheckOutput(None, False).deliver), jobs=2)
    studies = check_job.checked_studies(request, ignore)
    document = check_job.document_of(studies, request)
    assert sorted(opened) == ["exact", "wrong"]
    found = [(fit["data"], fit["model"], fit["verdict"]) for fit in document["fits"]]
    names = ("independent", "hierarchical")
    assert found == [(name, model, verdict) for name in data for model in names for verdict in ("passed", "failed")]
    assert [study.plan.data for study in studies] == ["campaigns", "surgical"]


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def work(item: int) -> int:
        if item == 2:
            raise ZeroDivisionError("two")
        return item * item

    for jobs in (1, 2, 5):
        assert sorted(side_by_side(work, [1, 3, 4], jobs)) == [1, 9, 16]
        with pytest.raises(ZeroDivisionError, match="two"):
            list(side_by_side(work, [1, 2, 3], jobs))
    assert list(side_by_side(work, [], 2)) == []


@pytest.mark.parametrize("draws", [1, 3])
def test_draws_too_few_for_an_effective_number_are_shown_too(draws: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert CheckOutput(None, as_json=False).deliver(check(ExactBackend(), settings=NUTSSettings(draws=draws))) == 6
    assert "undefined" in capsys.readouterr().out


def test_nothing_available_is_nothing_checked(capsys: pytest.CaptureFixture[str]) -> None:
    class Missing(ExactBackend):
        def status(self) -> Status:
            return Status({}, "no such library", "pip install it")

    document = check(Missing())
    assert document["exit_code"] == 2
    assert CheckOutput(None, as_json=False).deliver(document) == 2
    assert "Nothing was checked" in capsys.readouterr().out
    assert check(Missing(), require=["exact"])["exit_code"] == 3


def test_nightly_takes_more_draws() -> None:
    assert check(ExactBackend(), settings=nightly(SETTINGS))["settings"]["draws"] == NIGHTLY * DRAWS
    assert check(ExactBackend())["settings"]["draws"] == DRAWS


@pytest.mark.parametrize("level", [0.0, -1.0, 0.06, 1.0, float("nan")])
def test_a_level_leaves_room_for_the_screen(level: float) -> None:
    with pytest.raises(UsageError, match="--level"):
        check(ExactBackend(), level=level)


def test_bad_options_are_one_line_and_exit_2(exact_only: OpenBackend) -> None:
    refused = {
        ("rat",): ["rat", "rats"],
        ("rats", "rats"): ["given twice", "rats"],
        ("--jobs", "0", "--backends", "exact"): ["jobs", "0"],
        ("--chains", "0", "--backends", "exact"): ["chains", "0"],
        ("--draws", "0", "--backends", "exact"): ["draws", "0"],
        ("--seed", "-1", "--backends", "exact"): ["seed", "-1"],
        ("--backends", "stam"): ["stam", "stan"],
        ("--draws", "missing.nc", "rats", "--model", "independent"): ["no such file"],
        ("--draws", "", "rats", "--model", "independent"): ["--draws", "cannot be read"],
    }
    for arguments, words in refused.items():
        assert_refused(in_process("check", *arguments, "--quiet"), words)


def test_a_junit_file_that_cannot_be_written_is_found_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = in_process("check", "campaigns", "--backends", "exact", "--junit", str(tmp_path / "file" / "check.xml"))
    assert result.returncode == 4
    with pytest.raises(StorageError, match="a folder"):
        CheckOutput(str(tmp_path), as_json=False)


def test_the_command_writes_what_it_is_asked_for_and_annotates(tmp_path: Path) -> None:
    arguments = ["campaigns", "--model", "independent", "--backends", "exact,crash,absent", "--json"]
    asked = ["--junit", "deep/check.xml", "--out", "results"]
    result = pplcompare(
        "check", *arguments, *asked, cwd=tmp_path, PYTHONPATH=FAKES, GITHUB_ACTIONS="true", PPLCOMPARE_REQUIRE="exact"
    )
    assert result.returncode == 3, result.stderr
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    verdicts = {fit["backend"]: fit["verdict"] for fit in document["fits"]}
    assert verdicts == {"exact": "passed", "crash": "incomplete", "absent": "unavailable"}
    assert document["seed"] == 0
    lines = [line for line in result.stderr.splitlines() if line.startswith("::")]
    assert lines[0].startswith("::error title=absent%2C campaigns%2C independent%3A unavailable::no such library")
    assert lines[1].startswith("::error title=crash%2C campaigns%2C independent%3A incomplete::")
    assert len(lines) == 2
    assert b'errors="2"' in (tmp_path / "deep" / "check.xml").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "results"]
    report = (tmp_path / "results" / "campaigns" / "report.html").read_text(encoding="utf-8")
    assert '<th scope="row">exact</th>' in report
    assert "check --model independent" in report
    stored = json.loads((tmp_path / "results" / "campaigns" / "results.json").read_text(encoding="utf-8"))
    assert stored["seed"] == document["data"]["campaigns"]["seed"]
    assert {fit["speed"] and fit["speed"]["ess_per_second"] for fit in stored["fits"]} == {None}
    assert (tmp_path / "results" / "campaigns" / "draws" / "independent-exact.nc").exists()


def test_without_being_asked_it_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    know_fakes(monkeypatch)
    result = in_process("check", "--backends", "honest", "--quiet", "--model", "independent")
    assert result.returncode == 0, result.stdout
    assert list(tmp_path.iterdir()) == []
    for words in (
        *DATASETS,
        "false alarm 1e-07",
        "Two looks",
        "at most 1e-07",
        "99 % power",
        "over all fits",
        "Seed 0.",
    ):
        assert words in result.stdout, result.stdout
    assert result.stderr == ""


def test_help_tells_of_the_two_looks_and_of_files_from_r() -> None:
    shown = in_process("check", "--help").stdout
    for words in ("Examples:", "Exit codes:", "second look", "Gandy and Scott", "write_json", "to_netcdf"):
        assert words in " ".join(shown.split()), shown


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_check_and_its_workers(stop: signal.Signals, code: int, tmp_path: Path) -> None:
    command = [*HEARING_PYTHON, "-m", "pplcompare.validation.cli", "check", "campaigns", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": FAKES, "PPLCOMPARE_REQUIRE": ""}
    process = subprocess.Popen(
        [*command, "--backends", "exact,hang", "--model", "hierarchical", "--junit", "check.xml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    while "hang, campaigns, hierarchical: sampling" not in process.stderr.readline():
        pass
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(stop)
    _, words = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in words
    assert list(tmp_path.iterdir()) == []
    assert psutil.wait_procs(children, timeout=5)[1] == []


@pytest.mark.slow
def test_real_samplers_pass_side_by_side(tmp_path: Path) -> None:
    result = pplcompare("check", "campaigns", "--backends", "nutpie,stan", "--quiet", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "failed" not in result.stdout
