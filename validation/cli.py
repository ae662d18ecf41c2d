"""The command line: ``pplcompare``."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from pplcompare.validation.cli_selftest import selftest

if TYPE_CHECKING:
    from pplcompare.backends.protocol import Backend
    from pplcompare.models.counts import Counts
    from pplcompare.models.spec import Model

_EXIT_CODES = """\b
Exit codes:
  0  all checks passed          4  storage
  1  a check failed             5  (kept for locked results)
  2  bad input, nothing checked 6  incomplete or underpowered
  3  a required backend is missing
  130, 143  interrupted"""

_MODELS = ("independent", "hierarchical")


def _parts(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for text in value for name in text.split(","))
    if value and not all(names):
        raise click.BadParameter("a name is missing")
    return names


def _data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in reversed(
        (
            click.argument("data", default="campaigns"),
            click.option("--columns", default="", help="Columns of a CSV file: group=,n=,k= (default: group, n, k)."),
            click.option("--model", "models", multiple=True, help="A model: a name or FILE.toml; may be repeated."),
            click.option("--prior", "priors", multiple=True, help='A prior, for example "alpha=Gamma(16, 9)".'),
            click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables."),
        )
    ):
        command = decorate(command)
    return command


@click.group(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pplcompare")
def main() -> None:
    r"""Find out whether a sampler gives the right answer, and how fast.

    Beta-binomial models on PyMC, NumPyro and Stan, checked against exact posteriors.

    \b
    Examples:
      pplcompare run                     the workshop's two campaigns, everything
      pplcompare run rats                71 groups of rats
      pplcompare run my.csv --columns group=site,n=visits,k=sales
      pplcompare exact rats --model hierarchical_proportion
      pplcompare show hierarchical --as stan
      pplcompare doctor                  what is installed, what is missing
      pplcompare selftest                the harness itself under test
    """


@main.command(epilog=_EXIT_CODES)
@_data_options
@click.option("--backends", multiple=True, callback=_parts, help="Only these, comma-separated; each is then required.")
@click.option("--require", multiple=True, callback=_parts, help="Exit with 3 if one of these is missing.")
@click.option("--seed", type=int, help="From 0 to 2147483647; drawn and printed if not given.")
@click.option("--chains", type=int, default=4, show_default=True)
@click.option("--warmup", type=int, default=1000, show_default=True, help="Transitions per chain that adapt.")
@click.option("--draws", type=int, default=5000, show_default=True, help="Transitions per chain that are kept.")
@click.option("--out", help="Results folder (default: ./pplcompare-<data>-<UTC time>).")
@click.option("--force", is_flag=True, help="Replace an earlier results folder.")
@click.option("--mutant", help="Break every backend on purpose, to see the checks fail, for example sd-0.95.")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(data: str, **options: Any) -> None:
    r"""Run every available backend on DATA: same model, right posterior, then speed.

    DATA is a known name (campaigns, rats, baseball, surgical) or the path of a CSV file with columns group, n, k.

    \b
    Examples:
      pplcompare run
      pplcompare run rats --seed 1 --out results
      pplcompare run --backends stan,numpyro --model hierarchical --prior "alpha=Gamma(8, 4)"
      pplcompare run --mutant sd-0.95      the draws are wrong: see it fail
    """
    with _reported():
        prepared = _prepared(data, options)
        from pplcompare.validation.run_job import run_job

        sys.exit(run_job(data, opened=_opened, names=_names(), **prepared))


@main.command(epilog=_EXIT_CODES)
@_data_options
def exact(data: str, **options: Any) -> None:
    r"""Show the exact posterior of DATA; no backend is needed.

    \b
    Examples:
      pplcompare exact
      pplcompare exact rats --model hierarchical_proportion --prior "concentration=PowerLaw(1.5)"
    """
    with _reported():
        prepared = _prepared(data, options)
        from pplcompare.models.document import model_hash
        from pplcompare.validation.exact import exact_posterior
        from pplcompare.validation.exact_summary import exact_summary
        from pplcompare.validation.terminal import console, show_exact

        summaries = {
            model.name: {"hash": model_hash(model), **exact_summary(exact_posterior(model, prepared["counts"]))}
            for model in prepared["models"]
        }
        if prepared["as_json"]:
            click.echo(json.dumps(summaries, indent=2, ensure_ascii=False, allow_nan=False))
            return
        for name, document in summaries.items():
            show_exact(name, document, console())


@main.command(epilog=_EXIT_CODES)
@click.argument("model")
@click.argument("data", default="campaigns")
@click.option("--as", "language", default="math", show_default=True, help="stan, pymc, numpyro, math or mermaid.")
@click.option("--columns", default="", help="Columns of a CSV file: group=,n=,k= (default: group, n, k).")
@click.option("--prior", "priors", multiple=True, help='A prior, for example "alpha=Gamma(16, 9)".')
def show(model: str, data: str, language: str, **options: Any) -> None:
    r"""Show MODEL, a name or FILE.toml, as each library sees it, with the numbers of DATA in place.

    \b
    Examples:
      pplcompare show hierarchical
      pplcompare show hierarchical rats --as stan > rats.stan
      pplcompare show my.toml my.csv --as pymc --prior "alpha=Gamma(8, 4)"
    """
    with _reported():
        prepared = _prepared(data, {**options, "models": [model]})
        from pplcompare.backends.registry import load_backend
        from pplcompare.validation.program_text import program_text

        (chosen,) = prepared["models"]
        click.echo(program_text(chosen, prepared["counts"], language, load_backend), nl=False)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def doctor(as_json: bool) -> None:
    """Show what is installed, which versions, what is missing and how to mend it."""
    with _reported():
        from dataclasses import asdict

        from pplcompare.validation.doctor import examine, machine
        from pplcompare.validation.terminal import console, show_doctor

        found = examine(_names(), _opened)
        document = {"backends": {name: asdict(status) for name, status in found.items()}, "machine": machine()}
        if as_json:
            click.echo(json.dumps(document, indent=2))
        else:
            show_doctor(document, console())


def _prepared(data: str, options: dict[str, Any]) -> dict[str, Any]:
    """Replace the words of the options by counts and models; all bad input is found here."""
    from pplcompare.models.datasets import COLUMNS, load
    from pplcompare.models.errors import UsageError
    from pplcompare.models.model_choice import choose_models

    columns, given = dict(COLUMNS), set[str]()
    for part in filter(None, options.pop("columns").split(",")):
        role, equals, name = part.partition("=")
        if role not in columns or not equals or not name:
            raise UsageError("cannot be read", where="--columns", seen=part, mend="write group=site,n=visits,k=sales")
        if role in given:
            raise UsageError("given twice", where="--columns", seen=role)
        given.add(role)
        columns[role] = name
    if len(set(columns.values())) < len(columns):
        raise UsageError("one column cannot be two things", where="--columns", seen=columns)
    counts: Counts = load(data, columns)
    models: list[Model] = choose_models(options.pop("models") or _MODELS, options.pop("priors"))
    return {**options, "counts": counts, "models": models}


def _names() -> tuple[str, ...]:
    from pplcompare.backends.registry import backend_names

    return backend_names()


@contextmanager
def _opened(name: str) -> Iterator[Backend]:
    from pplcompare.backends.registry import load_backend
    from pplcompare.validation.remote import RemoteBackend
    from pplcompare.validation.worker_process import WorkerProcess

    with WorkerProcess(name, load_backend(name).environment()) as worker:
        yield RemoteBackend(worker)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn our errors into one line and an exit code."""
    from pplcompare.models import errors

    codes: dict[type[Exception], int] = {errors.StorageError: 4, errors.BackendUnavailable: 3}
    # SIGTERM unwinds like Ctrl-C, so that workers end and half-written folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except errors.PplCompareError as error:
        click.echo(f"pplcompare: {error}", err=True)
        sys.exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 2))
    except KeyboardInterrupt:
        click.echo("pplcompare: interrupted; nothing was written", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        # Never 1: that means that a check has failed.
        click.echo(f"pplcompare: {type(error).__name__}: {error}; this is a defect of pplcompare itself", err=True)
        if os.environ.get("PPLCOMPARE_TRACEBACK"):
            raise
        sys.exit(6)


main.add_command(selftest)

if __name__ == "__main__":
    main()
