"""The job behind ``pplcompare run``: compare and store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.commands.delivery import Delivery
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.documents import RunDocument
from pplcompare.validation.output.page import Told
from pplcompare.validation.output.progress import Progress
from pplcompare.validation.output.store import StudyWriter, results_draft
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.study import Plan, Study, carry_out
from pplcompare.validation.study.verdict import ExitCode, exit_code


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One data set, compared on models and backends and stored in the folder of its delivery."""

    counts: Counts
    models: Sequence[Model]
    backends: Backends
    settings: NUTSSettings
    seed: int
    delivery: Delivery[RunDocument]


def run_job(request: RunRequest) -> RunDocument:
    """Compare and write the results folder; return the document."""
    backends, delivery = request.backends, request.delivery
    plan = Plan(request.counts, request.models, backends.names, request.settings, request.seed, keeps_simulations=True)
    missing = backends.names

    def document_of(study: Study, code: ExitCode) -> RunDocument:
        return summary(study, code, machine(), marginal=backends.marginal, mutant=backends.mutant)

    with (
        delivery.telling_the_rest(lambda: missing, plan.seed),
        results_draft(delivery.folder, delivery.force) as draft,
        Progress(delivery.quiet) as announce,
    ):
        writer = StudyWriter(draft, Told.now(next(iter(delivery.folders)), delivery.repeated(seed=plan.seed)))

        def keep(study: Study) -> None:
            nonlocal missing
            writer.write(study, document_of(study, ExitCode.INTERRUPTED))
            missing = study.missing

        study = carry_out(plan, backends.open, announce, exact_summary, keep)
        found = [(row.backend, row.verdict) for row in study.rows]
        document = document_of(study, exit_code(found, backends.required, backends.references))
        announce(f"writing {delivery.folder}")
        writer.write(study, document, whole=True)
        draft.publish()
    return document
