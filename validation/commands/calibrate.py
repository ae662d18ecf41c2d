"""``pplcompare calibrate``."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import click
from pplcompare.validation.commands import backends, completion
from pplcompare.validation.commands.calibrate_work import work
from pplcompare.validation.commands.command_line import command_line
from pplcompare.validation.commands.errors import reported
from pplcompare.validation.commands.grouped import Grouped
from pplcompare.validation.commands.one_value import refuse_twice
from pplcompare.validation.commands.options import (
    MORE,
    Options,
    backend_options,
    data_argument,
    limit_options,
    model_options,
    prepared,
    quiet_option,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
    from pplcompare.validation.commands.calibrate_job import CalibrateRequest

_REPLICATIONS: Final = 1000
_WARMUP: Final = 500
_OF_A_STORE: Final = {"resume": "--resume", "only_plan": "--plan", "dask": "--dask", "keep_draws": "--keep-draws"}
"""Options that mean nothing without the folder of a store, by name."""


class _OrWork(Grouped):
    """A command whose first word may be that of another one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] == [work.name]:
            if parent is not None and not parent.resilient_parsing:
                refuse_twice(work, parent, args[1:])
            return work.make_context(f"{info_name} {work.name}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(cls=_OrWork, epilog=MORE, short_help="Is every backend right on data sets of all kinds?")
@data_argument
@model_options
@backend_options
@limit_options
@click.option(
    "--source",
    metavar="[prior|posterior|FILE.py:FUNCTION]",
    default="prior",
    show_default=True,
    shell_complete=completion.names_or_files(("prior", "posterior")),
    help="Where truths come from; posterior: that of DATA; or a simulator of yours.",
)
@click.option("--times", type=int, default=1, show_default=True, help="New trials for each old one (posterior).")
@click.option("--own-simulator", is_flag=True, help="Let each backend simulate from the prior itself.")
@click.option("--replications", type=int, default=_REPLICATIONS, show_default=True, help="In batches of 25.")
@click.option("--seed", type=int, default=0, show_default=True, help="From 0 to 2147483647.")
@click.option("--warmup", type=int, default=_WARMUP, show_default=True, help="Transitions of each fit that adapt.")
@click.option("--thin", type=int, help="Transitions for each kept draw (default: as a pilot says).")
@click.option("--level", type=float, default=1e-4, show_default=True, help="False alarm, whenever one looks.")
@click.option("--kernel", is_flag=True, help="Test transitions, too: from truths, with a step that stays.")
@click.option("--jobs", type=int, help="Batches at the same time (default: number of processors).")
@click.option("--dask", metavar="ADDRESS", help="With --out: the scheduler of a Dask cluster that does the batches.")
@click.option("--out", shell_complete=completion.a_folder, help="Keep all ranks in this folder, a store, and a report.")
@click.option("--keep-draws", is_flag=True, help="With --out: keep truths and draws, too, for quantities to come.")
@click.option("--resume", is_flag=True, help="Go on with the store of --out: do what is missing.")
@click.option("--more", type=int, default=0, help="With --resume: so many replications beside those asked for.")
@click.option(
    "--plan", "only_plan", is_flag=True, help="With --out: make the store for others, fit nothing but pilots."
)
@click.option(
    "--history",
    shell_complete=completion.a_file,
    metavar="FILE",
    help="Append the ranks to FILE, and judge all runs there together.",
)
@click.option("--junit", shell_complete=completion.a_file, help="Write JUnit XML to this file.")
@click.option("--mutant", shell_complete=completion.mutants, help="Break every backend on purpose, for example k+1.")
@quiet_option
def calibrate(data: tuple[str, ...], **options: Any) -> None:
    """Calibrate every available backend on the groups of DATA: many data sets from known truths.

    Truths are drawn, counts given them, and each data set is fitted. If a sampler is right, the rank of a truth among
    99 of its draws is as likely any number from 0 to 99 as any other, for every quantity. Evidence against that is an
    e-process: it may be looked at whenever one likes, and more replications may be added until it is clear.

    It sees what a check on one data set cannot: errors on data that nobody tried, and models without an exact answer.

    \b
    Examples:
      pplcompare calibrate
      pplcompare calibrate rats --model hierarchical --backends stan,nutpie
      pplcompare calibrate rats --source posterior --out store
      pplcompare calibrate rats --model hierarchical --source mine.py:simulate
      pplcompare calibrate rats --source posterior --out store --resume --more 500
      pplcompare calibrate --mutant k+1 --backends exact --replications 100
      pplcompare calibrate rats --history nights.jsonl --seed 20270131
      pplcompare calibrate --kernel --backends numpyro,pymc,stan
      pplcompare calibrate rats --out /shared/store --dask tcp://10.0.0.1:8786
      pplcompare calibrate rats --out store --plan
      pplcompare calibrate work store --part 1/4     a part of what is missing
    """
    with reported():
        from dataclasses import replace

        from pplcompare.validation.study.checked_options import check_options

        check_options(options, backends.names())
        _check_meanings(options)
        request = _request(prepared(data, options))
        from pplcompare.validation.commands.calibrate_job import calibrate_job, check_truths, plan_job
        from pplcompare.validation.commands.delivery import deliver

        check_truths(request.plan)
        if options["only_plan"]:
            click.echo(f"{plan_job(request)} batches are missing in {request.store}")
            return
        with _executor(options["dask"]) as executor:
            found = calibrate_job(replace(request, hands=replace(request.hands, executor=executor)))
        sys.exit(deliver(found, request))


def _executor(dask: str | None) -> AbstractContextManager[Executor | None]:
    """Return who does the batches; None for workers here."""
    if dask is None:
        return nullcontext()
    from pplcompare.validation.commands.dask_executor import dask_executor

    return dask_executor(dask)


def _check_meanings(options: Options) -> None:
    """Refuse what cannot be used, or means nothing together."""
    from pplcompare.models.errors import UsageError
    from pplcompare.validation.study.checked_options import checked_count

    for name in ("replications", "warmup", "times"):
        checked_count(options[name], f"--{name}")
    if options["thin"] is not None:
        checked_count(options["thin"], "--thin")
    if options["more"] < 0:
        raise UsageError("a whole number of at least 0 is needed", where="--more", seen=options["more"])
    for name, option in _OF_A_STORE.items():
        if options[name] and options["out"] is None:
            raise UsageError("needs the folder of a store", where=option, mend="name it with --out")
    if options["only_plan"] and options["history"] is not None:
        raise UsageError("means nothing with --plan", where="--history", mend="add it to the command with --resume")
    if options["only_plan"] and options["dask"] is not None:
        raise UsageError("means nothing with --plan, which does no batch", where="--dask", mend="leave one out")
    if options["more"] and not options["resume"]:
        raise UsageError("means nothing without --resume", where="--more", mend="add --resume --out STORE")
    if options["source"] == "backend":
        raise UsageError("no source of truths", where="--source", seen="backend", mend="write --own-simulator")
    if options["source"] != "prior" and options["own_simulator"]:
        mend = f"leave it out with --source {options['source']}"
        raise UsageError("draws from the prior", where="--own-simulator", mend=mend)


def _request(given: Options) -> CalibrateRequest:
    """Return what is asked for; all bad input is found here."""
    from pathlib import Path

    from pplcompare.validation.calibrate.calibration_plan import CalibrationPlan
    from pplcompare.validation.calibrate.planned_source import source_of
    from pplcompare.validation.commands.batches_job import Hands
    from pplcompare.validation.commands.calibrate_job import CalibrateRequest
    from pplcompare.validation.commands.delivery import Delivery
    from pplcompare.validation.output.calibrate.calibration_output import CalibrationOutput
    from pplcompare.validation.output.store import writable
    from pplcompare.validation.study.machine import machine, processors
    from pplcompare.validation.wrapped.mutants import FOR_CALIBRATIONS

    workers = backends.Workers(given["time_limit"], given["memory_limit"])
    chosen = workers.backends.selected(given["backends"], given["require"])
    if given["mutant"] is not None:
        # An unknown one is refused; each worker breaks its own backend.
        chosen.mutated(given["mutant"], FOR_CALIBRATIONS)
    source, digest = source_of("backend" if given["own_simulator"] else given["source"])
    plan = CalibrationPlan(
        data=given["data"],
        counts=given["counts"],
        models=tuple(given["models"]),
        engines=tuple(chosen.names),
        source=source,
        simulator=digest,
        multiple=given["times"],
        warmup=given["warmup"],
        seed=given["seed"],
        level=given["level"],
        mutant=given["mutant"] or "",
        kernel=given["kernel"],
        keep_draws=given["keep_draws"],
        processor=machine()["processor"],
        versions={},
    )
    output = CalibrationOutput(given["junit"], given["as_json"])
    return CalibrateRequest(
        plan,
        given["replications"],
        given["thin"],
        None if given["out"] is None else writable(Path(given["out"]), "--out"),
        resume=given["resume"],
        more=given["more"],
        hands=Hands(workers, processors() if given["jobs"] is None else given["jobs"]),
        required=chosen.required,
        delivery=Delivery(output.deliver, again=command_line(click.get_current_context()), quiet=given["quiet"]),
        history=_history(given["history"], plan),
    )


def _history(given: str | None, plan: CalibrationPlan) -> Path | None:
    """Return the file of earlier runs after a look into it: what cannot be added to it is refused at once."""
    from pathlib import Path

    from pplcompare.validation.calibrate.night_history import read_nights
    from pplcompare.validation.output.store import writable

    if given is None:
        return None
    file = writable(Path(given), "--history")
    read_nights(file, plan)
    return file
