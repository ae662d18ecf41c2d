"""``pplcompare ask predict``."""

from __future__ import annotations

from typing import Any

import click
from pplcompare.validation.commands.ask_options import before_option, groups_option, new_group_option, typed
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.number_options import interval_option, trials_option
from pplcompare.validation.commands.options import (
    MORE,
    data_argument,
    model_options,
    prepared,
)


@click.command(epilog=MORE)
@data_argument
@groups_option
@new_group_option
@trials_option("Trials to come of each group (default: its own number).")
@click.option("--rate", help="A rate that is known, in place of DATA, such as 0.1 or 10%; several as 10%,20%.")
@click.option("--at-least", help="Also the probability of so many successes or more; several as 15,20.")
@before_option
@interval_option
@model_options
def predict(data: tuple[str, ...], **options: Any) -> None:
    """Predict the next campaign of each group.

    The variance of a count has two parts. The epistemic one is the variance of n rate, which more data on this group
    would remove; the aleatoric one is the mean of n rate (1 - rate), which stays. At a rate that is known there is only
    the second.

    \b
    Examples:
      pplcompare ask predict A=19/200 B=3/10 --trials 500
      pplcompare ask predict my.csv --trials 500 --at-least 60
      pplcompare ask predict --rate 10% --trials 200
      pplcompare ask predict campaigns --before --model hierarchical
      pplcompare ask predict --group B --trials 10 --model hierarchical
      pplcompare ask predict --new-group --trials 10 --json
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.predict_job import check_rate, known_rates_job
        from pplcompare.validation.commands.typed_numbers import numbers, whole_numbers
        from pplcompare.validation.output.asked import show_at_rates
        from pplcompare.validation.output.terminal import console

        reached, rates = options.pop("at_least"), options.pop("rate")
        at_least = [] if reached is None else whole_numbers(reached, "--at-least")
        if rates is None:
            _of_groups(data, at_least, options)
            return
        check_rate(typed())
        document = known_rates_job(numbers(rates, "--rate"), options["trials"], options["interval"], at_least)
        if options["as_json"]:
            click.echo(json_text(document))
        else:
            show_at_rates(document, console())


def _of_groups(data: tuple[str, ...], at_least: list[int], options: dict[str, Any]) -> None:
    """Predict for groups of data."""
    given = prepared(data, options)
    from pplcompare.models.plain import json_text
    from pplcompare.validation.commands.ask_job import AskRequest
    from pplcompare.validation.commands.predict_job import predict_job
    from pplcompare.validation.output.asked import show_predicted
    from pplcompare.validation.output.terminal import console

    asked = given["groups"], given["new_group"], given["before"], given["interval"]
    request = AskRequest(given["models"], given["counts"], *asked)
    documents = predict_job(request, given["trials"], at_least)
    if given["as_json"]:
        click.echo(json_text(documents))
        return
    for name, document in documents.items():
        show_predicted(name, document, console(), request.left_out)
