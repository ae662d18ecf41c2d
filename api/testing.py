"""What a third party tests its own backend with: the public names, each imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["ContractReport", "SamplerBackend", "check_backend"]

if TYPE_CHECKING:
    from pplcompare.validation.testing.contract import check_backend
    from pplcompare.validation.testing.contract_report import ContractReport
    from pplcompare.validation.testing.sampler_backend import SamplerBackend
else:
    _PART = "pplcompare.validation.testing"
    _MODULES = {
        "ContractReport": f"{_PART}.contract_report",
        "SamplerBackend": f"{_PART}.sampler_backend",
        "check_backend": f"{_PART}.contract",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
