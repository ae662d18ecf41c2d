"""One replication: a truth, and counts that were simulated from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pplcompare.models.counts import Counts
from pplcompare.models.float_array import Float


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """A truth and the counts that a fit sees; if the sampler is right, the truth is one of its draws.

    Attributes
    ----------
    number
        Its place in the run, from 0.
    truth
        name -> (*plate), the value of every variable.
    counts
        What is fitted.
    """

    number: int
    truth: Mapping[str, Float]
    counts: Counts
