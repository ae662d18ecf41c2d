"""The command line of a call, written again with some of its options changed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from pplcompare.validation.commands.delivery import Again


def command_line(context: click.Context) -> Again:
    """Return a function that writes the command line of this call again, with the changes that it is given."""
    parameters = {parameter.name or "": parameter for parameter in context.command.params}
    given = {
        name: context.params[name]
        for name in parameters
        if context.get_parameter_source(name) in (ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP)
    }

    def again(**changes: Any) -> str:
        values = given | changes
        words = [*_program(), context.info_name or ""]
        arguments: list[str] = []
        for name, parameter in parameters.items():
            if isinstance(parameter, click.Argument):
                arguments += [str(word) for word in _several(values.get(name))]
            else:
                words += _option(parameter.opts[0], values.get(name))
        separator = ["--"] if any(word.startswith("-") for word in arguments) else []
        return shlex.join([*words, *separator, *arguments])

    return again


def _option(option: str, value: Any) -> Iterator[str]:
    for one in _several(value):
        yield from () if one is False else (option,) if one is True else (option, str(one))


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _program() -> list[str]:
    """Return how this program is called here: by its name, if a shell finds it by that."""
    script = Path(sys.argv[0])
    if script.suffix == ".py":
        return [sys.executable, "-m", "pplcompare.validation.cli"]
    found = shutil.which(script.name)
    return [script.name if found is not None and os.path.realpath(found) == os.path.realpath(script) else str(script)]
