"""Backends that are asked for in other clothes: without rates, or broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import UsageError
from pplcompare.validation.exact_backend import ExactBackend
from pplcompare.validation.marginal_program import MarginalBackend
from pplcompare.validation.mutants import MUTANTS, MutantBackend, Mutation
from pplcompare.validation.study.study import OpenBackend

type Change = Callable[[Backend], Backend]


def altered(opened: OpenBackend, change: Change) -> OpenBackend:
    """Return what opens the same backends, changed."""

    @contextmanager
    def opened_and_changed(name: str) -> Iterator[Backend]:
        with opened(name) as backend:
            yield change(backend)

    return opened_and_changed


def without_rates(backend: Backend) -> Backend:
    """Return the backend without rates; draws from the exact posterior have nothing to gain."""
    return backend if backend.name == ExactBackend.name else MarginalBackend(backend)


def mutation(name: str, known: Mapping[str, Mutation] = MUTANTS) -> Change:
    """Return what breaks a backend.

    Raises
    ------
    UsageError
        If nothing is known by this name.
    """
    if name not in known:
        raise UsageError("no such mutant", where="--mutant", seen=name, mend=f"known: {', '.join(known)}")
    return lambda backend: MutantBackend(backend, known[name])
