"""``pplcompare bench``."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import (
    BENCH_DATA,
    EXIT_CODES,
    backend_options,
    chosen_models,
    limit_options,
    model_options,
    positive,
    quiet_option,
    read_columns,
    read_counts,
)


@click.command(epilog=EXIT_CODES)
@click.argument("data", nargs=-1)
@model_options
@backend_options
@limit_options
@click.option("--seed", type=int, default=0, show_default=True, help="From 0 to 2147483647.")
@click.option("--rounds", type=int, default=6, show_default=True, help="Timed runs of everything; 6 give intervals.")
@click.option("--chains", type=int, default=4, show_default=True, help="One after the other.")
@click.option("--warmup", type=int, default=1000, show_default=True, help="Transitions per chain that adapt.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Transitions per chain that are kept.")
@click.option("--marginal", is_flag=True, help="Also without rates, where a model can.")
@click.option("--scaling", type=click.Choice(["groups", "trials", "chains"]), help="Time hyper-parameters as it grows.")
@click.option("--most", type=int, default=10**7, help="Largest size of --scaling.")
@click.option("--cold", is_flag=True, help="Also start everything once with empty caches (minutes).")
@click.option("--out", help="Results folder (default: ./pplcompare-bench-<UTC time>).")
@click.option("--force", is_flag=True, help="Replace an earlier results folder.")
@click.option("--compare", nargs=2, metavar="OLD NEW", help="Time nothing: compare two results folders.")
@click.option(
    "--slowdown",
    type=float,
    default=1.25,
    show_default=True,
    callback=positive,
    help="Exit with 1 if surely slower than that.",
)
@click.option("--mutant", help="Break every backend on purpose, for example stops-too-soon: see it noticed.")
@quiet_option
def bench(data: tuple[str, ...], **options: Any) -> None:
    """Time every available backend on DATA, fairly. Only what passes all checks has a speed.

    DATA are known names or CSV files; without any, campaigns and rats. Each backend runs in a process of its own, on
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
      pplcompare bench --mutant compiles-while-sampling --backends exact
    """
    with reported():
        from pplcompare.models.errors import UsageError
        from pplcompare.validation.study.checked_options import check_options, sampled
        from pplcompare.validation.study.sizes import check_memory

        compared, slowdown = options.pop("compare"), options.pop("slowdown")
        if compared is not None:
            from pplcompare.validation.jobs.bench_job import compared_benches
            from pplcompare.validation.output.bench_output import deliver_changes

            sys.exit(deliver_changes(compared_benches(*compared, slowdown=slowdown), options["as_json"]))
        columns = read_columns(options.pop("columns"))
        check_options(options, backends.names())
        for name in data:
            if data.count(name) > 1:
                raise UsageError("given twice", where="DATA", seen=name)
        if data and options["scaling"]:
            raise UsageError("means nothing with --scaling, which simulates counts", where="DATA", seen=data[0])
        if options["cold"] and options["scaling"]:
            raise UsageError("is not measured with --scaling", where="--cold", mend="leave one of them out")
        models = chosen_models(options)
        counts = {name: read_counts(name, columns) for name in data or BENCH_DATA}
        workers = backends.Workers(options.pop("time_limit"), options.pop("memory_limit"))
        for each in () if options["scaling"] else counts.values():
            check_memory(sampled(options), each, models, workers.memory)
        from pplcompare.validation.exact import check_structure
        from pplcompare.validation.jobs.bench_job import bench_backends
        from pplcompare.validation.jobs.the_rest import telling_the_rest
        from pplcompare.validation.output.bench_output import BenchOutput
        from pplcompare.validation.output.terminal import Progress
        from pplcompare.validation.storage.draft import drafted

        check_structure(models)
        output = BenchOutput(out := options.pop("out"), options.pop("force"), options.pop("as_json"))
        cold = workers.opened_cold if options.pop("cold") else None
        quiet = options.pop("quiet")
        again = command_line(click.get_current_context())
        with telling_the_rest(again, None, options["seed"], out), drafted(output.folder) as draft:
            with Progress(quiet) as announce:
                document = bench_backends(
                    counts,
                    models,
                    workers.opened_alone,
                    backends.names(),
                    announce,
                    opened_cold=cold,
                    keep=partial(output.keep, draft),
                    **options,
                )
            code = output.deliver(draft, document)
        sys.exit(code)
