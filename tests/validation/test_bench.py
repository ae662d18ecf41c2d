"""The benchmark: no speed without a passing check, no speed from a clock that cannot be believed."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from pplcompare.backends.fit import Fit, Seconds, Timing
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import BackendUnavailable, SamplingError, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.validation.bench.bench_document import bench_document
from pplcompare.validation.bench.benchmark import Bench, carry_out_bench
from pplcompare.validation.bench.case import Case, whole_case
from pplcompare.validation.bench.changes import Change, Comparison, compare, read_bench
from pplcompare.validation.bench.entry import Entry, Start
from pplcompare.validation.bench.gain import gains
from pplcompare.validation.bench.measurement import Measurement
from pplcompare.validation.bench.median_interval import separate_ratio
from pplcompare.validation.bench.ranking import Standing, ranking
from pplcompare.validation.bench.scaling import Scaling, carry_out_scaling
from pplcompare.validation.bench.task import Form
from pplcompare.validation.cli import main
from pplcompare.validation.commands.backends import opened_alone
from pplcompare.validation.output.bench.bench_files import action_benchmark, bench_files, pytest_benchmark, runs
from pplcompare.validation.output.bench.bench_terminal import gains as told_gains
from pplcompare.validation.output.bench.bench_terminal import show_bench, show_changes
from pplcompare.validation.output.bench.latex_table import latex_tables
from pplcompare.validation.study.chosen_backends import Backends, OpenBackend
from pplcompare.validation.study.fit_result import FitResult
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.verdict import ExitCode, Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram
from pplcompare.validation.wrapped.mutants import CLOCK, MUTANTS, MutantBackend
from rich.console import Console

from tests.validation.conftest import opener

SETTINGS = NUTSSettings(draws=2500)


class Paced(ExactBackend):
    """Takes a known time for each run: long enough for clocks, the same in every round."""

    def compile(self, structure: Any, sizes: Any) -> Any:
        return PacedProgram(structure)


class Named(Paced):
    """No limit of others."""

    name = "paced"


class PacedProgram(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        start = time.perf_counter()
        time.sleep(0.05 * settings.chains)
        fit = super().sample(inputs, settings, seed)
        run = Seconds(time.perf_counter() - start, 0.0)
        return replace(fit, timing=Timing(run=run))


def case(counts: Counts, backends: tuple[str, ...] = ("exact",), settings: NUTSSettings = SETTINGS) -> Case:
    return whole_case(Plan(counts, [independent()], backends, settings, seed=1, data="two"), independent())


def carried_out(counts: Counts, backend: Any, rounds: int = 6, **options: Any) -> Bench:
    backends = Backends(["exact"], opener({"exact": backend}), open_cold=options.pop("open_cold", None))
    return carry_out_bench([case(counts)], backends, lambda _: None, rounds=rounds, **options)


@pytest.fixture(scope="module")
def document() -> Any:
    counts = Counts(["A", "B"], [200, 10], [19, 3])
    return bench_document(carried_out(counts, Paced()), (), machine(), seed=1)


def test_what_passes_has_a_speed_with_an_interval(document: Any) -> None:
    ((entry,),) = (each["entries"] for each in document["cases"])
    assert entry["verdict"] == "passed"
    assert entry["doubts"] == []
    assert entry["speed"]["low"] <= entry["speed"]["median"] <= entry["speed"]["high"]
    assert len(entry["rounds"]) == document["rounds"] == 6
    # Two means of 10,000 independent draws; their error is 0.01 sd, and seven times that never.
    errors = [each["error"] for each in entry["rounds"]]
    assert 0.0 < min(errors) <= entry["error"]["median"] <= max(errors) < 0.07
    assert entry["rank"]["standing"] == Standing.LIMIT
    assert document["exit_code"] == ExitCode.PASSED


@pytest.mark.parametrize("name", CLOCK)
def test_a_clock_that_is_read_wrongly_is_noticed_and_its_speed_inconclusive(name: str, campaigns: Counts) -> None:
    bench = carried_out(campaigns, MutantBackend(Paced(), CLOCK[name]), rounds=2)
    (entry,) = bench.entries
    words = {
        "compiles-while-sampling": "do not depend on the number of chains",
        "stops-too-soon": "before the work is done",
        "adds-up-chains": "added up",
    }
    assert entry.passed
    assert any(words[name] in doubt for doubt in entry.doubts)
    assert ranking(bench.entries)[0].standing is Standing.INCONCLUSIVE


class AtOnce(Paced):
    """Moves all chains at once: one chain takes as long as four."""

    def compile(self, structure: Any, sizes: Any) -> Any:
        return AtOnceProgram(structure)


class AtOnceProgram(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        start = time.perf_counter()
        time.sleep(0.8 * settings.draws / SETTINGS.draws)
        fit = super().sample(inputs, settings, seed)
        return replace(fit, timing=Timing(run=Seconds(time.perf_counter() - start, 0.0)))


@pytest.mark.parametrize("warmup", [1000, 1])
def test_a_sampler_that_moves_all_chains_at_once_is_believed(warmup: int, campaigns: Counts) -> None:
    backends = Backends(["exact"], opener({"exact": AtOnce()}))
    asked = case(campaigns, settings=replace(SETTINGS, warmup=warmup))
    (entry,) = carry_out_bench([asked], backends, lambda _: None, rounds=2).entries
    assert entry.half is not None
    assert entry.doubts == ()


def test_what_fails_a_check_has_a_reason_and_no_speed(campaigns: Counts) -> None:
    bench = carried_out(campaigns, MutantBackend(Paced(), MUTANTS["sd-0.95"]), rounds=2)
    found = bench_document(bench, (), machine(), seed=1)
    ((entry,),) = (each["entries"] for each in found["cases"])
    assert entry["verdict"] == "failed"
    assert "variance of z" in entry["reason"]
    assert entry["speed"] is entry["per_gradient"] is None
    assert entry["seconds_to_enough"] is None
    assert entry["rounds"] == []
    assert found["exit_code"] == ExitCode.FAILED


def test_a_backend_that_is_missing_is_named(campaigns: Counts) -> None:
    class Missing(ExactBackend):
        def status(self) -> Any:
            raise BackendUnavailable("not installed")

    (entry,) = carried_out(campaigns, Missing(), rounds=1).entries
    assert entry.row.verdict is Verdict.UNAVAILABLE
    assert "not installed" in entry.row.reason


def test_a_backend_that_is_lost_in_a_round_has_no_speed(campaigns: Counts) -> None:
    class Tired(PacedProgram):
        calls = 0

        def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
            Tired.calls += 1
            if Tired.calls > 2:
                raise SamplingError("gave up")
            return super().sample(inputs, settings, seed)

    class Backend(ExactBackend):
        def compile(self, structure: Any, sizes: Any) -> Any:
            return Tired(structure)

    (entry,) = carried_out(campaigns, Backend(), rounds=3).entries
    assert entry.row.verdict is Verdict.INCOMPLETE
    assert entry.runs == ()
    assert "gave up" in entry.row.reason


def test_a_cold_start_is_measured_apart(campaigns: Counts) -> None:
    (entry,) = carried_out(campaigns, Paced(), rounds=1, open_cold=opener({"exact": Paced()})).entries
    assert entry.cold is not None
    assert entry.speed_after(entry.cold) is not None


@pytest.fixture(scope="module")
def cold(document: Any) -> Any:
    """A benchmark of which a start with empty caches took 41 seconds of compilation."""
    start = {"load": {"wall": 1.0, "cpu": 1.0}, "build": None, "compile": {"wall": 41.0, "cpu": 41.0}, "wall": 42.0}
    return altered(document, lambda each: each.update(cold=start, seconds_to_enough_cold=[43.0, 44.0]))


def printed(found: Any, width: int = 80) -> str:
    stream = io.StringIO()
    show_bench(found, Console(file=stream, width=width, highlight=False))
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_cold_start_stands_in_the_terminal(cold: Any, width: int) -> None:
    words = " ".join(printed(cold, width).split())
    assert "41.0 s" in words
    assert "43.0 s –" in words
    assert "44.0 s" in words
    assert words.count("cold") >= 2


def test_a_cold_start_stands_in_the_report(cold: Any, document: Any) -> None:
    page, without = (bench_files(found)["report.html"].decode() for found in (cold, document))
    assert "cold compile" in page
    assert "43.0 s – 44.0 s" in page
    assert "cold compile" not in without


def test_where_nothing_was_cold_the_caches_are_named(cold: Any, document: Any) -> None:
    told = "Stan's C++ is compiled once and kept"
    assert told in " ".join(printed(document).split())
    assert told in bench_files(document)["report.html"].decode().replace("&#39;", "'")
    assert told not in " ".join(printed(cold).split())
    assert "--cold" not in " ".join(printed({**document, "axis": "groups"}).split())


def measured(seconds: float, ess: float = 1000.0, **changes: Any) -> Measurement:
    run = Seconds(seconds, seconds)
    values = {"seed": 1, "call": seconds, "run": run, "warmup": None, "sampling": None, "transfer": None}
    values |= {"bulk": ess, "tail": ess, "spread": ess, "slowest": "x", "gradients": 2000, "bytes": 1000}
    return Measurement(**{**values, **changes})


def entry(campaigns: Counts, backend: str, *seconds: float) -> Entry:
    row = FitResult("independent", backend, Verdict.PASSED)
    start = Start(Seconds(1.0), None, Seconds(2.0))
    return Entry(case(campaigns), row, start, runs=[measured(each) for each in seconds])


def test_speeds_are_ranked_by_ratios_of_the_same_round(campaigns: Counts) -> None:
    fast = entry(campaigns, "a", 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
    slow = entry(campaigns, "b", 2.0, 2.2, 2.4, 2.6, 2.8, 3.0)
    first, second = ranking([fast, slow])
    assert first.standing is Standing.FASTEST
    assert (second.standing, second.to) == (Standing.SLOWER, "a")
    assert second.ratio is not None
    assert second.ratio.median == pytest.approx(0.5)


def test_what_times_do_not_decide_is_inconclusive(campaigns: Counts) -> None:
    one = entry(campaigns, "a", 1.0, 1.2, 1.0, 1.2, 1.0, 1.2)
    other = entry(campaigns, "b", 1.2, 1.1, 1.2, 1.1, 1.2, 1.1)
    assert ranking([one, other])[1].standing is Standing.INCONCLUSIVE


def test_unstable_times_are_no_measurement(campaigns: Counts) -> None:
    stable, unstable = entry(campaigns, "a", *[1.0] * 6), entry(campaigns, "b", 0.2, 0.5, 0.2, 0.5, 0.2, 0.5)
    first, second = ranking([stable, unstable])
    assert first.standing is Standing.REFERENCE
    assert second.standing is Standing.INCONCLUSIVE
    assert "unstable" in unstable.doubts[0]


def test_seconds_to_enough_are_exact_where_phases_are_known_and_bounds_elsewhere(campaigns: Counts) -> None:
    unknown = entry(campaigns, "a", 10.0)
    assert unknown.seconds_to_enough(unknown.start) == pytest.approx((3.0 + 4.0, 3.0 + 10.0))
    phases = measured(10.0, warmup=Seconds(2.0), sampling=Seconds(8.0))
    known = replace(unknown, runs=[phases])
    assert known.seconds_to_enough(known.start) == pytest.approx((3.0 + 2.0 + 3.2,) * 2)


def altered(document: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    copy = json.loads(json.dumps(document))
    for each in copy["cases"][0]["entries"]:
        change(each)
    return dict(copy)


def slower(times: float) -> Callable[[dict[str, Any]], None]:
    def change(entry: dict[str, Any]) -> None:
        entry["speed"] |= {key: entry["speed"][key] / times for key in ("median", "low", "high")}

    return change


@pytest.mark.parametrize(
    ("times", "change", "code"),
    [(1.0, Change.NOT_SLOWER, ExitCode.PASSED), (3.0, Change.SLOWER, ExitCode.FAILED)],
)
def test_a_slowdown_fails_if_it_is_sure(document: Any, times: float, change: Change, code: ExitCode) -> None:
    found = compare(document, altered(document, slower(times)), 2.0)
    assert [each.change for each in found.changes] == [change]
    assert found.exit_code is code


def test_what_two_benchmarks_do_not_decide_stays_green(document: Any) -> None:
    speed = document["cases"][0]["entries"][0]["speed"]
    edge = (speed["high"] / speed["low"]) ** 0.5 * 1.0001
    found = compare(document, altered(document, slower(edge)), edge)
    assert found.changes[0].change is Change.INCONCLUSIVE
    assert found.exit_code is ExitCode.PASSED


def test_a_speed_that_is_lost_is_no_pass(document: Any) -> None:
    found = compare(document, altered(document, lambda each: each.update(speed=None, reason="crashed")))
    assert found.changes[0].change is Change.LOST
    assert found.exit_code is ExitCode.INCOMPLETE


def with_another(document: Any, **changes: Any) -> Any:
    """Return a benchmark in which another backend took part, too."""
    copy = json.loads(json.dumps(document))
    copy["cases"][0]["entries"].append({**copy["cases"][0]["entries"][0], "backend": "numpyro", **changes})
    return copy


def told_changes(found: Comparison) -> str:
    stream = io.StringIO()
    show_changes({**asdict(found), "exit_code": int(found.exit_code)}, Console(file=stream, width=80))  # type: ignore[typeddict-item]
    return " ".join(stream.getvalue().split())


def test_a_backend_that_took_part_only_in_the_old_benchmark_is_no_pass(document: Any) -> None:
    found = compare(with_another(document), document)
    assert [(each.backend, each.change) for each in found.changes][1:] == [("numpyro", "only in OLD")]
    assert found.exit_code is ExitCode.INCOMPLETE
    assert not found
    assert "Only in OLD: numpyro." in told_changes(found)


def test_a_backend_that_took_part_only_in_the_new_benchmark_is_told(document: Any) -> None:
    found = compare(document, with_another(document))
    assert [(each.backend, each.change) for each in found.changes][1:] == [("numpyro", "only in NEW")]
    assert found.exit_code is ExitCode.PASSED
    assert "Only in NEW: numpyro." in told_changes(found)


def test_what_had_no_speed_in_the_old_benchmark_is_not_missed_in_the_new_one(document: Any) -> None:
    found = compare(with_another(document, speed=None, reason="not installed"), document)
    assert found.exit_code is ExitCode.PASSED
    assert len(found.changes) == 1


def test_benchmarks_of_different_data_have_nothing_in_common(document: Any) -> None:
    other = json.loads(json.dumps(document))
    other["data"]["two"]["k"][0] += 1
    with pytest.raises(UsageError, match="nothing in common"):
        compare(document, other)


def test_sizes_of_one_recipe_are_different_things() -> None:
    found = bench_document(
        scaled("trials", opener({"paced": Named()}), most=1000), (), machine(), seed=1, axis="trials"
    )
    assert [case["size"] for case in found["cases"]] == [10, 1000]
    assert [change.case for change in compare(found, found).changes] == [case["label"] for case in found["cases"]]


def test_another_machine_is_named(document: Any) -> None:
    other = json.loads(json.dumps(document))
    other["machine"]["processor"] = "an abacus"
    assert any("an abacus" in sentence for sentence in compare(document, other).differences)


def test_a_benchmark_that_was_broken_on_purpose_is_named(document: Any) -> None:
    broken: Any = {**document, "mutant": "adds-up-chains"}
    words = "The backends of the new benchmark were broken on purpose: adds-up-chains."
    assert words in compare(document, broken).differences
    assert words not in compare(broken, document).differences


def test_files_for_other_programs_hold_the_same_numbers(document: Any) -> None:
    from pyarrow import parquet

    files = bench_files(document)
    table = parquet.read_table(io.BytesIO(files["runs.parquet"])).to_pylist()
    assert table == runs(document)
    assert len(table) == 6
    entry = document["cases"][0]["entries"][0]
    written: Any = pytest_benchmark(document)
    (benchmark,) = written["benchmarks"]
    assert benchmark["stats"]["median"] == pytest.approx(1.0 / entry["speed"]["median"], rel=0.05)
    assert benchmark["stats"]["rounds"] == 6
    (point,) = action_benchmark(document)
    assert point["value"] == entry["speed"]["median"]
    for name in ("pictures/speed.svg", "pictures/phases.svg"):
        assert ET.fromstring(files[name].decode()).tag.endswith("svg")
    assert b"<script" not in files["report.html"]


@pytest.mark.parametrize("name", ["*mine", "[mine", "\x1b[mine"])
def test_a_row_for_a_paper_begins_with_its_name_whatever_that_is(name: str, document: Any) -> None:
    named = json.loads(json.dumps(document)) | {"mutant": "sd-0.95", "interrupted": True}
    named["cases"][0]["entries"][0]["backend"] = name
    text = latex_tables(named)
    assert f"\n{{}}{name.removeprefix(chr(27))} & passed & " in text
    assert {"% Every backend was broken on purpose: sd-0.95."} <= set(text.splitlines())
    assert any(line.startswith("% This run was interrupted") for line in text.splitlines())


def test_tables_for_a_paper_have_the_numbers_and_no_command_of_a_name(document: Any) -> None:
    named = json.loads(json.dumps(document))
    (entry,) = named["cases"][0]["entries"]
    named["cases"][0]["label"] = "a\n\\input{/etc/passwd}"
    entry["backend"] = "50%_of \\today{} & more\x1b"
    text = bench_files(named)["tables.tex"].decode()
    comments = [line for line in text.splitlines() if line.startswith("%")]
    assert any("seed 1" in line for line in comments)
    lines = [line for line in text.splitlines() if line and line not in comments]
    assert lines[0] == r"\begin{tabular}{llrrrrr}"
    title, head, row = (line for line in lines if line.endswith(r"\\"))
    told = r"a\textbackslash{}input\{/etc/passwd\}, 6 rounds of 4 chains of 1000 + 2500"
    assert title == rf"\multicolumn{{7}}{{l}}{{{told}}} \\"
    assert head == r"backend & verdict & ESS/s & 95 \% interval & to the fastest & ESS/gradient & error/sd \\"
    name, verdict, speed, interval, *_ = row.split(" & ")
    assert (name, verdict) == (r"50\%\_of \textbackslash{}today\{\} \& more", "passed")
    assert speed == f"{entry['speed']['median']:,.0f}"
    assert interval == f"{entry['speed']['low']:,.0f} -- {entry['speed']['high']:,.0f}"
    assert [lines[2], lines[4], *lines[6:]] == [r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}"]


@pytest.mark.parametrize(
    ("library", "extra", "absent"),
    [("pyarrow", "parquet", {"runs.parquet"}), ("matplotlib", "plot", {"pictures/speed.svg", "pictures/phases.png"})],
)
def test_a_file_without_its_library_is_left_out_and_the_report_says_what_mends_it(
    library: str, extra: str, absent: set[str], document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    files = bench_files(document)
    assert not absent & set(files)
    assert f"pip install &#39;pplcompare[{extra}]&#39;".encode() in files["report.html"]


def test_names_of_users_are_text_in_every_file(campaigns: Counts) -> None:
    evil = "<script>alert(1)</script> $x^2$ {{7*7}}"
    plan = Plan(campaigns, [independent()], ["exact"], SETTINGS, seed=1, data=evil)
    one = whole_case(plan, independent())
    bench = carry_out_bench([one], Backends(["exact"], lambda _: nullcontext(Paced())), lambda _: None, rounds=1)
    files = bench_files(bench_document(bench, (), machine(), seed=1))
    page = files["report.html"].decode()
    assert "<script" not in page
    assert "{{7*7}}" in page
    assert "$x^2$" in page


def test_the_command_times_writes_and_compares(folder: Path) -> None:
    run = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke
    for name in ("old", "new"):
        found = run(main, ["bench", "campaigns", "--backends", "exact", "--rounds", "1", "--out", name, "--quiet"])
        assert found.exit_code == 0, found.output
        assert "campaigns, hierarchical, centred" in found.output
        assert "Too few rounds" in found.output
    compared = run(main, ["bench", "--compare", "old", "new", "--json"])
    assert compared.exit_code == 0, compared.output
    assert {each["change"] for each in json.loads(compared.output)["changes"]} == {"inconclusive"}
    stored = read_bench("old")
    (process,) = stored["processes"].values()
    assert process["threads"]["OMP_NUM_THREADS"] == "1"
    assert len(process["cores"]) <= 1
    assert process["peak_memory"] > 2**20


def test_only_a_model_with_hyperparameters_is_timed_without_its_rates(folder: Path) -> None:
    arguments = ["bench", "campaigns", "--backends", "exact", "--rounds", "1", "--marginal", "--quiet", "--json"]
    found = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke(main, arguments)
    assert found.exit_code == 0, found.output
    document = json.loads(found.stdout)
    assert [case["label"] for case in document["cases"]] == [
        "campaigns, independent, centred",
        "campaigns, hierarchical, centred",
        "campaigns, hierarchical, marginal",
    ]


def test_what_leaving_out_the_rates_gains_is_a_ratio_of_two_medians(campaigns: Counts) -> None:
    plan = Plan(campaigns, [hierarchical()], ["exact"], SETTINGS, seed=1, data="two")
    cases = [whole_case(plan, hierarchical(), form) for form in Form]
    bench = carry_out_bench(cases, Backends(["exact"], opener({"exact": Paced()})), lambda _: None, rounds=6)
    assert list(gains(bench.entries)) == []  # it needs no rates in either
    other = [replace(entry, row=replace(entry.row, backend="other")) for entry in bench.entries]
    (gain,) = gains(other)
    centred, marginal = (entry.speed for entry in other)
    assert centred is not None
    assert marginal is not None
    assert (gain.data, gain.model, gain.backend) == ("two", "hierarchical", "other")
    assert gain.ratio == separate_ratio(marginal, centred)
    told = list(told_gains(bench_document(replace(bench, entries=tuple(other)), (), machine(), seed=1)))
    assert "two, hierarchical" in told[0]
    assert "93.8 %" in told[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rounds", "0"], "--rounds"),
        (["--compare", "precious.txt", "nowhere"], "precious.txt"),
        (["--compare", "nowhere", "nowhere"], "nowhere"),
        (["--mutant", "nobody"], "--mutant"),
        (["--seed", "-1"], "seed"),
        (["rats", "rats"], "given twice"),
        (["--scaling", "groups", "--most", "5"], "--most"),
        (["--scaling", "groups", "--backends", "exact"], "no backend to time"),
        (["--scaling", "groups", "--cold"], "--cold"),
        (["rats", "--scaling", "groups"], "simulates counts"),
        (["--scaling", "groups", "--model", "independent"], "no model has hyper-parameters"),
        (["--marginal", "--model", "independent"], "no model has hyper-parameters"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(folder: Path, arguments: list[str], words: str) -> None:
    found = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke(main, ["bench", "--quiet", *arguments])
    assert found.exit_code == 2
    assert words in found.output
    assert len(found.output.splitlines()) == 1
    assert [path.name for path in folder.iterdir()] == ["precious.txt"]


def scaled(
    axis: str,
    opened: OpenBackend,
    *,
    most: int,
    names: Sequence[str] = ("paced",),
    forms: Sequence[Form] = (Form.CENTRED,),
) -> Bench:
    scaling = Scaling(axis, hierarchical(), forms, SETTINGS, seed=1, most=most)
    return carry_out_scaling(scaling, Backends(names, opened), lambda _: None, rounds=1)


def test_what_grows_is_timed_by_hyperparameters_alone() -> None:
    bench = scaled("chains", opener({"paced": Named()}), most=2)
    found = bench_document(bench, (), machine(), seed=1, axis="chains")
    assert [case["size"] for case in found["cases"]] == [1, 2]
    assert [case["settings"]["chains"] for case in found["cases"]] == [1, 2]
    for one in found["cases"]:
        (each,) = one["entries"]
        assert each["verdict"] == "passed", each["reason"]
        assert {run["slowest"] for run in each["rounds"]} <= {"alpha", "beta"}
    assert "pictures/scaling.svg" in bench_files(found)


def test_a_wrong_sampler_has_no_speed_where_only_hyperparameters_are_timed() -> None:
    bench = scaled("groups", opener({"paced": MutantBackend(Named(), MUTANTS["sd-0.95"])}), most=10)
    assert [one.row.verdict for one in bench.entries] == [Verdict.FAILED]


def test_a_backend_leaves_the_race_where_the_next_run_would_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pplcompare.validation.bench.scaling.LONGEST", 0.08)
    bench = scaled("chains", opener({"paced": Named()}), most=8)
    assert [case.size for case in bench.cases] == [1]


@pytest.mark.nightly(
    twin="tests/backends/test_marginal.py::test_recovered_draws_pass_the_exact_checks_of_the_whole_model"
)
def test_hyperparameters_of_both_forms_pass_on_a_real_backend() -> None:
    bench = scaled("groups", opened_alone, most=10, names=["numpyro"], forms=list(Form))
    assert [(one.case.form, one.row.verdict) for one in bench.entries] == [(form, Verdict.PASSED) for form in Form]
