"""The job behind ``pplcompare check``: every data set on every model and backend, correctness only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.checks.diagnostics import Diagnostics, diagnose
from pplcompare.validation.checks.effective import least_ess
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.draws.checked_draws import CheckedDraws, check_draws
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.draws.labelled_draws import labelled_draws
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.check.check_store import check_writers, keep_part, store_check
from pplcompare.validation.output.check.check_summary import check_document, check_summary, one_look_document
from pplcompare.validation.output.documents import (
    CheckDataDocument,
    CheckDocument,
    CheckFitDocument,
    CheckHeaderDocument,
)
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.output.summary import data_document, fit_document, level_document
from pplcompare.validation.study.checked_options import checked_level
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.finished import Keep, keep_nothing
from pplcompare.validation.study.fit_result import FitResult, judged
from pplcompare.validation.study.machine import machine, processors
from pplcompare.validation.study.plan import FAMILY_LEVEL, Plan, derived_seed, sharing
from pplcompare.validation.study.sizes import DRAWS, NIGHTLY
from pplcompare.validation.study.study import Study, carry_out_all, no_answer
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.study.verdict import Verdict

SETTINGS: Final = NUTSSettings(draws=DRAWS)
"""How a check samples, unless it is told otherwise."""


def nightly(settings: NUTSSettings) -> NUTSSettings:
    """Return the settings of a nightly check, which has more draws."""
    return replace(settings, draws=NIGHTLY * settings.draws)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Data sets, checked on models and backends; stored if the delivery has folders.

    Attributes
    ----------
    level
        Family-wise false-alarm probability of one look at everything; two looks together have a thousandth of it.
    looks
        How many a fit may get: one or two.
    jobs
        Backends at the same time; None for as many as there are processors.
    """

    data: Mapping[str, Counts]
    models: Sequence[Model]
    backends: Backends
    delivery: Delivery[CheckDocument]
    settings: NUTSSettings = SETTINGS
    seed: int = 0
    level: float = FAMILY_LEVEL
    looks: int = 2
    jobs: int | None = None


def check_job(request: CheckRequest) -> CheckDocument:
    """Check the backends; return the document."""
    delivery, missing = request.delivery, tuple[str, ...]()

    def told(name: str) -> Told:
        alone = {} if len(request.data) == 1 else {"data": (name,)}
        return Told.now(name, delivery.repeated(seed=request.seed, **alone))

    def keep(study: Study) -> None:
        nonlocal missing
        keep_part(writers, study)
        missing = study.missing

    with (
        Progress(delivery.quiet) as announce,
        delivery.telling_the_rest(lambda: missing, request.seed),
        check_writers(delivery.folders, delivery.force, told) as writers,
    ):
        studies = checked_studies(request, announce, keep)
        document = document_of(studies, request)
        store_check(writers, studies, request.backends.references)
    return document


def checked_studies(request: CheckRequest, announce: Announce, keep: Keep = keep_nothing) -> tuple[Study, ...]:
    """Return what is found for each data set; `keep` is called with a study so far whenever a row in it is finished."""
    seeds, kept = _seeds(request.seed, request.data.values()), bool(request.delivery.folders)
    plans = [
        Plan(counts, request.models, request.backends.names, request.settings, seed, data=name, keeps_simulations=kept)
        for (name, counts), seed in zip(request.data.items(), seeds, strict=True)
    ]
    jobs = processors() if request.jobs is None else request.jobs
    return carry_out_all(
        sharing(plans, checked_level(request.level)),
        request.backends.open,
        announce,
        twice=request.looks == 2,
        preparing=jobs,
        jobs=jobs,
        # An exact posterior is shown in a report only.
        answer=exact_summary if request.delivery.folders else no_answer,
        keep=keep,
    )


def document_of(studies: Sequence[Study], request: CheckRequest) -> CheckDocument:
    """Return the document of what was found."""
    required, references = request.backends.required, request.backends.references
    return check_summary(studies, required, machine(), seed=request.seed, looks=request.looks, references=references)


@dataclass(frozen=True, slots=True)
class DrawsRequest:
    """Draws made elsewhere, of one data set and one model, checked in one look.

    Attributes
    ----------
    file
        The path of the file that holds the draws.
    level
        Family-wise false-alarm probability.
    """

    data: Mapping[str, Counts]
    models: Sequence[Model]
    file: str
    level: float
    delivery: Delivery[CheckDocument]


def draws_job(request: DrawsRequest) -> CheckDocument:
    """Check draws made elsewhere, in one look; return the document."""
    data, models = request.data, request.models
    with Progress(request.delivery.quiet) as announce:
        announce(f"checking {request.file}")
        if len(data) != 1 or len(models) != 1:
            mend = "for example: pplcompare check rats --model NAME --draws draws.nc"
            seen = [*data, *(model.name for model in models)]
            raise UsageError("draws are those of one data set and one model", where="--draws", seen=seen, mend=mend)
        ((name, counts),), (model,) = data.items(), models
        level = checked_level(request.level)
        found = read_draws(request.file, [variable.name for variable in model.structure.variables])
        exact, where = exact_posterior(model, counts), f"--draws {request.file}"
        checked = check_draws(exact, found.draws, level, where=where)
        diagnostics = _diagnosed(exact, labelled_draws(exact, found.draws, where)[0], checked)
    source = Path(request.file).name
    ess = least_ess(checked.sizes)
    row = FitResult(model.name, source, Verdict.INCOMPLETE, posterior=checked.report, ess=ess, diagnostics=diagnostics)
    row = judged(row, checked.report)
    levels = level_document(checked.levels)
    header: CheckHeaderDocument = {
        "looks": one_look_document(checked.level),
        "seed": None,
        "settings": None,
        "family_level": checked.level,
        "comparisons": checked.comparisons,
        "levels": levels["levels"],
        "limit": levels["limit"],
        "machine": machine(),
        "notes": [*found.notes, *(note for note in checked.notes if note not in checked.report.notes)],
    }
    fit: CheckFitDocument = {"data": name, "seconds": None, **fit_document(row)}
    return check_document(
        header, {name: cast("CheckDataDocument", data_document(counts))}, models, [row], [fit], [source]
    )


def _diagnosed(exact: ExactPosterior, draws: Draws, checked: CheckedDraws) -> Diagnostics:
    """Return what chains made elsewhere say; nothing where the gates have not let them through."""
    chains, length = next(iter(draws.values())).shape[:2]
    settings = NUTSSettings(chains=chains, draws=length)
    return diagnose(exact.model.structure, exact.inputs, draws if checked.sizes else None, settings)


def _seeds(root: int, data: Iterable[Counts]) -> list[int]:
    """Return a seed for each data set, by its content and not by where its file lies; of equal ones each its own.

    Scores are summed over fits, which must be independent.
    """
    seen = Counter[str]()
    seeds = []
    for counts in data:
        content = repr(data_document(counts))
        again = [str(seen[content])] if seen[content] else []
        seeds.append(derived_seed(root, content, *again))
        seen[content] += 1
    return seeds
