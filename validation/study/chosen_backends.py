"""The backends of a job: what they are called, how each is opened, and what is done to all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from pplcompare.backends.protocol import Backend
from pplcompare.models.errors import UsageError
from pplcompare.validation.study.selection import selected_backends
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.marginal_program import MarginalBackend
from pplcompare.validation.wrapped.mutants import MUTANTS, MutantBackend, Mutation

type OpenBackend = Callable[[str], AbstractContextManager[Backend]]
"""Backend name -> the backend, for the time of a ``with`` block."""


@dataclass(frozen=True, slots=True)
class Backends:
    """The backends that take part in a job.

    Attributes
    ----------
    names
        Their names, in the order of the tables.
    open
        Opens one of them by name.
    references
        Names of those that are the exact answer itself, beside which nothing was checked.
    required
        Names of those that somebody asked for: a job without one of them ends with exit code 3.
    open_cold
        Opens one of them with empty caches; None where cold starts are not timed.
    marginal
        Whether they sample without rates.
    mutant
        Name of the mutation that breaks every one of them on purpose; None where nothing does.
    """

    names: Sequence[str]
    open: OpenBackend
    references: Collection[str] = frozenset()
    required: Collection[str] = frozenset()
    open_cold: OpenBackend | None = None
    marginal: bool = False
    mutant: str | None = None

    def selected(self, backends: Sequence[str], require: Sequence[str]) -> Backends:
        """Return those that were asked for, of all that are registered; the arguments are those of `selected_backends`.

        Raises
        ------
        UsageError
            If one is not registered.
        """
        chosen, required = selected_backends(self.names, backends, require)
        return replace(self, names=tuple(chosen), required=frozenset(required))

    def but(self, name: str) -> Backends:
        """Return all of them but one."""
        return replace(self, names=tuple(other for other in self.names if other != name))

    def without_rates(self) -> Backends:
        """Return the same backends, sampling without rates; draws from the exact posterior have nothing to gain."""

        def change(backend: Backend) -> Backend:
            return backend if backend.name == ExactBackend.name else MarginalBackend(backend)

        return replace(self, open=_changed(self.open, change), marginal=True)

    def mutated(self, name: str, known: Mapping[str, Mutation] = MUTANTS) -> Backends:
        """Return the same backends, broken on purpose, so that none is the exact answer; cold starts stay as they are.

        Raises
        ------
        UsageError
            If no mutation is known by this name.
        """
        if name not in known:
            raise UsageError("no such mutant", where="--mutant", seen=name, mend=f"known: {', '.join(known)}")
        mutation = known[name]
        opened = _changed(self.open, lambda backend: MutantBackend(backend, mutation))
        return replace(self, open=opened, references=frozenset(), mutant=name)


def _changed(open_backend: OpenBackend, change: Callable[[Backend], Backend]) -> OpenBackend:
    @contextmanager
    def opened(name: str) -> Iterator[Backend]:
        with open_backend(name) as backend:
            yield change(backend)

    return opened
