"""The job behind ``pplcompare bench``: cases from data and models, the benchmark, where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.plain import plain
from pplcompare.models.spec import Model
from pplcompare.validation.bench.bench_document import bench_document
from pplcompare.validation.bench.benchmark import ROUNDS, Bench, KeepBench, carry_out_bench
from pplcompare.validation.bench.case import Case, whole_case
from pplcompare.validation.bench.changes import Change, compare, read_bench
from pplcompare.validation.bench.history import RULE, Rule, history_document, line_of, read_history
from pplcompare.validation.bench.scaling import Scaling, carry_out_scaling
from pplcompare.validation.bench.task import Form
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.output.bench.bench_documents import BenchDocument, ChangesDocument
from pplcompare.validation.output.bench.bench_output import keep_bench, store_bench
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.output.store import results_draft
from pplcompare.validation.storage.line_file import append_line
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import FAMILY_LEVEL, Plan, sharing
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.study.verdict import ExitCode
from pplcompare.validation.wrapped.exact_backend import ExactBackend


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """Models, timed on data sets and backends, and stored in the folder of the delivery.

    Attributes
    ----------
    marginal
        Whether each model that has hyper-parameters is timed without its rates, too.
    axis, most
        What grows in simulated counts, on which hyper-parameters alone are timed, and up to which size; None where the
        data sets are timed instead.
    history, rule
        The file of earlier runs, which this one is compared with and appended to, and how a slowdown is called; None
        where there is none.
    """

    data: Mapping[str, Counts]
    models: Sequence[Model]
    backends: Backends
    settings: NUTSSettings
    seed: int
    delivery: Delivery[BenchDocument]
    rounds: int = ROUNDS
    marginal: bool = False
    axis: str | None = None
    most: int = 10**7
    history: Path | None = None
    rule: Rule = RULE

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that are timed of a model that has hyper-parameters."""
        return (Form.CENTRED, Form.MARGINAL) if self.marginal else (Form.CENTRED,)


def bench_job(request: BenchRequest) -> BenchDocument:
    """Time every model on every data set and backend, and store that; return the document."""
    delivery = request.delivery

    def document_of(bench: Bench) -> BenchDocument:
        required, mutant = request.backends.required, request.backends.mutant
        return bench_document(bench, required, machine(), seed=request.seed, mutant=mutant, axis=request.axis)

    told = Told.now(", ".join(request.data), delivery.repeated(seed=request.seed))
    with delivery.telling_the_rest(None, request.seed), results_draft(delivery.folder, delivery.force) as draft:
        with Progress(delivery.quiet) as announce:
            if request.axis is None:
                bench = _timed(request, announce, lambda part: keep_bench(draft, document_of(part), told))
            else:
                bench = _scaled(request, request.axis, announce)
            document = document_of(bench)
            if request.history is not None and not document["interrupted"]:
                document = in_history(document, request.history, request.rule)
        store_bench(draft, document, told)
    return document


def in_history(document: BenchDocument, file: Path, rule: Rule) -> BenchDocument:
    """Append a benchmark to a history; return it with what has become slower, which fails what else has passed.

    A run without a speed that is believed, as on a busy machine, says so and fails nothing: no sampler is wrong for it.
    """
    line = line_of(document)
    runs = [*read_history(file), line]
    append_line(file, line)
    found = history_document(str(file), runs, rule)
    slower = any(each["change"] == Change.SLOWER for each in found["changes"])
    code = ExitCode.FAILED if slower and document["exit_code"] == ExitCode.PASSED else document["exit_code"]
    return {**document, "history": found, "exit_code": int(code)}


def _timed(request: BenchRequest, announce: Announce, keep: KeepBench) -> Bench:
    if request.marginal:
        _with_hyperparameters(request.models, "--marginal")
    return carry_out_bench(list(_cases(request)), request.backends, announce, rounds=request.rounds, keep=keep)


def _scaled(request: BenchRequest, axis: str, announce: Announce) -> Bench:
    """Time what grows; draws from the exact posterior are no race."""
    competing = request.backends.but(ExactBackend.name)
    model = _with_hyperparameters(request.models, "--scaling")
    scaling = Scaling(axis, model, request.forms, request.settings, request.seed, request.most)
    return carry_out_scaling(scaling, competing, announce, rounds=request.rounds)


def _cases(request: BenchRequest) -> Iterator[Case]:
    """Yield each data set, model and form that is timed; all share one family-wise level."""
    names, settings, seed = request.backends.names, request.settings, request.seed
    wanted = [
        (name, model, form)
        for name in request.data
        for model in request.models
        for form in request.forms
        if form is Form.CENTRED or _has_hyperparameters(model)
    ]
    plans = [Plan(request.data[name], [model], names, settings, seed, data=name) for name, model, _ in wanted]
    for plan, (_, model, form) in zip(sharing(plans, FAMILY_LEVEL, summed=False), wanted, strict=True):
        yield whole_case(plan, model, form)


def _has_hyperparameters(model: Model) -> bool:
    return any(item.plate is None for item in model.structure.variables)


def _with_hyperparameters(models: Sequence[Model], where: str) -> Model:
    """Return the first model that has hyper-parameters, for an option that times them alone."""
    for model in models:
        if _has_hyperparameters(model):
            return model
    names = [model.name for model in models]
    raise UsageError("no model has hyper-parameters", where=where, seen=names, mend="name one with --model")


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """Two results folders, compared; a backend is slower from the factor `slowdown` on."""

    old: str
    new: str
    slowdown: float
    delivery: Delivery[ChangesDocument]


def changes_job(request: ChangesRequest) -> ChangesDocument:
    """Compare two results folders; return the document."""
    found = compare(read_bench(request.old), read_bench(request.new), request.slowdown)
    return plain(cast("ChangesDocument", {**asdict(found), "exit_code": int(found.exit_code)}))
