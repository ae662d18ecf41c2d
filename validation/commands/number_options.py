"""Options whose values are numbers as people type them: trials to come, rates in per cent, intervals."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import click

type _Command = Callable[..., Any]


class Aliased(click.Option):
    """An option whose further names are understood and not shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the line of the help, with the first name only."""
        shown = copy.copy(self)
        shown.opts = self.opts[:1]
        return super(Aliased, shown).get_help_record(ctx)


def trials_option(what: str) -> Callable[[_Command], _Command]:
    """Return the option of the trials to come, with what it says of itself."""
    return click.option("--trials", "--next", "trials", cls=Aliased, callback=_trials, metavar="N", help=what)


def _trials(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    from pplcompare.validation.commands.typed_numbers import whole_number_typed

    return _read(lambda: whole_number_typed(value, "--trials"))


def typed_share(_context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read a number that may be in per cent."""
    if value is None:
        return None
    from pplcompare.validation.commands.typed_numbers import one_number

    return _read(lambda: one_number(value, parameter.opts[0]))


def _interval(_context: click.Context, parameter: click.Parameter, value: str) -> float:
    from pplcompare.validation.commands.typed_numbers import interval_typed

    return _read(lambda: interval_typed(value, parameter.opts[0]))


def _read[T](number: Callable[[], T]) -> T:
    """Return a number, or refuse it as click does, which reads options before any command is reported."""
    from pplcompare.models.errors import UsageError

    try:
        return number()
    except UsageError as error:
        raise click.UsageError(str(error)) from error


interval_option: Final = click.option(
    "--interval",
    default="94%",
    show_default=True,
    callback=_interval,
    metavar="SHARE",
    help="The probability of the intervals that are shown, such as 95%, 95 or 0.95.",
)
