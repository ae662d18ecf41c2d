"""What a shell offers after a tab: names of data sets, models, backends and mutants, without importing any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import click
from click.shell_completion import CompletionItem

BACKENDS: Final = "pplcompare.backends"
"""The entry point group of backends."""

LANGUAGES: Final = ("math", "mermaid", "svg")
"""What ``show --as`` takes besides backends."""

type Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
"""Returns what an incomplete word may become."""


def offered(items: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that an incomplete word may become."""
    return [CompletionItem(name) for name in items if name.startswith(incomplete)]


def names_or_files(names: Iterable[str]) -> Complete:
    """Return a completion that offers these names, and files.

    Files come first: bash forgets what was offered before them, and takes them where nothing else is offered.
    """
    return lambda context, parameter, incomplete: [*a_file(context, parameter, incomplete), *offered(names, incomplete)]


def data_sets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the data sets that ship with this package, and files."""
    from importlib.resources import files

    folder = files("pplcompare.models").joinpath("data")
    names = sorted(file.name.removesuffix(".csv") for file in folder.iterdir())
    return names_or_files(names)(context, parameter, incomplete)


def backends(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer backends for the last of a list that is separated by commas."""
    before, comma, last = incomplete.rpartition(",")
    chosen = before.split(",")
    names = (name for name in _backend_names() if name not in chosen)
    return [CompletionItem(f"{before}{comma}{one.value}") for one in offered(names, last)]


def mutants(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ways to break a backend on purpose."""
    from pplcompare.validation.commands.mutant_names import MUTANT_NAMES

    return offered(MUTANT_NAMES, incomplete)


def languages(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer what a model can be shown as."""
    return offered((*LANGUAGES, *_backend_names()), incomplete)


def a_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell offer files."""
    return [CompletionItem(incomplete, type="file")]


def a_folder(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell offer folders."""
    return [CompletionItem(incomplete, type="dir")]


def _backend_names() -> list[str]:
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group=BACKENDS)})
