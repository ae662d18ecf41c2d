"""Documents are what their types and the published schema say: no field more, none less."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.plain import plain
from pplcompare.validation.bench.bench_document import bench_document
from pplcompare.validation.bench.benchmark import carry_out_bench
from pplcompare.validation.bench.case import whole_case
from pplcompare.validation.bench.changes import compare
from pplcompare.validation.bench.scaling import Scaling, carry_out_scaling
from pplcompare.validation.bench.task import Form
from pplcompare.validation.cli import main
from pplcompare.validation.commands.check_job import CheckRequest, DrawsRequest, check_job, draws_job
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.documents import CheckDocument
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.study import carry_out
from pplcompare.validation.study.verdict import ExitCode
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend

from tests.validation.conftest import opener
from tests.validation.results_schema import DOCUMENTS, PUBLISHED, schema

COUNTS = Counts(["A", "B"], [200, 10], [19, 3])
RIGHT = {"exact": ExactBackend()}


class Missing(ExactBackend):
    def status(self) -> Status:
        return Status({}, "no such library", "pip install it")


ABSENT = {"exact": Missing()}
WRONG = {"exact": MutantBackend(ExactBackend(), MUTANTS["sd-0.95"])}
SETTINGS = NUTSSettings(draws=500)
TO_NOBODY: Delivery[CheckDocument] = Delivery(lambda _: 0)


def conforms(command: str, document: object) -> bool:
    """Return whether a document has exactly the fields of its type, with values of their types."""
    written = json.loads(json.dumps(document, allow_nan=False))
    return bool(msgspec.convert(written, DOCUMENTS[command], strict=True) == written)


def ignore(_text: str) -> None:
    pass


def test_the_published_schema_is_that_of_the_types() -> None:
    mend = "uv run python -m tests.validation.results_schema"
    assert PUBLISHED.read_text(encoding="utf-8") == schema(), f"the types have changed: {mend}"


def test_a_field_more_or_less_or_of_another_type_does_not_conform() -> None:
    found: dict[str, object] = {"hash": "x", **exact_summary(exact_posterior(independent(), COUNTS))}
    assert conforms("exact", {"m": found})
    assert not conforms("exact", {"m": {**found, "more": 1}})
    for other in ({**found, "hash": 1}, {**found, "log_evidence": "unknown"}, {"hash": "x"}):
        with pytest.raises(msgspec.ValidationError):
            conforms("exact", {"m": other})


@pytest.mark.parametrize("options", [[], ["--model", "hierarchical", "--prior", "alpha=HalfCauchy(1)"]], ids=str)
def test_exact_prints_the_published_document(options: list[str]) -> None:
    found = CliRunner().invoke(main, ["exact", "campaigns", "--json", *options])
    assert conforms("exact", json.loads(found.stdout))


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "predict", "--new-group", "--trials", "3"],
        ["ask", "predict", "--before"],
        ["ask", "coins", "--rates", "0.3,0.7"],
        ["ask", "redundant", "--before"],
        ["ask", "redundant", "--mean", "0.05", "--sd", "0.1"],
        ["ask", "together", "-m", "2"],
        ["ask", "together", "--mean", "0.05"],
        ["simulate", "campaigns", "--seed", "1"],
    ],
    ids=" ".join,
)
def test_an_answer_is_the_published_document(arguments: list[str]) -> None:
    found = CliRunner().invoke(main, [*arguments, "--json"])
    assert found.exit_code == 0, found.stderr
    command = " ".join(arguments[:2]) if arguments[0] == "ask" else arguments[0]
    assert conforms(command, json.loads(found.stdout))


@pytest.mark.parametrize("backends", [RIGHT, WRONG, ABSENT], ids=["right", "wrong", "absent"])
def test_a_run_is_the_published_document(backends: Mapping[str, ExactBackend]) -> None:
    plan = Plan(COUNTS, [independent(), hierarchical()], list(backends), SETTINGS, seed=1)
    study = carry_out(plan, opener(backends), ignore, exact_summary)
    assert conforms("run", summary(study, ExitCode.PASSED, machine(), mutant="sd-0.95"))
    unfinished = replace(study, rows=tuple(replace(row, fit=None, speed=None) for row in study.rows))
    assert conforms("run", summary(unfinished, ExitCode.INTERRUPTED, machine()))


@pytest.mark.parametrize("backends", [RIGHT, WRONG, ABSENT], ids=["right", "wrong", "absent"])
@pytest.mark.parametrize("single", [True, False], ids=["one look", "two looks"])
def test_a_check_is_the_published_document(backends: Mapping[str, ExactBackend], single: bool) -> None:
    known = Backends(list(backends), opener(backends))
    looks = 1 if single else 2
    request = CheckRequest({"two": COUNTS}, [independent()], known, TO_NOBODY, SETTINGS, looks=looks, jobs=1)
    document = check_job(request)
    assert conforms("check", document)


def test_a_check_of_draws_made_elsewhere_is_the_published_document(tmp_path: Path) -> None:
    file = tmp_path / "draws.json"
    rates = np.random.default_rng(1).beta(20.0, 180.0, (4, 500, 2))
    file.write_text(json.dumps({"posterior": {"rate": rates.tolist()}}), encoding="utf-8")
    assert conforms("check", draws_job(DrawsRequest({"two": COUNTS}, [independent()], str(file), 1e-4, TO_NOBODY)))


def test_a_benchmark_is_the_published_document() -> None:
    plan = Plan(COUNTS, [independent()], ["exact"], SETTINGS, seed=1, data="two")
    found = carry_out_bench([whole_case(plan, independent())], Backends(["exact"], opener(RIGHT)), ignore, rounds=1)
    document = bench_document(found, (), machine(), seed=1)
    assert conforms("bench", document)
    changes = compare(document, document)
    assert conforms("bench --compare", plain({**asdict(changes), "exit_code": int(changes.exit_code)}))


def test_what_grows_is_the_published_document() -> None:
    scaling = Scaling("groups", hierarchical(), (Form.CENTRED,), SETTINGS, seed=1, most=10)
    found = carry_out_scaling(scaling, Backends(["exact"], opener(RIGHT)), ignore, rounds=1)
    assert conforms("bench", bench_document(found, (), machine(), seed=1, axis="groups"))
