"""The job behind ``pplcompare check``: every data set on every model and backend, correctness only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

from pplcompare.backends.settings import NUTSSettings, checked_seed
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UsageError
from pplcompare.models.spec import Model
from pplcompare.validation.checks.effective import least_ess
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.output.check_summary import check_document, check_summary, one_look_document
from pplcompare.validation.output.documents import (
    CheckDataDocument,
    CheckDocument,
    CheckFitDocument,
    CheckHeaderDocument,
)
from pplcompare.validation.output.summary import data_document, fit_document, level_document
from pplcompare.validation.study.checked_options import checked_count, checked_level
from pplcompare.validation.study.finished import Keep, keep_nothing
from pplcompare.validation.study.fit_result import Announce, FitResult, judged
from pplcompare.validation.study.machine import machine, processors
from pplcompare.validation.study.plan import Plan, derived_seed, sharing
from pplcompare.validation.study.selection import selected_backends
from pplcompare.validation.study.sizes import DRAWS, NIGHTLY
from pplcompare.validation.study.study import Answer, OpenBackend, Study, carry_out_all, no_answer
from pplcompare.validation.study.verdict import Verdict


def check_backends(
    data: Mapping[str, Counts],
    models: Sequence[Model],
    opened: OpenBackend,
    names: Sequence[str],
    announce: Announce,
    *,
    backends: Sequence[str] = (),
    require: Sequence[str] = (),
    seed: int = 0,
    level: float = 1e-4,
    single: bool = False,
    nightly: bool = False,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = DRAWS,
    jobs: int | None = None,
    answer: Answer = no_answer,
    references: Collection[str] = (),
    keep: Keep = keep_nothing,
) -> tuple[tuple[Study, ...], CheckDocument]:
    """Check the backends; return what was found and its document.

    Parameters
    ----------
    level
        Family-wise false-alarm probability of one look at everything; two looks together have a thousandth of it.
    single
        Whether there is one look, and no second one.
    nightly
        More draws.
    jobs
        Number of backends that run at the same time; defaults to the number of processors.
    answer
        Returns what is stored of an exact posterior; called before anything is sampled.
    references
        Backends that are the exact answer itself: what passes there alone is nothing checked.
    keep
        Called with a study so far whenever a row in it is finished.
    """
    chosen, required = selected_backends(names, backends, require)
    settings = NUTSSettings(chains=chains, warmup=warmup, draws=draws * (NIGHTLY if nightly else 1))
    root = checked_seed(seed)
    seeds = _seeds(root, data.values())
    plans = sharing(
        [
            Plan(counts, models, chosen, settings, seed, data=name)
            for (name, counts), seed in zip(data.items(), seeds, strict=True)
        ],
        checked_level(level),
    )
    jobs = processors() if jobs is None else checked_count(jobs, "jobs")
    studies = carry_out_all(
        plans, opened, announce, twice=not single, preparing=jobs, jobs=jobs, answer=answer, keep=keep
    )
    looks = 1 if single else 2
    return studies, check_summary(studies, required, machine(), seed=root, looks=looks, references=references)


def check_file(data: Mapping[str, Counts], models: Sequence[Model], file: str, level: float) -> CheckDocument:
    """Check draws made elsewhere, in one look; return the document."""
    if len(data) != 1 or len(models) != 1:
        mend = "for example: pplcompare check rats --model NAME --draws draws.nc"
        seen = [*data, *(model.name for model in models)]
        raise UsageError("draws are those of one data set and one model", where="--draws", seen=seen, mend=mend)
    ((name, counts),), (model,) = data.items(), models
    level = checked_level(level)
    draws = read_draws(file, [variable.name for variable in model.structure.variables])
    checked = check_draws(exact_posterior(model, counts), draws, level, where=f"--draws {file}")
    source = Path(file).name
    ess = least_ess(checked.sizes)
    row = judged(FitResult(model.name, source, Verdict.INCOMPLETE, posterior=checked.report, ess=ess), checked.report)
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
        "notes": [note for note in checked.notes if note not in checked.report.notes],
    }
    fit: CheckFitDocument = {"data": name, **fit_document(row)}
    return check_document(
        header, {name: cast("CheckDataDocument", data_document(counts))}, models, [row], [fit], [source]
    )


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
