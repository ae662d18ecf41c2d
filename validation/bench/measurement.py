"""One timed run: what the backend says of its seconds, what the harness's own clock saw, and what it was worth."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pplcompare.backends.fit import Fit, Seconds
from pplcompare.backends.protocol import Program
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import AccuracyError
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.effective import effective_sizes
from pplcompare.validation.checks.gates import quantities
from pplcompare.validation.exact import ExactPosterior


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
    error
        How far the means of the draws are from the exact ones, in posterior standard deviations: the root mean square
        over all named parameters that have a finite one, which is certified; None where none has.
    furthest, largest_error
        The parameter whose mean is furthest from the exact one, and by how much, with its sign.
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
    error: float | None = None
    furthest: str | None = None
    largest_error: float | None = None

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


def measurement(structure: Structure, exact: ExactPosterior, fit: Fit, call: float) -> Measurement:
    """Return what a timed run says; effective sizes are computed by one implementation for all backends."""
    looked_at = quantities(structure, exact.inputs, fit.draws)
    sizes = {label: effective_sizes(chains) for label, _, _, chains in looked_at}
    errors = dict(_errors(structure, exact, fit))
    furthest = max(errors, key=lambda label: abs(errors[label]), default=None)
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
        error=math.hypot(*errors.values()) / math.sqrt(len(errors)) if errors else None,
        furthest=furthest,
        largest_error=None if furthest is None else errors[furthest],
    )


def _errors(structure: Structure, exact: ExactPosterior, fit: Fit) -> Iterator[tuple[str, float]]:
    """Yield the error of each mean in posterior standard deviations, where they exist and are certified."""
    for label, name, group, chains in quantities(structure, exact.inputs, fit.draws):
        try:
            mean, sd = exact.marginal(name, group).moments
        except AccuracyError:
            continue
        if math.isfinite(sd):
            yield label, float(np.mean((chains - mean) / sd))
