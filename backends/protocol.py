"""The backend protocol: the whole contract between the compilers and the harness.

A backend turns a `Structure` into a `Program`; a program is compiled once for given plate sizes and then serves every
data set and every prior constant, since both come as `Inputs`. Parameters are always named and constrained.

A new backend implements `Backend` and `Program`, `Simulator` if it can predict, and `Kernel` if its sampler can be
started anywhere, and registers its class under the entry point group ``pplcompare.backends``. It is run in a worker
process of its own, started with its `environment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pplcompare.backends.fit import Draws, Fit, Timing
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure

type Points = Mapping[str, NDArray[np.float64]]
"""Variable name -> float64 array (point, *plate), constrained."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a backend can be used here; true if it can.

    Attributes
    ----------
    versions
        Version of each library and tool that has a part in the result.
    problem, mend
        The missing part and the command that mends it; both are empty if nothing is missing.
    registered
        The distribution that registered the backend, one of `versions`; it is empty for ours. Workers fill it in.
    """

    versions: Mapping[str, str]
    problem: str = ""
    mend: str = ""
    registered: str = ""

    @property
    def available(self) -> bool:
        """Whether nothing is missing."""
        return not self.problem

    @property
    def of_libraries(self) -> dict[str, str]:
        """The versions without that of the backend's own distribution."""
        return {name: version for name, version in self.versions.items() if name != self.registered}

    def __bool__(self) -> bool:
        return self.available


@dataclass(frozen=True, slots=True, eq=False)
class LogDensity:
    """Log densities at points and their gradients.

    Attributes
    ----------
    value : (point,)
        Log density of each point, with all normalising constants.
    gradient
        name -> (point, *plate). Derivatives of `value` by the canonical unconstrained coordinate of each variable:
        log(x - low) or logit((x - low) / (high - low)).
    """

    value: NDArray[np.float64]
    gradient: Mapping[str, NDArray[np.float64]]


@runtime_checkable
class Simulator(Protocol):
    """Draws from the prior and counts to come, by the library's own random number generator."""

    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        """Draw every variable and every observation from the prior.

        Parameters
        ----------
        inputs
            Numbers and trials. The observed values are ignored.

        Returns
        -------
        name -> float64 (1, draw, *plate)
            Draws of every variable and of every observation.

        Raises
        ------
        SpecificationError
            If a prior is improper; the message names the variable.
        """
        ...

    def posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        """Draw counts to come, one for each draw of a fit.

        Parameters
        ----------
        trials : (group,)
            Number of trials of each known group in the next campaign; defaults to its number in `inputs`.
        new_trials : (new group,)
            Number of trials of each new group; by default there are no new groups.

        Returns
        -------
        name -> float64 (chain, draw, group)
            ``draws[observed]`` holds the next campaign's counts of the known groups. ``draws[name + "_new"]``, for
            every variable and observation on the plate, holds those of new groups: new rates are drawn given the
            hyper-parameters, new counts given the new rates.
        """
        ...


class Program(Protocol):
    """A structure compiled for given plate sizes."""

    @property
    def timing(self) -> Timing:
        """Seconds of `build` and `compile`."""
        ...

    @property
    def simulator(self) -> Simulator | None:
        """The simulator of this structure and these sizes; None if the backend samples but cannot predict."""
        ...

    def source(self, inputs: Inputs) -> str:
        """Return the program as this library's users write it, with the numbers in place; it runs when pasted."""
        ...

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        """Evaluate the function that samples, with or without the log Jacobian of the unconstrained coordinates."""
        ...

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        """Compile all that `sample` and `Simulator.posterior` of its fit need for inputs of these sizes and kinds.

        After `prepare` they compile nothing. If it is not called, each compiles its part at its first run.

        Parameters
        ----------
        new_groups
            Number of groups never seen that will be simulated.

        Raises
        ------
        UnsupportedModel
            If these inputs or settings are more than the library can take.
        CompilationError
            If the library could not build what is needed.
        """
        ...

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        """Run NUTS. It compiles nothing after `prepare`, or after a run with the same settings.

        Raises
        ------
        UnsupportedModel
            If these inputs or settings are more than the library can take.
        SamplingError
            If the sampler stopped without a result.
        """
        ...

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        """Fit many data sets of the same sizes, each with a seed of its own, and yield the fits in order.

        It compiles nothing after the first batch. A fit is the same whatever other data sets stand beside it. A library
        that works in batches is timed by the batch, and each fit gets an equal share of its seconds.
        """
        ...

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        """Return exactly the arguments that are passed to the library for these settings."""
        ...


@runtime_checkable
class SourceWriter(Protocol):
    """Optional: a backend that can write its program's source without compiling it or importing its library."""

    def source(self, structure: Structure, inputs: Inputs) -> str:
        """Return what `Program.source` returns.

        Raises
        ------
        UnsupportedModel
            If the library cannot express the structure or take the inputs.
        """
        ...


class Backend(Protocol):
    """A library that can compile and sample a structure. Importing its module imports no library."""

    name: str

    def environment(self) -> Mapping[str, str]:
        """Return the environment variables that must be set before the library is imported."""
        ...

    def status(self) -> Status:
        """Say whether it can be used here; imports the library, compiles nothing."""
        ...

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> Program:
        """Compile a structure for the given number of elements of each plate.

        Raises
        ------
        BackendUnavailable
            If something that it needs is missing.
        UnsupportedModel
            If the library cannot express the structure.
        CompilationError
            If the library could not build its program.
        """
        ...
