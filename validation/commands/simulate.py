"""``pplcompare simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.number_options import interval_option
from pplcompare.validation.commands.options import (
    MORE,
    columns_option,
    data_argument,
    json_option,
    one_data_set,
    prior_option,
    table_options,
)

if TYPE_CHECKING:
    from pplcompare.validation.commands.simulate_job import SimulateRequest


@click.command(epilog=MORE)
@data_argument
@click.option("--groups", type=int, help="Number of groups, called g1, g2, ..., where there is no DATA.")
@click.option("--trials", help="Trials of each group, where there is no DATA: one number, or one for each group.")
@click.option("--model", help="A name or FILE.toml (default: hierarchical).")
@prior_option
@click.option(
    "--given", multiple=True, help="A value that is not drawn, for example rate=10% or rate=0.1,0.3 (one for each)."
)
@click.option("--seed", type=int, help="From 0 to 2147483647; drawn and told if not given.")
@click.option("--draws", type=int, help="So many campaigns, summed up in a table in place of one as a file.")
@interval_option
@click.option("--rates", is_flag=True, help="Also a column of the rates behind the counts.")
@columns_option
@json_option
def simulate(data: tuple[str, ...], **options: Any) -> None:
    """Simulate a campaign from a model's priors: a CSV file on standard output.

    The groups and their trials are those of DATA, a known name, the path of a table or groups such as A=19/200 B=3/10,
    or as many as --groups and --trials say. What was drawn for the hyper-parameters, the seed and the sum of all groups
    go to standard error. What such campaigns bring on average is exact: ask predict --before, or --rate 10%.

    \b
    Examples:
      pplcompare simulate campaigns --seed 1
      pplcompare simulate --groups 2 --trials 200,10 --seed 1 > two.csv
      pplcompare simulate --groups 50 --trials 100 --rates --seed 1
      pplcompare simulate A=19/200 B=3/10 --given rate=10% --seed 1
      pplcompare simulate campaigns --draws 1000
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.simulate_job import SimulateRequest, simulate_job

        tables = table_options(options)
        request = SimulateRequest(
            one_data_set(data, tables)[1] if data else None,
            options["groups"],
            options["trials"],
            options["model"],
            options["priors"],
            options["given"],
            options["seed"],
        )
        if options["draws"] is not None:
            _many(request, options)
            return
        found, document = simulate_job(request)
        if options["as_json"]:
            click.echo(json_text(document))
            return
        click.echo(found.to_csv(rates=options["rates"]), nl=False)
        drawn = "".join(f", {name} = {value:.6g}" for name, value in document["hyperparameters"].items())
        k, n = int(found.counts.successes.sum()), int(found.counts.trials.sum())
        click.echo(f"pplcompare: {document['model']}, seed {document['seed']}{drawn}", err=True)
        if n:
            click.echo(f"pplcompare: {k:,} successes in {n:,} trials, {100.0 * k / n:.3g} %", err=True)


def _many(request: SimulateRequest, options: dict[str, Any]) -> None:
    """Show many campaigns, summed up."""
    from pplcompare.models.errors import UsageError
    from pplcompare.models.plain import json_text
    from pplcompare.validation.commands.simulate_job import simulate_many_job
    from pplcompare.validation.output.asked import show_simulated
    from pplcompare.validation.output.terminal import console

    if options["rates"]:
        raise UsageError("means nothing beside --draws", where="--rates", mend="leave out one of them")
    document = simulate_many_job(request, options["draws"], options["interval"])
    if options["as_json"]:
        click.echo(json_text(document))
        return
    show_simulated(document, console())
    click.echo(f"pplcompare: {document['model']}, seed {document['seed']}", err=True)
