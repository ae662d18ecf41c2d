"""One timed run: what the backend says of its seconds, what the harness's own clock saw, and what it was worth."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pplcompare.backends.fit import Fit, Seconds
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.effective import effective_sizes
from pplcompare.validation.checks.gates import quantities


@dataclass(frozen=True, slots=True)
class Measurement:
    """One timed run.

    Attributes
    ----------
    call
        Wall seconds of the whole call, by the harness's own clock.
    run, warmup, sampling, transfer
        What the backend says; None where it does not tell.
    bulk, tail, spread
        The least ESS over all named parameters: of the bulk, of the 5 % and 95 % quantiles, of the squared distance
        from the mean.
    slowest
        The parameter with the least of all three.
    gradients
        Gradient evaluations after warm-up, all chains; None where the sampler makes none.
    bytes
        Size of the draws.
    """

    seed: int
    call: float
    run: Seconds | None
    warmup: Seconds | None
    sampling: Seconds | None
    transfer: Seconds | None
    bulk: float
    tail: float
    spread: float
    slowest: str
    gradients: int | None
    bytes: int

    @property
    def ess(self) -> float:
        """The least effective number of draws."""
        return min(self.bulk, self.tail, self.spread)

    @property
    def seconds(self) -> float:
        """Wall seconds of warm-up and sampling; those of the call where the backend does not tell."""
        return self.run.wall if self.run is not None and self.run.wall > 0.0 else self.call


def timed_call(program: Program, inputs: Inputs, settings: NUTSSettings, seed: int) -> tuple[Fit, float]:
    """Sample, and return the fit with the wall seconds of the call."""
    start = time.perf_counter()
    fit = program.sample(inputs, settings, seed)
    return fit, time.perf_counter() - start


def measurement(structure: Structure, inputs: Inputs, fit: Fit, call: float) -> Measurement:
    """Return what a timed run says; effective sizes are computed by one implementation for all backends."""
    sizes = {label: effective_sizes(chains) for label, _, _, chains in quantities(structure, inputs, fit.draws)}
    steps, timing = fit.statistics.get("n_steps"), fit.timing
    return Measurement(
        seed=fit.seed,
        call=call,
        run=timing.run,
        warmup=timing.warmup,
        sampling=timing.sampling,
        transfer=timing.transfer,
        bulk=min(size.bulk for size in sizes.values()),
        tail=min(size.tail for size in sizes.values()),
        spread=min(size.spread for size in sizes.values()),
        slowest=min(sizes, key=lambda label: sizes[label].least),
        gradients=None if steps is None else int(steps.sum()),
        bytes=sum(values.nbytes for values in fit.draws.values()),
    )
