"""A command of ours in the process of a test, where one of its own would only cost time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from click.testing import CliRunner, Result
from pplcompare.validation.cli import main


def invoked(arguments: Sequence[str], environment: Mapping[str, str | None]) -> Result:
    """Return what a command printed and how it ended; nothing but the end of a process may be raised."""
    found = CliRunner().invoke(main, arguments, env=environment)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found
