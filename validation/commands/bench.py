"""``pplcompare bench``."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from pplcompare.validation.commands import backends, completion
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.grouped import Grouped
from pplcompare.validation.commands.options import (
    BENCH_DATA,
    MORE,
    Options,
    backend_options,
    check_distinct,
    chosen_models,
    data_argument,
    limit_options,
    model_options,
    positive,
    quiet_option,
    read_all,
    table_options,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pplcompare.models.counts import Counts
    from pplcompare.models.spec import Model


@click.command(cls=Grouped, epilog=MORE, short_help="Time what is right, fairly, with intervals.")
@data_argument
@model_options
@backend_options
@limit_options
@click.option("--seed", type=int, default=0, show_default=True, help="From 0 to 2147483647.")
@click.option("--rounds", type=int, default=6, show_default=True, help="Timed runs of everything; 6 give intervals.")
@click.option("--chains", type=int, default=4, show_default=True, help="Chains of a run, on one core.")
@click.option("--warmup", type=int, default=1000, show_default=True, help="Transitions per chain that adapt.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Transitions per chain that are kept.")
@click.option("--marginal", is_flag=True, help="Also without rates, where a model can.")
@click.option("--scaling", type=click.Choice(["groups", "trials", "chains"]), help="Time hyper-parameters as it grows.")
@click.option("--most", type=int, default=10**7, help="Largest size of --scaling.")
@click.option("--cold", is_flag=True, help="Also start everything once with empty caches (minutes).")
@click.option(
    "--out", shell_complete=completion.a_folder, help="Results folder (default: ./pplcompare-bench-<UTC time>)."
)
@click.option("--force", is_flag=True, help="Replace an earlier results folder.")
@click.option(
    "--compare",
    nargs=2,
    shell_complete=completion.a_folder,
    metavar="OLD NEW",
    help="Time nothing: compare two results folders.",
)
@click.option(
    "--history",
    shell_complete=completion.a_file,
    metavar="FILE",
    help="Append the speeds to FILE, and compare them with those before.",
)
@click.option("--entries", type=click.IntRange(min=1), help="Earlier runs that --history compares with (default: 20).")
@click.option(
    "--slowdown",
    type=float,
    callback=positive,
    help="Exit with 1 if surely slower than that (default: 1.25, 1.1 with --history).",
)
@click.option(
    "--mutant",
    shell_complete=completion.mutants,
    help="Break every backend on purpose, for example stops-too-soon: see it noticed.",
)
@quiet_option
def bench(data: tuple[str, ...], **options: Any) -> None:
    """Time every available backend on DATA, fairly. Only what passes all checks has a speed.

    DATA are known names or tables, or groups such as A=19/200 B=3/10; without any, campaigns and rats.

    Each backend runs in a process of its own, on
    one core and with one thread; everything is compiled and checked first, then timed in rounds, each in another
    order, one run at a time. Speeds are effective draws per second, of the parameter that was sampled worst. Medians
    have intervals that assume no law of times; what they do not decide, and seconds that cannot be believed, are called
    inconclusive.

    \b
    Examples:
      pplcompare bench
      pplcompare bench rats --model hierarchical --marginal
      pplcompare bench my.csv --backends stan,nutpie --rounds 10 --cold
      pplcompare bench --scaling groups --marginal --most 1000
      pplcompare bench --compare pplcompare-bench-old pplcompare-bench-new
      pplcompare bench rats --history speeds.jsonl
      pplcompare bench --mutant compiles-while-sampling --backends exact
    """
    with reported():
        from pplcompare.validation.study.checked_options import check_options

        if options["compare"] is None:
            tables = table_options(options)
            check_options(options, backends.names())
            _check_meanings(data, options)
            models = chosen_models(options)
            counts = read_all(data or BENCH_DATA, tables)
            job = _of_data(counts, models, options)
        else:
            job = _of_changes(options)
        sys.exit(job())


def _check_meanings(data: tuple[str, ...], options: Options) -> None:
    """Refuse what means nothing together."""
    from pplcompare.models.errors import UsageError

    check_distinct(data)
    if data and options["scaling"]:
        raise UsageError("means nothing with --scaling, which simulates counts", where="DATA", seen=data[0])
    if options["cold"] and options["scaling"]:
        raise UsageError("is not measured with --scaling", where="--cold", mend="leave one of them out")


def _of_data(counts: dict[str, Counts], models: list[Model], options: Options) -> Callable[[], int]:
    """Return the job that times models, ready to start; it returns the exit code."""
    from pplcompare.validation.study.checked_options import sampled
    from pplcompare.validation.study.sizes import check_memory

    workers, settings = backends.Workers(options["time_limit"], options["memory_limit"]), sampled(options)
    for each in () if options["scaling"] else counts.values():
        check_memory(settings, each, models, workers.memory)
    from pplcompare.validation.commands.bench_job import BenchRequest, bench_job
    from pplcompare.validation.commands.delivery import Delivery, deliver
    from pplcompare.validation.exact import check_structure
    from pplcompare.validation.output.bench.bench_output import BenchOutput
    from pplcompare.validation.wrapped.mutants import CLOCK, MUTANTS

    check_structure(models)
    output = BenchOutput(options["out"], options["force"], options["as_json"])
    chosen = workers.alone(cold=options["cold"]).selected(options["backends"], options["require"])
    if options["mutant"] is not None:
        chosen = chosen.mutated(options["mutant"], {**CLOCK, **MUTANTS})
    again = command_line(click.get_current_context())
    delivery = Delivery(
        output.deliver, {"bench": output.folder}, options["out"], again, options["quiet"], options["force"]
    )
    what = {"rounds": options["rounds"], "marginal": options["marginal"]}
    along = {"axis": options["scaling"], "most": options["most"], **_history(options)}
    request = BenchRequest(counts, models, chosen, settings, options["seed"], delivery, **what, **along)
    return lambda: deliver(bench_job(request), request)


def _history(options: Options) -> Options:
    """Return the file of earlier runs, read once before anything is timed, and how a slowdown is called."""
    from pathlib import Path

    from pplcompare.models.errors import UsageError
    from pplcompare.validation.bench.history import ENTRIES, SLOWDOWN, Rule, read_history

    if options["history"] is None:
        if options["entries"] is not None:
            raise UsageError("is for --history", where="--entries", seen=options["entries"], mend="add --history FILE")
        if options["slowdown"] is not None:
            mend = "add --history FILE, or --compare OLD NEW"
            raise UsageError("nothing is compared", where="--slowdown", seen=options["slowdown"], mend=mend)
        return {}
    slowdown = SLOWDOWN if options["slowdown"] is None else options["slowdown"]
    if slowdown < 1.0:
        raise UsageError("must be at least 1", where="--slowdown", seen=slowdown)
    file = Path(options["history"])
    read_history(file)
    return {"history": file, "rule": Rule(slowdown, ENTRIES if options["entries"] is None else options["entries"])}


def _of_changes(options: Options) -> Callable[[], int]:
    """Return the job that compares two results folders, ready to start; it returns the exit code."""
    from pplcompare.validation.bench.changes import SLOWDOWN
    from pplcompare.validation.commands.bench_job import ChangesRequest, changes_job
    from pplcompare.validation.commands.delivery import Delivery, deliver
    from pplcompare.validation.output.bench.bench_output import deliver_changes

    delivery = Delivery(partial(deliver_changes, as_json=options["as_json"]))
    old, new = options["compare"]
    slowdown = SLOWDOWN if options["slowdown"] is None else options["slowdown"]
    request = ChangesRequest(old, new, slowdown, delivery)
    return lambda: deliver(changes_job(request), request)
