"""``pplcompare run``."""

from __future__ import annotations

import sys
from typing import Any

import click
from pplcompare.validation.commands import backends, completion
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.grouped import Grouped
from pplcompare.validation.commands.options import (
    MORE,
    backend_options,
    data_argument,
    limit_options,
    model_options,
    prepared,
    quiet_option,
)


@click.command(cls=Grouped, epilog=MORE, short_help="Same model? Right posterior? How fast?")
@data_argument
@model_options
@backend_options
@limit_options
@click.option("--seed", type=int, help="From 0 to 2147483647; drawn and printed if not given.")
@click.option("--chains", type=int, default=4, show_default=True)
@click.option("--warmup", type=int, default=1000, show_default=True, help="Transitions per chain that adapt.")
@click.option("--draws", type=int, default=5000, show_default=True, help="Transitions per chain that are kept.")
@click.option(
    "--out", shell_complete=completion.a_folder, help="Results folder (default: ./pplcompare-<data>-<UTC time>)."
)
@click.option("--force", is_flag=True, help="Replace an earlier results folder.")
@click.option("--marginal", is_flag=True, help="Sample without the rates: integrated out before, drawn exactly after.")
@click.option(
    "--mutant",
    shell_complete=completion.mutants,
    help="Break every backend on purpose, to see the checks fail, for example sd-0.95.",
)
@quiet_option
def run(data: tuple[str, ...], **options: Any) -> None:
    """Run every available backend on DATA: same model, right posterior, then speed.

    DATA is a known name (campaigns, rats, baseball, surgical), the path of a table, - for standard input, or groups
    with successes and trials, such as A=19/200 B=3/10. Columns are found by their usual names, such as variant,
    visitors, conversions.

    \b
    Examples:
      pplcompare run
      pplcompare run rats --seed 1 --out results
      pplcompare run --backends stan,numpyro --model hierarchical
      pplcompare run --model hierarchical --prior "alpha=Gamma(8, 4)"
      pplcompare run rats --model hierarchical --marginal
      pplcompare run --mutant sd-0.95      the draws are wrong: see it fail
    """
    with reported():
        from pplcompare.validation.study.checked_options import check_options, sampled, seed_or_drawn
        from pplcompare.validation.study.sizes import check_memory

        again = command_line(click.get_current_context())
        check_options(options, backends.names())
        given = prepared(data, options)
        workers = backends.Workers(given["time_limit"], given["memory_limit"])
        settings = sampled(given)
        check_memory(settings, given["counts"], given["models"], workers.memory)
        from pplcompare.validation.commands.delivery import Delivery, deliver
        from pplcompare.validation.commands.run_job import RunRequest, run_job
        from pplcompare.validation.exact import check_structure
        from pplcompare.validation.output.run.run_output import RunOutput

        check_structure(given["models"])
        output = RunOutput(given["data"], given["out"], given["force"], given["as_json"])
        chosen = workers.backends.selected(given["backends"], given["require"])
        if given["marginal"]:
            chosen = chosen.without_rates()
        if given["mutant"] is not None:
            chosen = chosen.mutated(given["mutant"])
        delivery = Delivery(
            output.deliver, {given["data"]: output.folder}, given["out"], again, given["quiet"], given["force"]
        )
        seed = seed_or_drawn(given["seed"])
        request = RunRequest(given["counts"], given["models"], chosen, settings, seed, delivery)
        sys.exit(deliver(run_job(request), request))
