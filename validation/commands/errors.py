"""Errors and signals as one line and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

import click
from pplcompare.validation.commands.one_value import OneValueEach
from pplcompare.validation.commands.signals import interruptible
from pplcompare.validation.storage import KEPT

_TAKES_NO_MORE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Commands(OneValueEach):
    """Commands whose wrong usage is told in one line, as everything else is."""

    def main(self, *arguments: Any, **options: Any) -> NoReturn:
        if sys.stdout is None:  # whatever is printed then is lost in silence
            click.echo("pplcompare: standard output: closed; leave it open, or send it to a file", err=True)
            sys.exit(4)
        try:
            sys.exit(super().main(*arguments, **{**options, "standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as help_page:
            help_page.show()
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            from pplcompare.models.errors import UsageError

            click.echo(f"pplcompare: {UsageError(error.format_message().rstrip('.'))}", err=True)
        sys.exit(2)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _delivered():  # pages of help
            return super().make_context(*arguments, **options)

    def invoke(self, context: click.Context) -> Any:
        with _delivered():  # pages of help of commands, and errors that cannot be told
            return super().invoke(context)


@contextmanager
def _delivered() -> Iterator[None]:
    """End where something cannot be written: otherwise click ends with 1, which means that a check has failed."""
    try:
        yield
    except OSError as error:
        _not_delivered(error)


@contextmanager
def reported() -> Iterator[None]:
    """Turn our errors into one line and an exit code."""
    from pplcompare.models import errors

    codes: dict[type[Exception], int] = {errors.Locked: 5, errors.StorageError: 4, errors.BackendUnavailable: 3}
    try:
        with interruptible():
            yield
    except errors.PplCompareError as error:
        click.echo(f"pplcompare: {error}", err=True)
        _tell_kept(error)
        sys.exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 2))
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # the terminal may have gone, too
            click.echo(f"pplcompare: interrupted{'' if _kept(stop) else '; nothing was written'}", err=True)
            _tell_kept(stop)
        sys.exit(128 + getattr(stop, "number", signal.SIGINT))
    except OSError as error:
        _not_delivered(error)
    except Exception as error:
        # Never 1: that means that a check has failed.
        click.echo(f"pplcompare: {type(error).__name__}: {error}; this is a defect of pplcompare itself", err=True)
        _tell_kept(error)
        if os.environ.get("PPLCOMPARE_TRACEBACK"):
            raise
        sys.exit(6)


def _not_delivered(error: OSError) -> NoReturn:
    """End with what it means that something could not be written; a reader that has gone is told only what was kept."""
    from pplcompare.models.errors import StorageError

    with suppress(OSError):
        # What is still held back would be tried again when the process ends, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        with suppress(OSError):
            _tell_kept(error)
        sys.exit(141)
    # Files have names; what takes no more and has none is standard output.
    where = error.filename or ("standard output" if error.errno in _TAKES_NO_MORE else "")
    with suppress(OSError):
        click.echo(f"pplcompare: {StorageError(error.strerror or str(error), where=str(where))}", err=True)
        _tell_kept(error)
    sys.exit(4)


def _kept(error: BaseException) -> list[str]:
    """Return the notes that say what was kept; others tell what happened in a worker."""
    return [note for note in getattr(error, "__notes__", []) if note.startswith(KEPT)]


def _tell_kept(error: BaseException) -> None:
    for note in _kept(error):
        click.echo(f"pplcompare: {note}", err=True)
