"""``pplcompare ask``: questions whose answers are exact numbers."""

from __future__ import annotations

from typing import Any, Final

import click
from pplcompare.validation.commands.ask_options import before_option, groups_option, new_group_option, typed
from pplcompare.validation.commands.ask_predict import predict
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.number_options import interval_option, typed_share
from pplcompare.validation.commands.one_value import OneValueEach
from pplcompare.validation.commands.options import (
    MORE,
    data_argument,
    json_option,
    model_options,
    prepared,
)

_COMPONENTS: Final = click.option("-m", "--components", type=int, default=5, show_default=True, help="Components.")
_MEAN: Final = click.option(
    "--mean", callback=typed_share, metavar="RATE", help="The mean of a rate, in place of DATA, for example 0.05 or 5%."
)


@click.group(cls=OneValueEach, epilog=MORE)
def ask() -> None:
    """Answer questions exactly: counts to come, coins, components that fail together.

    No draws are made. DATA is a known name, the path of a table, or groups with successes and trials, such as
    A=19/200 B=3/10; it is campaigns if left out.

    \b
    Examples:
      pplcompare ask predict A=19/200 B=3/10 --trials 100
      pplcompare ask predict --rate 10% --trials 200
      pplcompare ask coins --rates 0.3,0.7 --trials 10
      pplcompare ask redundant --mean 0.05 --sd 0.001,0.01,0.1
      pplcompare ask together campaigns -m 5
    """


ask.add_command(predict)


@ask.command(epilog=MORE)
@click.option("--rates", required=True, help="The rate of each kind of coin, for example 0.3,0.7 or 30%,70%.")
@click.option("--weights", help="The probability of each kind (default: all alike).")
@click.option("--trials", type=int, default=10, show_default=True)
@click.option("--at-least", type=int, help="Also the probability of so many successes or more.")
@json_option
def coins(rates: str, weights: str | None, trials: int, at_least: int | None, as_json: bool) -> None:
    """Compare a coin of an unknown kind with a plain one.

    Both have the same mean. The kind is drawn once, for all trials: a mixture of binomials, beside the binomial.

    \b
    Examples:
      pplcompare ask coins --rates 0.3,0.7 --trials 10
      pplcompare ask coins --rates 0.3,0.7 --trials 10 --at-least 9
      pplcompare ask coins --rates 0.5,1 --weights 0.9,0.1
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.typed_numbers import numbers
        from pplcompare.validation.output.asked import show_coins
        from pplcompare.validation.output.terminal import console
        from pplcompare.validation.questions.coins import binomial_mixture

        of = None if weights is None else numbers(weights, "--weights")
        found = binomial_mixture(trials, numbers(rates, "--rates"), of)
        if as_json:
            click.echo(json_text(found.to_dict()))
        else:
            show_coins(found, at_least, console())


@ask.command(epilog=MORE)
@data_argument
@_COMPONENTS
@groups_option
@new_group_option
@before_option
@interval_option
@_MEAN
@click.option("--sd", help="With --mean: standard deviations of the rate, for example 0.001,0.01,0.1.")
@model_options
def redundant(data: tuple[str, ...], **options: Any) -> None:
    """Ask how often m redundant components all fail.

    That is E p^m, beside quantiles of p^m. All components share one rate p, which is not known exactly: that of a group
    of DATA, or a Beta of --mean and --sd.

    \b
    Examples:
      pplcompare ask redundant --mean 0.05 --sd 0,0.001,0.01,0.1 -m 5
      pplcompare ask redundant campaigns -m 3 --new-group
      pplcompare ask redundant campaigns --before
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.ask_job import AskRequest, check_mean, rates_job, redundant_job
        from pplcompare.validation.commands.typed_numbers import numbers
        from pplcompare.validation.output.asked import show_redundant
        from pplcompare.validation.output.terminal import console

        mean, sds, components = options.pop("mean"), options.pop("sd"), options["components"]
        check_mean(typed(), "--sd")
        if mean is not None:
            document = rates_job(mean, numbers(sds or "0", "--sd"), components, options["interval"])
        else:
            given = prepared(data, options)
            asked = given["groups"], given["new_group"], given["before"], given["interval"]
            document = redundant_job(AskRequest(given["models"], given["counts"], *asked), components)
        if options["as_json"]:
            click.echo(json_text(document))
        else:
            show_redundant(document, components, console())


@ask.command(epilog=MORE)
@data_argument
@_COMPONENTS
@before_option
@_MEAN
@click.option("--correlation", help="With --mean: correlations of two failures, for example 0,0.1,1.")
@model_options
def together(data: tuple[str, ...], **options: Any) -> None:
    """Ask how often m correlated components all fail.

    The components are new ones: independent, with rates of their own from the hierarchy of DATA, or with one common
    rate. With --mean it is a table by the correlation of two failures.

    \b
    Examples:
      pplcompare ask together campaigns -m 5 --model hierarchical
      pplcompare ask together --mean 0.05 --correlation 0,0.01,0.1,0.5,1
    """
    with reported():
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.ask_job import (
            CORRELATIONS,
            AskRequest,
            check_mean,
            correlations_job,
            together_job,
        )
        from pplcompare.validation.commands.typed_numbers import numbers
        from pplcompare.validation.output.asked import show_together
        from pplcompare.validation.output.terminal import console

        mean, rho, components = options.pop("mean"), options.pop("correlation"), options["components"]
        check_mean(typed(), "--correlation")
        if mean is not None:
            document = correlations_job(mean, components, numbers(rho or CORRELATIONS, "--correlation"))
        else:
            given = prepared(data, options)
            request = AskRequest(given["models"], given["counts"], before_the_data=given["before"])
            document = together_job(request, components)
        if options["as_json"]:
            click.echo(json_text(document))
        else:
            show_together(document, console())
