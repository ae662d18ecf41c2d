"""The job behind ``pplcompare list``: the tables that exist, as a document; no library is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pplcompare.models.beta_binomial import FAMILIES
from pplcompare.models.datasets import DATASETS, load
from pplcompare.models.distribution import Data, Distribution
from pplcompare.models.distributions import DISTRIBUTIONS
from pplcompare.models.spec import Model
from pplcompare.models.structure import Variable
from pplcompare.validation.commands.options import EXIT_MEANINGS
from pplcompare.validation.output.list_documents import (
    DataSetDocument,
    DistributionDocument,
    FamilyDocument,
    ListDocument,
    MeaningDocument,
    MutantDocument,
    RegisteredDocument,
)
from pplcompare.validation.wrapped.mutants import CLOCK, MUTANTS

type Registered = Mapping[str, list[str]]
"""Backend -> the installed distributions that registered it."""


def list_job(kinds: Sequence[str], registered: Registered) -> ListDocument:
    """Return what there is of these kinds, each a row of `LISTS`."""
    document: ListDocument = {}
    for kind in kinds:
        LISTS[kind](document, registered)
    return document


def _data(document: ListDocument, _registered: Registered) -> None:
    document["data"] = [
        DataSetDocument(name=name, what=what, groups=len(load(name).groups)) for name, what in DATASETS.items()
    ]


def _models(document: ListDocument, _registered: Registered) -> None:
    document["models"] = [
        FamilyDocument(name=name, what=_first_line(family), variables=_priors(family()))
        for name, family in FAMILIES.items()
    ]


def _priors(model: Model) -> Mapping[str, str]:
    return {item.name: str(item.distribution) for item in model.items if isinstance(item, Variable)}


def _distributions(document: ListDocument, _registered: Registered) -> None:
    document["distributions"] = [
        DistributionDocument(
            name=name,
            arguments=list(kind.domains),
            of="observed" if _has_counts(kind) else "unknown",
            what=_first_line(kind),
        )
        for name, kind in DISTRIBUTIONS.items()
        if kind.proper or not _has_counts(kind)  # others are what a model is rewritten into
    ]


def _has_counts(kind: type[Distribution]) -> bool:
    return any(isinstance(domain, Data) for domain in kind.domains.values())


def _backends(document: ListDocument, registered: Registered) -> None:
    document["backends"] = [RegisteredDocument(name=name, registered_by=by) for name, by in registered.items()]


def _mutants(document: ListDocument, _registered: Registered) -> None:
    document["mutants"] = [
        MutantDocument(name=name, what=mutation.what, commands=commands)
        for table, commands in ((MUTANTS, ["run", "bench"]), (CLOCK, ["bench"]))
        for name, mutation in table.items()
    ]


def _exit_codes(document: ListDocument, _registered: Registered) -> None:
    document["exit_codes"] = [MeaningDocument(code=code, what=what) for code, what in EXIT_MEANINGS.items()]


def _first_line(what: object) -> str:
    return (what.__doc__ or "").splitlines()[0].replace("`", "")


LISTS: Final[Mapping[str, Callable[[ListDocument, Registered], None]]] = {
    "data": _data,
    "models": _models,
    "distributions": _distributions,
    "backends": _backends,
    "mutants": _mutants,
    "exit-codes": _exit_codes,
}
"""Kind -> the function that adds it to a document."""
