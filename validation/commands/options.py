"""Options that several commands have, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click
from pplcompare.validation.commands import completion

if TYPE_CHECKING:
    from pplcompare.models.counts import Counts
    from pplcompare.models.spec import Model

EXIT_MEANINGS: Final = {
    "0": "all checks passed",
    "1": "a check failed",
    "2": "bad input, or nothing was checked",
    "3": "a required backend is missing",
    "4": "storage",
    "5": "another run writes there",
    "6": "incomplete, underpowered or not certified",
    "129, 130, 143": "interrupted; what is finished is kept",
}
"""Exit codes and what they mean."""

_CODES: Final = "\n".join(f"  {code:<14} {what}" for code, what in EXIT_MEANINGS.items())
EXIT_CODES: Final = f"""\b
Exit codes:
{_CODES}

\b
PPLCOMPARE_TRACEBACK=1 shows what a backend's process printed and
raised. What a shell offers after a tab, in bash, zsh or fish:
  eval "$(_PPLCOMPARE_COMPLETE=bash_source pplcompare)"
  eval "$(_PPLCOMPARE_COMPLETE=zsh_source pplcompare)"
  _PPLCOMPARE_COMPLETE=fish_source pplcompare | source"""
MORE: Final = "Exit codes: pplcompare list exit-codes."

MODELS: Final = ("independent", "hierarchical", "hierarchical_proportion")
"""The families of models; a test compares them with the table."""
_DEFAULT: Final = MODELS[:2]
offer_models: Final = completion.names_or_files(MODELS)
BENCH_DATA: Final = ("campaigns", "rats")
"""What is timed if nobody names data."""

_MOST: Final = 1e9
"""Seconds or GiB: more than any job takes, and a whole number of bytes."""

type _Command = Callable[..., Any]

type Options = dict[str, Any]
"""The options of a command by name, as click gives them."""

type TableOptions = tuple[dict[str, str], list[str]]
"""What is said of the columns of tables: role -> column, and the columns that name the groups."""
type _Decorator = Callable[[_Command], _Command]


def _parts(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for text in value for name in text.split(","))
    if value and not all(names):
        raise click.BadParameter("a name is missing")
    return names


def positive(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse a number that is not above 0 or beyond what any option means."""
    if value is not None and not 0.0 < value <= _MOST:
        raise click.BadParameter(f"must be a number above 0 and at most {_MOST:g}, got {value:g}")
    return value


def _together(*decorators: _Decorator) -> _Decorator:
    def decorate(command: _Command) -> _Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


columns_option: Final = _together(
    click.option(
        "--columns",
        default="",
        help="Columns of a table, such as group=site,n=visits,k=sales (default: by their usual names).",
    ),
    click.option("--by", default="", help="Columns that name the groups: rows are summed over the others."),
)
prior_option: Final = click.option(
    "--prior", "priors", multiple=True, help='A prior, for example "alpha=Gamma(16, 9)".'
)
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
quiet_option: Final = click.option("--quiet", is_flag=True, help="No progress.")

model_options: Final = _together(
    columns_option,
    click.option(
        "--model",
        "models",
        multiple=True,
        help="A model: a name or FILE.toml; may be repeated.",
        shell_complete=offer_models,
    ),
    prior_option,
    json_option,
)
data_argument: Final = click.argument("data", nargs=-1, shell_complete=completion.data_sets)
_ONE: Final = "campaigns"
"""What is taken by commands of one data set if nobody names it."""

backend_options: Final = _together(
    click.option(
        "--backends",
        multiple=True,
        callback=_parts,
        shell_complete=completion.backends,
        help="Only these, comma-separated; each is then required.",
    ),
    click.option(
        "--require",
        multiple=True,
        callback=_parts,
        shell_complete=completion.backends,
        help="Exit with 3 if one of these is missing.",
    ),
)

