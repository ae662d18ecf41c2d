"""A backend made of a name and a function that samples; all else is ours.

A whole one, registered under the entry point group ``pplcompare.backends``::

    from pplcompare.testing import SamplerBackend

    class Mine(SamplerBackend):
        name = "mine"

        def sample(self, target, settings, seed):
            return my_sampler(target.log_density, target.gradient, target.dimension, settings.draws, seed)

The log density of its programs is our float64 reference, and tables say "ours" of it, as of counts to come, which our
own simulator draws. What is tested of such a backend are its draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import UsageError
from pplcompare.models.structure import Structure
from pplcompare.validation.target.target import Target
from pplcompare.validation.testing.sampler_program import SamplerProgram

type SampleTarget = Callable[[Target, NUTSSettings, int], Any]
"""What samples a target, with settings and a seed: see `SamplerBackend.sample`."""


class SamplerBackend:
    """A backend whose density, predictions and program text are ours.

    Parameters
    ----------
    name
        What it is called; a subclass can have it as an attribute.
    sampler
        The function that samples; a subclass can have it as its method `sample`.

    Attributes
    ----------
    requires
        Names of the distributions that it needs. Their versions are told; without one of them it is unavailable.
    """

    name: str = ""
    requires: tuple[str, ...] = ()

    def __init__(self, name: str = "", sampler: SampleTarget | None = None) -> None:
        if name:
            self.name = name
        if not self.name:
            raise UsageError("a backend needs a name", where=type(self).__name__, mend='set name = "mine"')
        self._sampler = sampler

    def sample(self, target: Target, settings: NUTSSettings, seed: int) -> Any:
        """Sample a target; this is what a subclass writes.

        Parameters
        ----------
        target
            The posterior, with its density on flat unconstrained vectors.
        settings
            Numbers of chains, of draws that adapt and are thrown away, and of draws that are kept; what a sampler other
            than NUTS has no use for it may ignore.
        seed
            From 0 to 2^31 - 1; all draws must follow from it.

        Returns
        -------
        Draws, or a pair of draws and statistics
            Draws are an array (chain, draw, dimension) of unconstrained vectors, or constrained values, name -> float64
            (chain, draw, *plate). Statistics are name -> (chain, draw), names being those of `Fit.statistics`.
        """
        if self._sampler is None:
            mend = "give SamplerBackend a function, or a subclass the method sample"
            raise UsageError("there is nothing that samples", where=self.name, mend=mend)
        return self._sampler(target, settings, seed)

    def environment(self) -> Mapping[str, str]:
        """Return the environment variables that must be set before its library is imported: none."""
        return {}

    def status(self) -> Status:
        """Say which versions there are of what it requires, or what is missing."""
        versions = {}
        for name in ("pplcompare", *self.requires):
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                return Status(versions, f"{name} is not installed", f"pip install {name}")
        return Status(versions)

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> SamplerProgram:
        """Return the program of a structure: there is nothing to compile."""
        return SamplerProgram(self.name, structure, self.sample)
