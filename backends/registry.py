"""Backends by name: those that installed distributions register under the entry point group."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import BackendUnavailable, UsageError

GROUP: Final = "pplcompare.backends"


def backend_names() -> tuple[str, ...]:
    """Return the names of all registered backends, `exact` first."""
    names = {point.name for point in entry_points(group=GROUP)}
    return tuple(sorted(names, key=lambda name: (name != "exact", name)))


def load_backend(name: str) -> Backend:
    """Return the backend of that name; its library is not imported yet.

    Raises
    ------
    UsageError
        If no backend has this name.
    BackendUnavailable
        If the module that registered it cannot be imported.
    """
    found: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise UsageError("unknown backend", where="backends", seen=name, mend=f"known: {', '.join(backend_names())}")
    try:
        return cast(Backend, found[name].load()())
    except Exception as error:
        raise BackendUnavailable(f"its module cannot be imported: {error}", where=name) from error
