"""``pplcompare check``."""

from __future__ import annotations

import sys
from typing import Any

import click
from pplcompare.validation.commands import backends
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.options import (
    EXIT_CODES,
    backend_options,
    chosen_models,
    limit_options,
    model_options,
    quiet_option,
    read_columns,
    read_counts,
)


@click.command(epilog=EXIT_CODES)
@click.argument("data", nargs=-1)
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
@click.option("--draws", help="Transitions per chain that are kept (default: 2500), or a FILE of draws to check.")
@click.option("--jobs", type=int, help="Backends at the same time (default: number of processors).")
@click.option("--junit", help="Write JUnit XML to this file.")
@click.option("--out", help="Also store draws and a report: a folder with one for each data set.")
@click.option("--force", is_flag=True, help="Replace earlier results folders.")
@quiet_option
def check(data: tuple[str, ...], **options: Any) -> None:
    """Check that every available backend is right on DATA; no speeds. For CI.

    DATA are known names or CSV files; without any, all known data sets. Seed and settings are fixed. Nothing is
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
        from pplcompare.models.errors import UsageError
        from pplcompare.validation.study.checked_options import check_options, number_or_file, sampled
        from pplcompare.validation.study.sizes import DRAWS, NIGHTLY, check_memory

        columns = read_columns(options.pop("columns"))
        options["draws"] = number_or_file(options["draws"], "--draws")
        check_options(options, backends.names())
        models = chosen_models(options)
        from pplcompare.models.datasets import DATASETS

        names = data or tuple(DATASETS)
        for name in names:
            if names.count(name) > 1:
                raise UsageError("given twice", where="DATA", seen=name)
        counts = {name: read_counts(name, columns) for name in names}
        settings = sampled(options, draws=DRAWS * (NIGHTLY if options["nightly"] else 1))
        memory, looks = backends.Workers(memory_limit=options["memory_limit"]).memory, 1 if options["single"] else 2
        for each in () if isinstance(options["draws"], str) else counts.values():
            check_memory(settings, each, models, memory, looks=looks)
        from pplcompare.validation.output.check_output import CheckOutput
        from pplcompare.validation.output.terminal import Progress

        # By identity: 0 is a seed.
        given = {name: value for name, value in options.items() if not (value is None or value is False or value == ())}
        output = CheckOutput(given.pop("junit", None), given.pop("as_json", False))
        with Progress(given.pop("quiet", False)) as announce:
            document = _document(counts, models, announce, command_line(click.get_current_context()), given)
        sys.exit(output.deliver(document))


def _document(counts: Any, models: Any, announce: Any, again: Any, given: dict[str, Any]) -> Any:
    from pplcompare.models.errors import UsageError
    from pplcompare.validation.exact import check_structure
    from pplcompare.validation.jobs.check_job import check_backends, check_file
    from pplcompare.validation.jobs.the_rest import telling_the_rest
    from pplcompare.validation.output.check_store import check_writers, keep_part, result_folders, store_check
    from pplcompare.validation.output.exact_summary import exact_summary

    level, draws = given.pop("level"), given.pop("draws", None)
    if isinstance(draws, str):
        if given:
            option = f"--{next(iter(given)).replace('single', 'one-look').replace('_', '-')}"
            raise UsageError("means nothing for draws made elsewhere", where=option, mend="leave it out")
        announce(f"checking {draws}")
        return check_file(counts, models, draws, level)
    if draws is not None:
        given["draws"] = draws
    out, force = given.pop("out", None), given.pop("force", False)
    check_structure(models)
    folders = result_folders(counts, out, force) if out else {}
    if out:
        given["answer"] = exact_summary
    workers = backends.Workers(given.pop("time_limit", None), given.pop("memory_limit", None))
    given["references"] = references = backends.references()
    missing: tuple[str, ...] = ()

    def keep(study: Any) -> None:
        nonlocal missing
        keep_part(writers, study)
        missing = study.missing

    seed = given.get("seed", 0)
    with telling_the_rest(again, lambda: missing, seed, out), check_writers(folders) as writers:
        given["keep"] = keep
        studies, document = check_backends(
            counts, models, workers.opened, backends.names(), announce, level=level, **given
        )
        store_check(writers, studies, references)
    return document
