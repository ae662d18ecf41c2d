"""The job behind ``pplcompare bench``: cases from data and models, the benchmark, where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import cast

from pplcompare.backends.settings import NUTSSettings, checked_seed
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.bench.bench import Bench, carry_out_bench
from pplcompare.validation.bench.case import whole_case
from pplcompare.validation.bench.comparison import compare, read_bench
from pplcompare.validation.bench.document import bench_document
from pplcompare.validation.bench.scaling import carry_out_scaling
from pplcompare.validation.bench.target import Form
from pplcompare.validation.exact_backend import ExactBackend
from pplcompare.validation.jobs.altered import altered, mutation
from pplcompare.validation.mutants import CLOCK, MUTANTS
from pplcompare.validation.output.bench_documents import BenchDocument, ChangesDocument
from pplcompare.validation.output.plain import plain
from pplcompare.validation.study.checked_options import checked_count
from pplcompare.validation.study.fit_result import Announce
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.plan import FAMILY_LEVEL, Plan, sharing
from pplcompare.validation.study.selection import selected_backends
from pplcompare.validation.study.study import OpenBackend


def bench_backends(
    data: Mapping[str, Counts],
    models: Sequence[Model],
    opened: OpenBackend,
    names: Sequence[str],
    announce: Announce,
    *,
    backends: Sequence[str],
    require: Sequence[str],
    seed: int,
    rounds: int,
    chains: int,
    warmup: int,
    draws: int,
    marginal: bool,
    mutant: str | None,
    scaling: str | None,
    most: int,
    opened_cold: OpenBackend | None,
    keep: Callable[[BenchDocument], None],
) -> BenchDocument:
    """Time every model on every data set and backend; return the document.

    Parameters
    ----------
    marginal
        Time each model that has hyper-parameters without its rates, too.
    opened_cold
        Gives backends with empty caches; None where cold starts are not asked for.
    scaling, most
        Time hyper-parameters on simulated counts instead, along this axis and up to this size.
    keep
        Called with the document so far after each round but the last; not where something grows.
    """
    checked_count(rounds, "--rounds")
    chosen, required = selected_backends(names, backends, require)
    settings = NUTSSettings(chains=chains, warmup=warmup, draws=draws)
    root = checked_seed(seed)
    forms = (Form.CENTRED, Form.MARGINAL) if marginal else (Form.CENTRED,)
    if mutant is not None:
        opened = altered(opened, mutation(mutant, {**CLOCK, **MUTANTS}))
    if scaling is not None:
        competing = [name for name in chosen if name != ExactBackend.name]
        bench = carry_out_scaling(
            scaling,
            _with_hyperparameters(models, "--scaling"),
            forms,
            competing,
            opened,
            announce,
            settings=settings,
            seed=root,
            rounds=rounds,
            most=most,
        )
        return bench_document(bench, required, machine(), seed=root, mutant=mutant, axis=scaling)
    if marginal:
        _with_hyperparameters(models, "--marginal")
    wanted = [
        (name, model, form)
        for name in data
        for model in models
        for form in forms
        if form is Form.CENTRED or _has_hyperparameters(model)
    ]
    plans = [Plan(data[name], [model], chosen, settings, root, data=name) for name, model, _ in wanted]
    cases = [
        whole_case(plan, model, form)
        for plan, (_, model, form) in zip(sharing(plans, FAMILY_LEVEL, summed=False), wanted, strict=True)
    ]

    def keep_bench(bench: Bench) -> None:
        keep(bench_document(bench, required, machine(), seed=root, mutant=mutant))

    bench = carry_out_bench(cases, chosen, opened, announce, rounds=rounds, opened_cold=opened_cold, keep=keep_bench)
    return bench_document(bench, required, machine(), seed=root, mutant=mutant)


def _has_hyperparameters(model: Model) -> bool:
    return any(item.plate is None for item in model.structure.variables)


def _with_hyperparameters(models: Sequence[Model], where: str) -> Model:
    """Return the first model that has hyper-parameters, for an option that times them alone."""
    for model in models:
        if _has_hyperparameters(model):
            return model
    names = [model.name for model in models]
    raise UsageError("no model has hyper-parameters", where=where, seen=names, mend="name one with --model")


def compared_benches(old: str, new: str, *, slowdown: float) -> ChangesDocument:
    """Compare two results folders; return the document."""
    found = compare(read_bench(old), read_bench(new), slowdown)
    return plain(cast("ChangesDocument", {**asdict(found), "exit_code": int(found.exit_code)}))
