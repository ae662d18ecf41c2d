"""``pplcompare ask``: questions whose answers are exact numbers."""

from __future__ import annotations

from typing import Any, Final

import click
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import MORE, data_argument, json_option, model_options, prepared

_BEFORE: Final = click.option("--before", is_flag=True, help="Before the data: what the prior says.")
_GROUPS: Final = click.option(
    "--group", "groups", multiple=True, help="A group by its name; may be repeated (default: the first ten)."
)
_NEW: Final = click.option("--new-group", is_flag=True, help="Also a group never seen.")
_COMPONENTS: Final = click.option("-m", "--components", type=int, default=5, show_default=True, help="Components.")
_MEAN: Final = click.option("--mean", type=float, help="The mean of a rate, in place of DATA.")
_COMMAND_LINE: Final = click.core.ParameterSource.COMMANDLINE


def _typed() -> list[str]:
    """Return the options and arguments that were typed, as they are called on the command line."""
    context = click.get_current_context()
    typed = [each for each in context.command.params if context.get_parameter_source(each.name or "") is _COMMAND_LINE]
    return [each.opts[-1] if isinstance(each, click.Option) else "DATA" for each in typed]


@click.group(epilog=MORE)
def ask() -> None:
    """Answer questions exactly: counts to come, coins, components that fail together.

    No draws are made. DATA is a known name or the path of a CSV file; it is campaigns if left out.

    \b
    Examples:
      pplcompare ask predict campaigns --trials 100
      pplcompare ask coins --rates 0.3,0.7 --trials 10
      pplcompare ask redundant --mean 0.05 --sd 0.001,0.01,0.1
      pplcompare ask together campaigns -m 5
    """


@ask.command(epilog=MORE)
@data_argument
@_GROUPS
@_NEW
@click.option("--trials", type=int, help="Trials to come (default: each group's own number).")
@_BEFORE
@model_options
def predict(data: tuple[str, ...], **options: Any) -> None:
    """Predict the next campaign of each group.

    The variance of a count has two parts. The epistemic one is the variance of n rate, which more data on this group
    would remove; the aleatoric one is the mean of n rate (1 - rate), which stays.

    \b
    Examples:
      pplcompare ask predict
      pplcompare ask predict campaigns --before --model hierarchical
      pplcompare ask predict --group B --trials 10 --model hierarchical
      pplcompare ask predict --new-group --trials 10 --json
    """
    with reported():
        given = prepared(data, options)
        from pplcompare.models.plain import json_text
        from pplcompare.validation.commands.ask_job import AskRequest, predict_job
        from pplcompare.validation.output.asked import show_predicted
        from pplcompare.validation.output.terminal import console

        request = AskRequest(given["models"], given["counts"], given["groups"], given["new_group"], given["before"])
        documents = predict_job(request, given["trials"])
        if given["as_json"]:
            click.echo(json_text(documents))
            return
        for name, document in documents.items():
            more = 0 if request.groups or request.new_group else len(request.counts.groups) - len(request.asked)
            show_predicted(name, document, console(), more)


@ask.command(epilog=MORE)
@click.option("--rates", required=True, help="The rate of each kind of coin, for example 0.3,0.7.")
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
@_GROUPS
@_NEW
@_BEFORE
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
        check_mean(_typed(), "--sd")
        if mean is not None:
            document = rates_job(mean, numbers(sds or "0", "--sd"), components)
        else:
            given = prepared(data, options)
            asked = given["groups"], given["new_group"], given["before"]
            document = redundant_job(AskRequest(given["models"], given["counts"], *asked), components)
        if options["as_json"]:
            click.echo(json_text(document))
        else:
            show_redundant(document, components, console())


@ask.command(epilog=MORE)
@data_argument
@_COMPONENTS
@_BEFORE
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
        check_mean(_typed(), "--correlation")
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
