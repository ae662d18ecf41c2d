"""The documents of posteriordb, typed, as published ones have them.

What belongs to a Markov chain only, such as divergent transitions, is null here. A published document of draws is, for
example, ``reference_posteriors/draws/info/Rate_1_data-Rate_1_model.info.json`` of posteriordb.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict


class AddedDocument(TypedDict):
    """Who has made an entry, and on which day."""

    added_by: str
    added_date: str


class EntryInfo(AddedDocument):
    """What data and models have in common."""

    name: str
    keywords: Sequence[str]
    title: str
    description: str
    urls: Sequence[str]
    references: Sequence[str]


class DataInfo(EntryInfo):
    """The data of a posterior; `data_file` is the path of their JSON, without ``.zip``."""

    data_file: str


class ImplementationInfo(TypedDict):
    """A program; `model_code` is its path."""

    model_code: str
    stan_version: str


class ModelInfo(EntryInfo):
    """A model and its programs by language."""

    model_implementations: Mapping[str, ImplementationInfo]


class PosteriorInfo(AddedDocument):
    """A posterior; `dimensions` gives the number of elements of each parameter."""

    name: str
    keywords: Sequence[str]
    model_name: str
    reference_posterior_name: str
    data_name: str
    dimensions: Mapping[str, int]


class RecipeDocument(TypedDict):
    """How reference draws were made; `certified_error` is None where the answer is in closed form."""

    program: str
    answer: str
    certified_error: float | None
    model_hash: str
    seed: int


class InferenceDocument(TypedDict):
    """The method, *analytical*, and how it was carried out."""

    method: str
    method_arguments: RecipeDocument


class NamesDocument(TypedDict):
    """The flat names of the parameters."""

    names: Sequence[str]


class DrawsDiagnostics(TypedDict):
    """What was computed of the draws, by parameter in the order of the names."""

    diagnostic_information: NamesDocument
    ndraws: int
    nchains: int
    effective_sample_size_bulk: Sequence[float]
    effective_sample_size_tail: Sequence[float]
    r_hat: Sequence[float]
    divergent_transitions: None
    expected_fraction_of_missing_information: None
    mean_lag1_ac: Sequence[float]


class ChecksMade(TypedDict):
    """What posteriordb asks of reference draws; `efmi_above_0_2` concerns Hamiltonian Monte Carlo only."""

    ndraws_is_10k: bool
    nchains_is_gte_4: bool
    ess_within_bounds: bool
    r_hat_below_1_01: bool
    efmi_above_0_2: None
    abs_mean_lag1_ac_below_0_05: bool


class ReferenceInfo(AddedDocument):
    """Where reference draws and numbers come from."""

    name: str
    inference: InferenceDocument
    diagnostics: DrawsDiagnostics | None
    checks_made: ChecksMade | None
    comments: str
    versions: Mapping[str, str]


class MomentDocument(TypedDict, total=False):
    """A moment of each parameter; None where it does not exist. It has no Monte Carlo error."""

    names: Sequence[str]
    mean_value: Sequence[float | None]
    mean_value_squared: Sequence[float | None]
    mcse_mean: None
    mcse_mean_squared: None


class QuantilesDocument(TypedDict):
    """Quantiles (parameter, probability); posteriordb has none, so this document is ours."""

    names: Sequence[str]
    probabilities: Sequence[float]
    quantiles: Sequence[Sequence[float]]
