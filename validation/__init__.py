"""Exact answers, checks, benchmark, report and command line. Public names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pplcompare.validation.draws.checked_draws import CheckedDraws as CheckedDraws
    from pplcompare.validation.draws.checked_draws import check_draws as check_draws
    from pplcompare.validation.exact import ExactPosterior as ExactPosterior
    from pplcompare.validation.exact import exact_posterior as exact_posterior

_PUBLIC = {
    "CheckedDraws": "pplcompare.validation.draws.checked_draws",
    "ExactPosterior": "pplcompare.validation.exact",
    "check_draws": "pplcompare.validation.draws.checked_draws",
    "exact_posterior": "pplcompare.validation.exact",
}

__all__ = ["CheckedDraws", "ExactPosterior", "check_draws", "exact_posterior"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
