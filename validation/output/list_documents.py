"""What ``list --json`` prints, typed: what there is to choose from, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class DataSetDocument(TypedDict):
    """A data set that ships with this package."""

    name: str
    what: str
    groups: int


class FamilyDocument(TypedDict):
    """A family of models, with the priors of its variables as they are if nobody gives others."""

    name: str
    what: str
    variables: Mapping[str, str]


class DistributionDocument(TypedDict):
    """A distribution that a model is written with; it is one of an unknown, or of what was observed."""

    name: str
    arguments: list[str]
    of: str
    what: str


class RegisteredDocument(TypedDict):
    """A backend, with the installed distributions that registered it; nobody has asked whether it works."""

    name: str
    registered_by: list[str]


class MutantDocument(TypedDict):
    """A way to break every backend on purpose, and the commands whose ``--mutant`` takes it."""

    name: str
    what: str
    commands: list[str]


class MeaningDocument(TypedDict):
    """An exit code and what it means."""

    code: str
    what: str


class ListDocument(TypedDict):
    """What there is, of the kinds that were asked for."""

    data: NotRequired[list[DataSetDocument]]
    models: NotRequired[list[FamilyDocument]]
    distributions: NotRequired[list[DistributionDocument]]
    backends: NotRequired[list[RegisteredDocument]]
    mutants: NotRequired[list[MutantDocument]]
    exit_codes: NotRequired[list[MeaningDocument]]
