"""What commands write as JSON, typed: `results.json` of a run and of each data set of a check, and ``--json``.

The published schema of these documents, of `exact_document` and of `bench_documents` is `docs/results.schema.json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pplcompare.models.plain import Number
from pplcompare.validation.exact.exact_document import ExactDocument, HashedExactDocument
from pplcompare.validation.study.machine import Machine


class SettingsDocument(TypedDict):
    """The settings of NUTS that every backend was given."""

    chains: int
    warmup: int
    draws: int
    target_accept: float
    max_tree_depth: int
    cores: int


class CountsDocument(TypedDict):
    """The data: names of groups, trials `n` and successes `k`, all in the same order."""

    group: list[str]
    n: list[int]
    k: list[int]


class CheckDataDocument(CountsDocument):
    """The data of a check, with the seed of their fits; draws made elsewhere have none."""

    seed: NotRequired[int]


class ComparisonDocument(TypedDict):
    """One comparison of a statistic with its limit."""

    check: str
    subject: str
    statistic: Number
    limit: Number
    outcome: str
    detail: str
    kind: str
    size: Number
    error: Number
    finds: Number


class ResultDocument(ComparisonDocument):
    """One comparison; `ratio` is the deviation in units of its limit, `text` a sentence for people."""

    ratio: Number
    text: str


class ReportDocument(TypedDict):
    """One group of checks; `counted` is by outcome, the lists hold at most twenty results each."""

    outcome: str
    comparisons: int
    counted: Mapping[str, int]
    worst: ResultDocument | None
    failed: list[ResultDocument]
    underpowered: list[ResultDocument]
    not_certified: list[ResultDocument]
    notes: list[str]


class FirstLookDocument(TypedDict):
    """What the first of two looks at a fit found."""

    verdict: str
    reason: str
    posterior: ReportDocument
    prediction: ReportDocument
    over_fits: ReportDocument


class ExtremeDocument(TypedDict):
    """The largest or least of several numbers, and the quantity that it belongs to."""

    value: Number
    quantity: str


class ChainSizesDocument(TypedDict):
    """The least effective numbers of draws of one chain by itself, over all quantities."""

    bulk: ExtremeDocument
    tail: ExtremeDocument


class DiagnosticsDocument(TypedDict):
    """What users of Markov chains look for; null is what is not known, `chains` is empty without sound draws.

    `beyond` holds a clause for each that is beyond its limit, `helps` sentences on what these draws cannot decide.
    """

    transitions: int
    divergences: int | None
    at_greatest_depth: int | None
    ebfmi: list[Number] | None
    rhat: ExtremeDocument | None
    chains: list[ChainSizesDocument]
    beyond: list[str]
    helps: list[str]


class FitDocument(TypedDict):
    """One model on one backend; what is null belongs to a fit that was not sampled or not looked at.

    `registered` is the distribution that registered the backend, one of `versions`; empty for ours.
    """

    model: str
    backend: str
    verdict: str
    reason: str
    versions: Mapping[str, str]
    registered: str
    same_model: ReportDocument
    posterior: ReportDocument
    prediction: ReportDocument
    over_fits: ReportDocument
    settings_passed: Mapping[str, object]
    seed: int | None
    attempts: int | None
    ess: Number | None
    detectable: Mapping[str, float]
    detectable_over_fits: Mapping[str, float]
    divergences: int | None
    diagnostics: DiagnosticsDocument | None
    first_look: FirstLookDocument | None


class SecondsDocument(TypedDict):
    """Seconds of one phase; `cpu` is null where it is not known."""

    wall: float
    cpu: float | None


class TimingDocument(TypedDict):
    """Seconds by phase; null where the library does not tell."""

    build: SecondsDocument | None
    compile: SecondsDocument | None
    run: SecondsDocument | None
    warmup: SecondsDocument | None
    sampling: SecondsDocument | None
    transfer: SecondsDocument | None


class SpeedDocument(TypedDict):
    """The speed of a fit that passed, by the quantity with the least effective draws, `slowest`."""

    ess: Number
    slowest: str
    ess_per_second: Number | None
    gradients: int | None


class RunFitDocument(FitDocument):
    """One model on one backend in a run."""

    seconds: TimingDocument | None
    speed: SpeedDocument | None


class CheckFitDocument(FitDocument):
    """One model on one backend and data set in a check; `seconds` is null if nothing was sampled here."""

    data: str
    seconds: TimingDocument | None


class ModelDocument(TypedDict):
    """One model of a run."""

    hash: str
    structure: Sequence[Mapping[str, object]]
    constants: Mapping[str, float]
    exact: ExactDocument


class ModelHashDocument(TypedDict):
    """The hash of a model."""

    hash: str


class LevelsDocument(TypedDict):
    """Levels of single comparisons, by share of the family-wise level; `limit` is the least limit of all."""

    levels: Mapping[str, float]
    limit: float


class RunDocument(LevelsDocument):
    """`results.json` of a run, or of one data set of a check."""

    schema_version: int
    pplcompare: str
    exit_code: int
    nothing_checked: str | None
    interrupted: bool
    seed: int
    settings: SettingsDocument
    marginal: bool
    mutant: str | None
    family_level: float
    comparisons: int
    machine: Machine
    data: CountsDocument
    models: Mapping[str, ModelDocument]
    fits: list[RunFitDocument]
    not_tested: int


class ExactResultsDocument(TypedDict):
    """`results.json` of exact answers; `models` is what ``exact --json`` prints."""

    schema_version: int
    pplcompare: str
    data: CountsDocument
    models: Mapping[str, HashedExactDocument]


class LooksDocument(TypedDict):
    """How a check decides; what belongs to a second look is null if there is none."""

    number: int
    screen: float | None
    more_draws: int | None
    confirmation: float | None
    false_alarm_bound: float


class CheckHeaderDocument(LevelsDocument):
    """How a check was made; draws made elsewhere have neither seed nor settings, and may have notes."""

    seed: int | None
    settings: SettingsDocument | None
    looks: LooksDocument
    family_level: float
    comparisons: int
    machine: Machine
    notes: NotRequired[list[str]]


class CheckDocument(CheckHeaderDocument):
    """What ``check --json`` prints."""

    schema_version: int
    pplcompare: str
    exit_code: int
    nothing_checked: str | None
    required: list[str]
    data: Mapping[str, CheckDataDocument]
    models: Mapping[str, ModelHashDocument]
    fits: list[CheckFitDocument]
    not_tested: int


class StatusDocument(TypedDict):
    """Whether a backend can be used; `problem` and `mend` are empty if it can.

    `registered` is the distribution that registered it, one of `versions`; empty for ours.
    """

    versions: Mapping[str, str]
    problem: str
    mend: str
    registered: str


class PromiseDocument(TypedDict):
    """What became of one promise of the backend protocol; one that is optional does not count if it is not tested."""

    name: str
    sentence: str
    outcome: str
    detail: str
    optional: bool


class ContractDocument(TypedDict):
    """What ``doctor --contract NAME --json`` prints; `missing` is empty if the backend could be tried."""

    backend: str
    verdict: str
    exit_code: int
    missing: str
    results: list[PromiseDocument]


class CacheDocument(TypedDict):
    """The folder of compiled programs, and a key that changes with what they depend on.

    `problem` is empty if the folder can be used; else `folder` is.
    """

    folder: str
    key: str
    problem: str


class DoctorDocument(TypedDict):
    """What ``doctor --json`` prints."""

    backends: Mapping[str, StatusDocument]
    cache: CacheDocument
    machine: Machine