limit_options: Final = _together(
    click.option(
        "--time-limit",
        type=float,
        callback=positive,
        help="Seconds that a backend may take for one step, such as a fit (default: 900).",
    ),
    click.option(
        "--memory-limit",
        type=float,
        callback=positive,
        help="GiB that a backend may hold with all that it starts (default: 8).",
    ),
)


def read_columns(text: str) -> dict[str, str]:
    """Return role -> column of ``group=site,n=visits,k=sales``."""
    from pplcompare.models.errors import UsageError
    from pplcompare.models.tables.roles import ROLES

    columns: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        role, equals, name = part.partition("=")
        if role not in ROLES or not equals or not name:
            raise UsageError("cannot be read", where="--columns", seen=part, mend="write group=site,n=visits,k=sales")
        if role in columns:
            raise UsageError("given twice", where="--columns", seen=role)
        columns[role] = name
    if len(set(columns.values())) < len(columns):
        raise UsageError("one column cannot be two things", where="--columns", seen=columns)
    return columns


def check_distinct(data: tuple[str, ...]) -> None:
    """Refuse a data set that is named twice."""
    from pplcompare.models.errors import UsageError

    for name in data:
        if data.count(name) > 1:
            raise UsageError("given twice", where="DATA", seen=name)


def table_options(options: Options) -> TableOptions:
    """Take what is said of the columns of tables out of the options."""
    by = [part.strip() for part in options.pop("by").split(",")]
    columns = read_columns(options.pop("columns"))
    if "group" in columns and any(by):
        from pplcompare.models.errors import UsageError

        mend = "leave out one of them; --by also sums rows"
        raise UsageError("--columns group= names the groups as well", where="--by", seen=by[0], mend=mend)
    return columns, [part for part in by if part]


def read_counts(data: str, options: TableOptions) -> Counts:
    """Return the counts of a data set; what is doubtful in it is told on standard error, and kept."""
    from pplcompare.models.datasets import read_data

    reading = read_data(data, *options)
    for note in reading.notes:
        click.echo(f"pplcompare: note: {note}", err=True)
    for doubt in reading.doubts:
        click.echo(f"pplcompare: warning: {doubt}", err=True)
    return reading.counts


def read_all(words: tuple[str, ...], options: TableOptions) -> dict[str, Counts]:
    """Return the counts of data sets by their names; groups with their counts, such as A=19/200, are one data set."""
    from pplcompare.models.errors import UsageError
    from pplcompare.models.inline_counts import inline_counts, is_group

    groups = [word for word in words if is_group(word)]
    if not groups:
        check_distinct(words)
        return {name: read_counts(name, options) for name in words}
    if len(groups) < len(words):
        other = next(word for word in words if word not in groups)
        name, equals, number = other.partition("=")
        if equals and "/" not in other:
            mend = f"write its successes and trials: {name}={number or 3}/10"
            raise UsageError("a group without its trials", where="DATA", seen=other, mend=mend)
        mend = f"a path begins with ./, a group is written as {groups[0]}"
        raise UsageError("groups and data sets cannot be mixed", where="DATA", seen=other, mend=mend)
    return {" ".join(words): inline_counts(words)}


def one_data_set(words: tuple[str, ...], options: TableOptions) -> tuple[str, Counts]:
    """Return the name and the counts of the only data set, which may be groups with their counts."""
    from pplcompare.models.errors import UsageError

    found = read_all(words, options)
    if len(found) > 1:
        raise UsageError(
            "one data set is needed", where="DATA", seen=words[1], mend="give one, or groups like A=19/200"
        )
    return next(iter(found.items()))


def prepared(data: tuple[str, ...], options: Options) -> Options:
    """Replace the words of the options by counts and models; all bad input is found here. `data` is the name."""
    tables, models = table_options(options), chosen_models(options)
    name, counts = one_data_set(data or (_ONE,), tables)
    return {"data": name, "counts": counts, "models": models, **options}


def chosen_models(options: Options) -> list[Model]:
    """Take models and priors out of the options and return the models."""
    from pplcompare.models.model_choice import choose_models

    return choose_models(options.pop("models") or _DEFAULT, options.pop("priors"))
