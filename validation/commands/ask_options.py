"""Options of several questions."""

from __future__ import annotations

from typing import Final

import click

before_option: Final = click.option("--before", is_flag=True, help="Before the data: what the prior says.")
groups_option: Final = click.option(
    "--group",
    "groups",
    multiple=True,
    help="A group by its name; may be repeated (default: the ten with the highest means).",
)
new_group_option: Final = click.option("--new-group", is_flag=True, help="Also a group never seen.")
_COMMAND_LINE: Final = click.core.ParameterSource.COMMANDLINE


def typed() -> list[str]:
    """Return the options and arguments that were typed, as they are called on the command line."""
    context = click.get_current_context()
    found = [each for each in context.command.params if context.get_parameter_source(each.name or "") is _COMMAND_LINE]
    return [_called(each) for each in found]


def _called(parameter: click.Parameter) -> str:
    """Return the first name that is long, ``--components`` of ``-m``."""
    if not isinstance(parameter, click.Option):
        return "DATA"
    return next(name for name in parameter.opts if name.startswith("--"))
