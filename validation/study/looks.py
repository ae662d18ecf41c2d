"""A look at one fit: sampled once, its draws checked, then its predictions; what is told beside the verdict."""

from __future__ import annotations

from dataclasses import replace

from pplcompare.backends.fit import Fit
from pplcompare.models.errors import BackendError, UnsupportedModel
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.spec import Model
from pplcompare.validation.checks.diagnostics import diagnose
from pplcompare.validation.checks.effective import least_ess
from pplcompare.validation.checks.joint import DRAWN_HERE
from pplcompare.validation.checks.posterior_check import PosteriorCheck, check_posterior
from pplcompare.validation.checks.predictive_check import check_prediction, predicted
from pplcompare.validation.checks.result import Outcome, is_fact
from pplcompare.validation.study.fit_result import FitResult, PreparedFit, judged, without_result
from pplcompare.validation.study.our_counts import drawn_by_us
from pplcompare.validation.study.simulated import counts_to_come, from_prior
from pplcompare.validation.study.speed import speed_of
from pplcompare.validation.study.tally import Announce
from pplcompare.validation.study.verdict import Verdict
from pplcompare.validation.wrapped.marginal_program import MarginalProgram


def one_look(prepared: PreparedFit, announce: Announce) -> FitResult:
    """Sample once; check the draws, then the predictions if all is well; a speed for what passed."""
    row = _diagnosed(posterior_look(prepared, announce), prepared)
    row = _prediction_look(row, prepared, announce) if row.verdict is Verdict.PASSED else row
    return _with_prior(row, prepared, announce)


def whole_look(prepared: PreparedFit, announce: Announce) -> FitResult:
    """Sample once; check the draws, and the predictions, too, unless the draws failed for a reason that is a fact.

    Predictions are checked even where draws failed, since a second look may clear that failure.
    """
    row = _diagnosed(posterior_look(prepared, announce), prepared)
    bad_luck = row.verdict is Verdict.FAILED and not any(map(is_fact, row.posterior.failures))
    go_on = row.verdict is Verdict.PASSED or bad_luck
    row = _prediction_look(row, prepared, announce) if go_on else row
    return _with_prior(row, prepared, announce)


def _prediction_look(row: FitResult, prepared: PreparedFit, announce: Announce) -> FitResult:
    plan, exact = prepared.plan, prepared.exact
    assert row.fit is not None
    assert prepared.program is not None
    announce("are its predictions right?")
    seed = plan.fit_seed(row.model, f"{row.backend}, prediction")
    try:
        counts = predicted(prepared.program, exact, row.fit, seed)
    except BackendError as error:
        return _without_prediction(row, error)
    prediction = check_prediction(exact, counts, row.fit, seed, plan.levels)
    if prediction and drawn_by_us(exact, row.fit, seed, counts):
        ours = tuple(replace(it, outcome=Outcome.OURS) if it else it for it in prediction.results)
        prediction = replace(prediction, results=ours)
    kept = counts_to_come(exact, counts, plan.settings) if plan.keeps_simulations else None
    row = replace(row, prediction=prediction, simulated=kept)
    row = judged(row, row.compared)
    return row if row.verdict is Verdict.PASSED else replace(row, speed=None)


def _without_prediction(row: FitResult, error: BackendError) -> FitResult:
    """Return a row without predictions: a backend that cannot predict keeps its verdict, and a failure stays one."""
    if row.verdict is not Verdict.PASSED:
        return row
    if isinstance(error, UnsupportedModel):
        return replace(row, reason=f"no prediction: {error}")
    return replace(without_result(row, error), speed=None)


def posterior_look(prepared: PreparedFit, announce: Announce) -> FitResult:
    """Sample once and check the draws; a speed for what passed."""
    plan, exact, program = prepared.plan, prepared.exact, prepared.program
    assert program is not None
    announce("sampling")
    fit = program.sample(exact.inputs, plan.settings, prepared.seed)
    announce("is the posterior right?")
    note = DRAWN_HERE if isinstance(program, MarginalProgram) else ""
    structure, inputs, levels = exact.model.structure, exact.inputs, plan.levels
    check = check_posterior(exact, structure, inputs, fit.draws, plan.settings, levels, note=note)
    return checked(prepared.row, fit, check)


def checked(row: FitResult, fit: Fit, check: PosteriorCheck) -> FitResult:
    """Return the row with what a check of its fit found; a speed for what passed."""
    row = judged(replace(row, fit=fit, ess=least_ess(check.sizes), posterior=check.report), check.report)
    return replace(row, speed=speed_of(fit, check.sizes)) if row.verdict is Verdict.PASSED else row


def _diagnosed(row: FitResult, prepared: PreparedFit) -> FitResult:
    """Return the row with what users of Markov chains look for, which changes nothing else in it."""
    exact, program, fit = prepared.exact, prepared.program, row.fit
    assert fit is not None
    draws = None if row.ess is None else fit.draws  # where the gates have let them through
    found = diagnose(exact.model.structure, exact.inputs, draws, prepared.plan.settings, fit.statistics)
    with_rates = not isinstance(program, MarginalProgram) and _can_be_marginal(exact.model)
    return replace(row, diagnostics=replace(found, with_rates=with_rates))


def _can_be_marginal(model: Model) -> bool:
    try:
        marginalise(model)
    except UnsupportedModel:
        return False
    return True


def _with_prior(row: FitResult, prepared: PreparedFit, announce: Announce) -> FitResult:
    """Return the row with draws from the prior where simulations are kept: nothing in them changes its verdict."""
    plan, exact, program = prepared.plan, prepared.exact, prepared.program
    if not plan.keeps_simulations or program is None:
        return row
    announce("drawing from the prior")
    seed = plan.fit_seed(row.model, f"{row.backend}, prior")
    kept = from_prior(row.simulated, program, exact.model.structure, exact.inputs, plan.settings, seed)
    return replace(row, simulated=kept)
