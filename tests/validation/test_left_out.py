"""A quantity that cannot be certified is left out by name, before anything is sampled, and the rest is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.distributions import Gamma, HalfCauchy, LogNormal
from pplcompare.models.errors import AccuracyError
from pplcompare.models.interval import POSITIVE
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.cli import main
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.beta_binomial.mixture import Components
from pplcompare.validation.exact.beta_binomial.rate_marginal import RateMarginal
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.exact.exact_words import left_out_sentences
from pplcompare.validation.exact.quadrature.hyperparameter_marginal import HyperparameterMarginal
from pplcompare.validation.exact.quadrature.lattice import Lattice
from pplcompare.validation.exact.quadrature.moments import Moments
from pplcompare.validation.study.study import OpenBackend, Plan, carry_out
from pplcompare.validation.study.verdict import Verdict
from scipy import special

from tests.validation.conftest import know_fakes

ALL_FAILED = Counts("abcd", [10] * 4, [0] * 4)
TINY = ["--model", "hierarchical", "--prior", "alpha=Gamma(0.001, 0.001)", "--prior", "beta=Gamma(0.001, 0.001)"]


def log_evidence_on_a_grid(counts: Counts, shape: float) -> float:
    """Integrate over the logs of both shapes by the trapezoid rule, priors Gamma(shape, shape)."""
    step, log_gamma = 0.05, special.gammaln
    u = np.arange(-20.0, 10.0, step)
    x = np.exp(u)
    prior = shape * u - shape * x + shape * np.log(shape) - log_gamma(shape)
    n, k = counts.trials, counts.successes
    first, second = (prior + sum(log_gamma(x + j) - log_gamma(x) for j in of.tolist()) for of in (k, n - k))
    total = x[:, None] + x
    both = sum(int(np.sum(n == m)) * (log_gamma(total) - log_gamma(total + m)) for m in np.unique(n).tolist())
    coefficients = float(np.sum(log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0)))
    return float(special.logsumexp(first[:, None] + second + both) + coefficients + 2.0 * np.log(step))


def assert_answered(data: str, shape: float) -> None:
    counts = load(data)
    shown = exact_summary(exact_posterior(hierarchical(Gamma(shape, shape), Gamma(shape, shape)), counts))
    assert list(shown["left_out"]) == ["rate before the data"]
    assert shown["left_out"]["rate before the data"].startswith("the distribution reaches beyond the range of float64")
    assert "rate before the data" not in shown["quantities"]
    assert "not certified" not in str(shown["quantities"])
    assert shown["log_evidence"] == pytest.approx(log_evidence_on_a_grid(counts, shape), abs=2e-8)


@pytest.mark.parametrize(("data", "shape"), [("campaigns", 0.001), ("baseball", 0.01)])
def test_the_prior_of_a_rate_fails_alone(data: str, shape: float) -> None:
    assert_answered(data, shape)


@pytest.mark.nightly(twin="tests/validation/test_left_out.py::test_the_prior_of_a_rate_fails_alone")
@pytest.mark.parametrize("shape", [0.001, 0.01])
@pytest.mark.parametrize("data", ["campaigns", "rats", "baseball", "surgical"])
def test_the_prior_of_a_rate_fails_alone_on_all_data(data: str, shape: float) -> None:
    assert_answered(data, shape)


def test_moments_beyond_float64_fail_alone() -> None:
    found = exact_posterior(hierarchical(LogNormal(0, 30), LogNormal(0, 30)), load("campaigns"))
    assert found.error.largest <= 1e-9
    with pytest.raises(AccuracyError, match="beyond float64"):
        _ = found.marginal("alpha").mean
    with pytest.raises(AccuracyError, match="beyond float64"):
        found.derived(["concentration"])
    assert np.isfinite(found.derived(["log concentration"])["log concentration"].sd)
    assert found.marginal("rate", 0).mean == pytest.approx(0.1, abs=0.02)
    below = found.marginal("alpha").cdf(found.marginal("alpha").quantile(np.array([0.1, 0.9])))
    assert below == pytest.approx([0.1, 0.9], abs=1e-9)


def test_what_is_left_out_is_told_in_the_terminal_and_in_json() -> None:
    run = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke
    told = "Left out: rate before the data, because the distribution reaches beyond the range of float64 numbers"
    assert told in run(main, ["exact", "campaigns", *TINY]).output
    document = json.loads(run(main, ["exact", "campaigns", *TINY, "--json"]).output)
    assert list(document["hierarchical"]["left_out"]) == ["rate before the data"]


def test_a_run_tells_it_too_and_keeps_its_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know_fakes(monkeypatch)
    folder = tmp_path / "results"
    arguments = ["run", "campaigns", *TINY, "--backends", "honest", "--seed", "1", "--quiet", "--out", str(folder)]
    found = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke(main, arguments)
    assert found.exit_code == 0, found.output
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert list(document["models"]["hierarchical"]["exact"]["left_out"]) == ["rate before the data"]
    assert "Left out: rate before the data, because" in (folder / "report.html").read_text(encoding="utf-8")
    assert list((folder / "draws").iterdir())


def test_reasons_are_told_once_and_not_without_end() -> None:
    assert left_out_sentences({"a": "why", "b": "why", "c": "else"}) == [
        "Left out: a, b, because why.",
        "Left out: c, because else.",
    ]
    sentences = left_out_sentences({f"a{i}": f"reason {i}" for i in range(20)})
    assert len(sentences) == 9
    assert sentences[-1].startswith("12 more")


def test_what_is_refused_is_refused_before_anything_is_opened() -> None:
    def refusing(_: ExactPosterior) -> Mapping[str, Any]:
        raise AccuracyError("not today")

    def opened(name: str) -> Any:
        raise AssertionError(f"{name} was opened")

    plan = Plan(load("campaigns"), [hierarchical()], ["exact"], NUTSSettings(), seed=1)
    with pytest.raises(AccuracyError, match="not today"):
        carry_out(plan, opened, lambda _: None, refusing)


def test_rates_whose_distribution_is_known_a_little_worse_are_tested_all_the_same(exact_only: OpenBackend) -> None:
    """Quantiles of rates need 1e-8, and checks of so many draws only 1e-5."""
    model = hierarchical(HalfCauchy(25), HalfCauchy(25))
    rate = exact_posterior(model, ALL_FAILED).marginal("rate", 0)
    with pytest.raises(AccuracyError):
        rate.table()
    assert not rate.refusal
    (row,) = carry_out(
        Plan(ALL_FAILED, [model], ["exact"], NUTSSettings(draws=2500), seed=1), exact_only, lambda _: None
    ).rows
    assert row.verdict is Verdict.PASSED, row.reason
    tested = {result.subject for result in row.posterior.results if result.check == "mean of z"}
    assert tested >= {"alpha", "beta", "rate, all groups", *(f"rate[{group}]" for group in "abcd")}


def test_what_is_refused_is_left_out_and_all_other_groups_are_still_a_plate() -> None:
    posterior = exact_posterior(hierarchical(), load("campaigns"))
    settings = NUTSSettings(draws=2500)
    shape = settings.chains, settings.draws
    flat = posterior.simulate(settings.chains * settings.draws, np.random.default_rng(1))
    draws = {name: values.reshape(*shape, *values.shape[1:]) for name, values in flat.items()}
    refused = posterior.marginal("rate", 0)
    refused.__dict__["_table"] = AccuracyError("too many Betas")
    assert refused.refusal == "too many Betas"
    structure, levels = posterior.model.structure, Levels.equal(1e-6)
    report = check_posterior(posterior, structure, posterior.inputs, draws, settings, levels).report
    assert report.outcome is Outcome.PASSED, [str(result) for result in report.denied]
    (left_out,) = [result for result in report.of(Outcome.NOT_TESTED) if result.check == "exact distribution"]
    assert (left_out.subject, left_out.detail) == ("rate[A]", "too many Betas")
    pooled = [result for result in report.results if result.subject == "rate, all groups"]
    assert len(pooled) == 4
    assert all(result.detail.endswith("without 1 of 2 groups") for result in pooled)


def test_a_mixture_that_would_take_too_long_leaves_the_best_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pplcompare.validation.exact.beta_binomial.rate_lattice._MOST_COST", 1e5)
    shapes = np.full(1000, 2.0), np.full(1000, 3.0)
    few = Components(np.array([1.0 - 1e-6]), *(of[:1] for of in shapes))
    many = Components(np.full(1000, 1e-3), *shapes)
    rate = RateMarginal([few, many], 0, 0)
    assert rate.table(1e-5).error == pytest.approx(1e-6, rel=1e-3)
    assert not rate.refusal
    with pytest.raises(AccuracyError, match=r"an error of 1\.0e-06"):
        rate.table()
    assert "a mixture of too many Betas, got '1,000'" in RateMarginal([many], 0, 0).refusal


def test_a_refusal_is_computed_once() -> None:
    tried = []

    def sought() -> tuple[Lattice, float]:
        tried.append(1)
        raise AccuracyError("no lattice")

    alpha = HyperparameterMarginal(POSITIVE, sought, lambda u: u[0], lambda: Moments(0.0, 1.0))
    assert alpha.refusal == "no lattice"
    for ask in (alpha.table, lambda: alpha.line, lambda: alpha.best_line, lambda: alpha.quantile(np.array([0.5]))):
        with pytest.raises(AccuracyError, match="no lattice"):
            ask()
    assert len(tried) == 1


def test_the_exact_sampler_may_refuse_and_others_go_on(
    plan: Plan, exact_only: OpenBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AccuracyError("the bound of the rejection sampler was exceeded")

    monkeypatch.setattr(ExactPosterior, "simulate", refuse)
    rows = carry_out(plan, exact_only, lambda _: None).rows
    assert [row.verdict for row in rows] == [Verdict.INCOMPLETE] * 2
    assert "bound of the rejection sampler" in rows[0].reason
