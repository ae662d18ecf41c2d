"""Backends by name: those that installed distributions register under the entry point group.

What is ours is decided by the distribution that registered it, never by its name. Nobody else's can take our names.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import BackendUnavailable, said, unknown_backend

GROUP: Final = "pplcompare.backends"
REFERENCE: Final = "exact"
"""The name of the backend that draws from the exact posterior, the answer that all others are compared with."""
OURS: Final = "pplcompare"
"""The distribution whose backends are ours."""


def backend_names() -> tuple[str, ...]:
    """Return the names of all registered backends, `exact` first."""
    return tuple(sorted(_registered(), key=lambda name: (name != REFERENCE, name)))


def registered_by() -> dict[str, list[str]]:
    """Return the names of all backends with the distributions that registered each; nothing is imported."""
    found = _registered()
    return {name: sorted(str(point.dist and point.dist.name) for point in found[name]) for name in backend_names()}


def registered_version(name: str) -> dict[str, str]:
    """Return the version of the distribution that registered a backend, by its name; nothing where that is ours."""
    points = [point.dist for point in _registered().get(name, ()) if not _is_ours(point)]
    found = [dist for dist in points if dist is not None and dist.metadata.get("Name") and dist.metadata.get("Version")]
    return {dist.name: dist.version for dist in found}


def is_ours(name: str) -> bool:
    """Say whether our own distribution registered the backend of that name; nothing is imported."""
    return any(map(_is_ours, _registered().get(name, ())))


def references() -> frozenset[str]:
    """Return the names of the backends that are the exact answer itself: ours, never another's of that name or code."""
    return frozenset({REFERENCE}) if is_ours(REFERENCE) else frozenset()


def load_backend(name: str) -> Backend:
    """Return the backend of that name; its library is not imported yet.

    This runs the code of whoever registered it: a process that must not be harmed asks a worker instead.

    Raises
    ------
    UsageError
        If no backend has this name.
    BackendUnavailable
        If the module that registered it cannot be imported or its class not be called, or if two distributions have
        registered this name.
    """
    found = _registered().get(name)
    if found is None:
        raise unknown_backend(name, "backends", backend_names())
    if len(found) > 1:
        seen = sorted(str(point.dist and point.dist.name) for point in found)
        raise BackendUnavailable("registered more than once", where=name, seen=seen, mend="uninstall all but one")
    try:
        backend = found[0].load()
    except (Exception, SystemExit) as error:
        words = said(error).removeprefix("ModuleNotFoundError: ")
        raise BackendUnavailable(f"its module cannot be imported: {words}", where=name) from error
    try:
        return cast(Backend, backend())
    except (Exception, SystemExit) as error:
        raise BackendUnavailable(f"cannot be made: {said(error)}", where=name) from error


def _registered() -> dict[str, list[EntryPoint]]:
    """Return name -> who registered it: ours alone where that is one of them."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        # A name is printed: what does not print is no part of it, but its escape.
        name = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in point.name)
        found.setdefault(name, []).append(point)
    return {name: [*filter(_is_ours, points)] or points for name, points in found.items()}


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == OURS
