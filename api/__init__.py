"""Bayesian samplers checked against exact answers: the public names, each imported when it is first used.

`docs/api.md` says what each of them is. Everything else may change without notice.

PYTEST_DONT_REWRITE: pytest, to which a plugin belongs, would warn where this package is imported before it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "AccuracyError",
    "Assured",
    "Backend",
    "BackendError",
    "BackendUnavailable",
    "Beta",
    "BetaBinomial",
    "BetaProportion",
    "Binomial",
    "BinomialMixture",
    "CheckNotPassed",
    "CheckedDraws",
    "CompilationError",
    "Counts",
    "CountsToCome",
    "DataError",
    "DataWarning",
    "Distribution",
    "EvaluationError",
    "ExactPosterior",
    "Exponential",
    "FailingTogether",
    "Fit",
    "FrozenKernel",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "ImproperPosterior",
    "Input",
    "Inputs",
    "InverseGamma",
    "Kernel",
    "Locked",
    "LogDensity",
    "LogNormal",
    "MarginalBackend",
    "MarginalModel",
    "Model",
    "NUTSSettings",
    "NewQuantity",
    "NotRight",
    "Observed",
    "Outcome",
    "Pareto",
    "PowerLaw",
    "PplCompareError",
    "Program",
    "RedundantFailure",
    "SamplingError",
    "SimulatedCounts",
    "Simulator",
    "SpecificationError",
    "Status",
    "StorageError",
    "Structure",
    "Target",
    "Timing",
    "Uniform",
    "UnsupportedModel",
    "UsageError",
    "Variable",
    "WorkerFailure",
    "__version__",
    "backend_names",
    "binomial_mixture",
    "calibrate",
    "check",
    "check_draws",
    "counts_at_rate",
    "counts_to_come",
    "exact",
    "exact_posterior",
    "failing_together",
    "failing_together_of",
    "hierarchical",
    "hierarchical_proportion",
    "independent",
    "load",
    "load_backend",
    "load_model",
    "marginalise",
    "rank_quantity",
    "redundant_failure",
    "redundant_failure_of",
    "simulate",
    "simulate_counts",
    "stan_executable",
    "target",
]

if TYPE_CHECKING:
    from pplcompare.backends.fit import Fit, Timing
    from pplcompare.backends.kernel import FrozenKernel, Kernel
    from pplcompare.backends.protocol import Backend, LogDensity, Program, Simulator, Status
    from pplcompare.backends.registry import backend_names, load_backend
    from pplcompare.backends.settings import NUTSSettings
    from pplcompare.backends.stan_toolchain.stan_executable import stan_executable
    from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
    from pplcompare.models.counts import Counts
    from pplcompare.models.datasets import load
    from pplcompare.models.distribution import Distribution
    from pplcompare.models.distributions import (
        Beta,
        BetaBinomial,
        BetaProportion,
        Binomial,
        Exponential,
        Gamma,
        HalfCauchy,
        HalfNormal,
        HalfStudentT,
        InverseGamma,
        LogNormal,
        Pareto,
        PowerLaw,
        Uniform,
    )
    from pplcompare.models.errors import (
        AccuracyError,
        BackendError,
        BackendUnavailable,
        CheckNotPassed,
        CompilationError,
        DataError,
        DataWarning,
        EvaluationError,
        ImproperPosterior,
        Locked,
        NotRight,
        PplCompareError,
        SamplingError,
        SpecificationError,
        StorageError,
        UnsupportedModel,
        UsageError,
        WorkerFailure,
    )
    from pplcompare.models.inputs import Inputs
    from pplcompare.models.marginal.rewrite import MarginalModel, marginalise
    from pplcompare.models.simulated_counts import SimulatedCounts, simulate_counts
    from pplcompare.models.simulation import simulate
    from pplcompare.models.spec import Model
    from pplcompare.models.specification_file import load_model
    from pplcompare.models.structure import Input, Observed, Structure, Variable
    from pplcompare.validation.calibrate.new_quantity import NewQuantity, rank_quantity
    from pplcompare.validation.checks.result import Outcome
    from pplcompare.validation.commands.calibration_call import calibrate
    from pplcompare.validation.draws.checked_draws import CheckedDraws, check, check_draws
    from pplcompare.validation.exact import ExactPosterior, exact_posterior
    from pplcompare.validation.exact.by_names import exact
    from pplcompare.validation.questions.coins import BinomialMixture, binomial_mixture
    from pplcompare.validation.questions.counts_to_come import CountsToCome, counts_to_come
    from pplcompare.validation.questions.known_rate import counts_at_rate
    from pplcompare.validation.questions.redundant import RedundantFailure, redundant_failure, redundant_failure_of
    from pplcompare.validation.questions.together import FailingTogether, failing_together, failing_together_of
    from pplcompare.validation.target.assured import Assured
    from pplcompare.validation.target.target import Target, target
    from pplcompare.validation.wrapped.marginal_program import MarginalBackend

    __version__: str
else:
    # Out of sight of type checkers, to which a name that is not listed above is an error.
    _NAMES = {
        "backends.fit": "Fit Timing",
        "backends.kernel": "FrozenKernel Kernel",
        "backends.protocol": "Backend LogDensity Program Simulator Status",
        "backends.registry": "backend_names load_backend",
        "backends.settings": "NUTSSettings",
        "backends.stan_toolchain.stan_executable": "stan_executable",
        "models.beta_binomial": "hierarchical hierarchical_proportion independent",
        "models.counts": "Counts",
        "models.datasets": "load",
        "models.distribution": "Distribution",
        "models.distributions": (
            "Beta BetaBinomial BetaProportion Binomial Exponential Gamma HalfCauchy HalfNormal HalfStudentT "
            "InverseGamma LogNormal Pareto PowerLaw Uniform"
        ),
        "models.errors": (
            "AccuracyError BackendError BackendUnavailable CheckNotPassed CompilationError DataError DataWarning "
            "EvaluationError ImproperPosterior Locked NotRight PplCompareError SamplingError SpecificationError "
            "StorageError UnsupportedModel UsageError WorkerFailure"
        ),
        "models.inputs": "Inputs",
        "models.marginal.rewrite": "MarginalModel marginalise",
        "models.simulated_counts": "SimulatedCounts simulate_counts",
        "models.simulation": "simulate",
        "models.spec": "Model",
        "models.specification_file": "load_model",
        "models.structure": "Input Observed Structure Variable",
        "validation.calibrate.new_quantity": "NewQuantity rank_quantity",
        "validation.checks.result": "Outcome",
        "validation.commands.calibration_call": "calibrate",
        "validation.draws.checked_draws": "CheckedDraws check check_draws",
        "validation.exact": "ExactPosterior exact_posterior",
        "validation.exact.by_names": "exact",
        "validation.questions.coins": "BinomialMixture binomial_mixture",
        "validation.questions.counts_to_come": "CountsToCome counts_to_come",
        "validation.questions.known_rate": "counts_at_rate",
        "validation.questions.redundant": "RedundantFailure redundant_failure redundant_failure_of",
        "validation.questions.together": "FailingTogether failing_together failing_together_of",
        "validation.wrapped.marginal_program": "MarginalBackend",
        "validation.target.assured": "Assured",
        "validation.target.target": "Target target",
    }
    _MODULES = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version(__name__)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
