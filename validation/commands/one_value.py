"""Options that name something have one value: of numbers the last one counts, as a wrapper's user expects."""

from __future__ import annotations

from typing import Final

import click

_NUMBERS: Final = (type(click.INT), type(click.FLOAT))


class OneValueEach(click.Group):
    """Commands that refuse an option that names two things where one is taken."""

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command and its words, of which none is given in vain."""
        found = super().resolve_command(context, words)
        if found[1] is not None and not context.resilient_parsing:
            refuse_twice(found[1], context, found[2])
        return found


def refuse_twice(command: click.Command, context: click.Context, words: list[str]) -> None:
    """Refuse an option that names one thing and has two: click would take the last, and a file would go unchecked.

    Raises
    ------
    click.UsageError
        If there is such an option. What else is wrong with the words, click tells in its turn.
    """
    try:
        *_, given = command.make_parser(click.Context(command, parent=context)).parse_args(list(words))
    except click.UsageError:
        return
    names = [it for it in given if isinstance(it, click.Option) and not (it.multiple or it.is_flag or it.count)]
    single = [it for it in names if not isinstance(it.type, _NUMBERS)]
    for option in single:
        if single.count(option) > 1:
            raise click.UsageError(f"{option.opts[0]}: given {single.count(option)} times; it takes one value")
