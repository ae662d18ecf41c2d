"""What a backend is: the whole contract between the compilers and the harness.

A backend turns a `Structure` into a `Program`; a program is compiled once for given plate sizes and then serves every
data set and every prior constant, since both come as `Inputs`. Parameters are always named and constrained.

A new backend implements these two protocols and registers its class under the entry point group
``pplcompare.backends``. It is run in a worker process of its own, started with its `environment`.
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
        Of each library and tool that has a part in the result.
    problem, mend
        What is missing and the command that mends it; both empty where nothing is.
    """

    versions: Mapping[str, str]
    problem: str = ""
    mend: str = ""

    @property
    def available(self) -> bool:
        """Whether nothing is missing."""
        return not self.problem

    def __bool__(self) -> bool:
        return self.available


@dataclass(frozen=True, slots=True, eq=False)
class LogDensity:
    """Log densities at points and their gradients.

    Attributes
    ----------
    value : (point,)
        With all normalising constants.
    gradient
        name -> (point, *plate), by the canonical unconstrained coordinate of each variable: log(x - low) or
        logit((x - low) / (high - low)).
    """

    value: NDArray[np.float64]
    gradient: Mapping[str, NDArray[np.float64]]


class Program(Protocol):
    """A structure compiled for given plate sizes."""

    @property
    def timing(self) -> Timing:
        """Seconds of `build` and `compile`."""
        ...

    def source(self, inputs: Inputs) -> str:
        """Return the program as this library's users write it, with the numbers in place; it runs when pasted."""
        ...

    def log_density(self, inputs: Inputs, points: Points, *, jacobian: bool) -> LogDensity:
        """Evaluate the function that samples, with or without the log Jacobian of the unconstrained coordinates."""
        ...

    def prepare(self, inputs: Inputs, settings: NUTSSettings, *, new_groups: int = 0) -> None:
        """Compile what `sample`, and `simulate_posterior` of its fit, need for inputs of these sizes and kinds.

        After it they compile nothing. Without it they compile what they need when it is first needed.

        Parameters
        ----------
        new_groups
            How many groups never seen will be simulated.

        Raises
        ------
        UnsupportedModel
            If these inputs or settings are more than the library can take.
        CompilationError
            If the library could not build what is needed.
        """
        ...

    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        """Run NUTS. Compiles nothing once it is prepared, or a run with the same settings has been made.

        Raises
        ------
        UnsupportedModel
            If these inputs or settings are more than the library can take.
        SamplingError
            If the sampler stopped without a result.
        """
        ...

    def sample_many(self, many_inputs: Iterable[Inputs], settings: NUTSSettings, seeds: Iterable[int]) -> Iterator[Fit]:
        """Fit many data sets of the same sizes, each with a seed of its own; yields the fits in order.

        Compiles nothing after the first batch. A fit is the same whatever other data sets stand beside it. What is
        timed is a whole batch where the library works in batches: each fit then gets an equal share.
        """
        ...

    def simulate_prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        """Draw everything from the prior, by the library's own random number generator.

        Returns
        -------
        name -> float64 (1, draw, *plate)
            Of every variable and of every observation, whose values in `inputs` are not looked at.

        Raises
        ------
        SpecificationError
            If a prior is improper; the variable is named.
        """
        ...

    def simulate_posterior(
        self,
        inputs: Inputs,
        fit: Fit,
        seed: int,
        *,
        trials: ArrayLike | None = None,
        new_trials: ArrayLike | None = None,
    ) -> Draws:
        """Draw counts to come, one for each draw of a fit, by the library's own random number generator.

        Parameters
        ----------
        trials : (group,)
            Of the next campaign of the same groups; without, as many as in `inputs`.
        new_trials : (new group,)
            Of groups never seen; their number is its length. Without, there are none.

        Returns
        -------
        name -> float64 (chain, draw, group)
            Under the observation's name that of the next campaign. For each variable and observation on the plate
            ``<name>_new``, of groups never seen: variables given the scalar ones, observations given them.
        """
        ...

    def native_settings(self, settings: NUTSSettings) -> dict[str, object]:
        """Return exactly what is passed to the library for these settings."""
        ...


@runtime_checkable
class SourceWriter(Protocol):
    """What a backend also is if it can write its program without compiling it, and without its library."""

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
