"""``pplcompare check``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click
from pplcompare.validation.commands import backends, completion
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.grouped import Grouped
from pplcompare.validation.commands.options import (
    MORE,
    Options,
    TableOptions,
    backend_options,
    chosen_models,
    data_argument,
    limit_options,
    model_options,
    quiet_option,
    read_all,
    table_options,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pplcompare.models.counts import Counts
    from pplcompare.models.spec import Model

# Options that mean something for draws made elsewhere.
_OF_DRAWS: Final = frozenset({"draws", "level", "junit", "as_json", "quiet"})


@click.command(cls=Grouped, epilog=MORE, short_help="Is every backend right? For CI; no speeds.")
@data_argument
@model_options
@backend_options
@limit_options
@click.option("--seed", type=int, help="From 0 to 2147483647 (default: 0).")
@click.option(
    "--level",
    type=float,
    default=1e-4,
    show_default=True,
    help="Family-wise false alarm of one look; of two, a thousandth of it.",
)
@click.option("--one-look", "single", is_flag=True, help="No second look: fail at --level at once.")
@click.option("--nightly", is_flag=True, help="Four times the draws: finds errors half as large.")
@click.option("--chains", type=int, help="(default: 4)")
@click.option("--warmup", type=int, help="Transitions per chain that adapt (default: 1000).")
@click.option(
    "--draws",
    shell_complete=completion.a_file,
    help="Transitions per chain that are kept (default: 2500), or a FILE of draws to check.",
)
@click.option("--jobs", type=int, help="Backends at the same time (default: number of processors).")
@click.option("--junit", shell_complete=completion.a_file, help="Write JUnit XML to this file.")
@click.option(
    "--out",
    shell_complete=completion.a_folder,
    help="Also store draws and a report: a folder with one for each data set.",
)
@click.option("--force", is_flag=True, help="Replace earlier results folders.")
@quiet_option
def check(data: tuple[str, ...], **options: Any) -> None:
    """Check that every available backend is right on DATA; no speeds. For CI.

    DATA are known names or tables, or groups such as A=19/200 B=3/10; without any, all known data sets.

    Seed and settings are fixed. Nothing is
    written unless asked. With GITHUB_ACTIONS=true what fails is annotated.

    A comparison beyond a screen at 0.05, all together, gets a second look: its fit is sampled again with a fresh seed
    and four times the draws, and fails only if that comparison is beyond its limit there at 2e-6 over all that was
    flagged (--level / 50). If a sum over the fits of a backend is flagged, all fits in it are sampled again. This is
    declared in advance (Gandy and Scott 2020): all correct samplers together fail with probability at most
    0.05 x 2e-6 = 1e-7 by default. What is no matter of chance (another model, a value that is no number, chains alike)
    fails at once.

    \b
    Examples:
      pplcompare check
      pplcompare check --require stan,numpyro --junit check.xml
      pplcompare check rats my.csv --model hierarchical --backends stan
      pplcompare check --nightly --json > nightly.json
      pplcompare check rats --model hierarchical --draws draws.nc

    \b
    Draws made elsewhere: a NetCDF file (ArviZ's, or a dataset with dimensions
    chain, draw, group) or JSON, variables called as in the model. From Python:
      arviz_base.from_dict({"posterior": {"alpha": a, "beta": b, "rate": r}},
                           dims={"rate": ["group"]}, coords={"group": names}
                           ).to_netcdf("draws.nc")
    From R, for fit <- model$sample(...) of cmdstanr:
      d <- fit$draws(); m <- posterior::extract_variable_matrix
      r <- posterior::extract_variable_array(d, "rate")
      jsonlite::write_json(digits = NA, path = "draws.json", list(posterior =
        list(alpha = t(m(d, "alpha")), beta = t(m(d, "beta")),
             rate = aperm(r, c(2, 1, 3)))))
    Groups without names are taken in the order of DATA.
    """
    with reported():
        from pplcompare.validation.study.checked_options import check_options, number_or_file

        tables = table_options(options)
        options["draws"] = number_or_file(options["draws"], "--draws")
        check_options(options, backends.names())
        models = chosen_models(options)
        counts = _read(data, tables)
        asked = _of_draws if isinstance(options["draws"], str) else _of_backends
        sys.exit(asked(counts, models, options)())


def _read(data: tuple[str, ...], tables: TableOptions) -> dict[str, Counts]:
    """Return the counts of the data sets, of all that are known if none is named."""
    from pplcompare.models.datasets import DATASETS

    return read_all(data or tuple(DATASETS), tables)


def _of_backends(counts: dict[str, Counts], models: list[Model], options: Options) -> Callable[[], int]:
    """Return the job that checks backends, ready to start; it returns the exit code."""
    from pplcompare.validation.commands.check_job import SETTINGS, CheckRequest, check_job, nightly
    from pplcompare.validation.commands.delivery import Delivery, deliver
    from pplcompare.validation.exact import check_structure
    from pplcompare.validation.output.check.check_output import CheckOutput
    from pplcompare.validation.output.check.check_store import result_folders
    from pplcompare.validation.study.checked_options import sampled
    from pplcompare.validation.study.sizes import check_memory

    looks = 1 if options["single"] else 2
    settings = sampled(options, draws=SETTINGS.draws)
    settings = nightly(settings) if options["nightly"] else settings
    workers = backends.Workers(options["time_limit"], options["memory_limit"])
    for each in counts.values():
        check_memory(settings, each, models, workers.memory, looks=looks)
    check_structure(models)
    out = options["out"]
    folders = result_folders(counts, out, options["force"]) if out else {}
    output = CheckOutput(options["junit"], options["as_json"], folders.values())
    again = command_line(click.get_current_context())
    request = CheckRequest(
        counts,
        models,
        workers.backends.selected(options["backends"], options["require"]),
        Delivery(output.deliver, folders, out, again, options["quiet"], options["force"]),
        settings,
        seed=options["seed"] or 0,
        level=options["level"],
        looks=looks,
        jobs=options["jobs"],
    )
    return lambda: deliver(check_job(request), request)


def _of_draws(counts: dict[str, Counts], models: list[Model], options: Options) -> Callable[[], int]:
    """Return the job that checks draws made elsewhere, ready to start; it returns the exit code."""
    from pplcompare.models.errors import UsageError
    from pplcompare.validation.commands.check_job import DrawsRequest, draws_job
    from pplcompare.validation.commands.delivery import Delivery, deliver
    from pplcompare.validation.output.check.check_output import CheckOutput

    output = CheckOutput(options["junit"], options["as_json"])
    # By identity: 0 is a seed.
    given = [name for name, value in options.items() if not (value is None or value is False or value == ())]
    if without_meaning := [name for name in given if name not in _OF_DRAWS]:
        option = f"--{without_meaning[0].replace('single', 'one-look').replace('_', '-')}"
        raise UsageError("means nothing for draws made elsewhere", where=option, mend="leave it out")
    delivery = Delivery(output.deliver, quiet=options["quiet"])
    request = DrawsRequest(counts, models, options["draws"], options["level"], delivery)
    return lambda: deliver(draws_job(request), request)
