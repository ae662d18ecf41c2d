"""Exact answers, checks, benchmark, report and command line. Public names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pplcompare.validation.exact import ExactPosterior as ExactPosterior
    from pplcompare.validation.exact import exact_posterior as exact_posterior

_PUBLIC = {
    "ExactPosterior": "pplcompare.validation.exact",
    "exact_posterior": "pplcompare.validation.exact",
}

__all__ = ["ExactPosterior", "exact_posterior"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
