"""Kernels of the real libraries leave the posterior as it is; one with another density does not, and is found."""

from __future__ import annotations

import numpy as np
import pytest
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.validation.calibrate.kernel_ranks import frozen_kernel, kernel_ranks
from pplcompare.validation.calibrate.rank_evidence import log_evidence_path
from pplcompare.validation.calibrate.ranked_quantities import RankedQuantities
from pplcompare.validation.calibrate.replication_source import PriorSource
from pplcompare.validation.wrapped.mutants import MUTANTS
from pplcompare.validation.wrapped.mutants.mutation import MutantProgram
from scipy import special

from tests.backends.conftest import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.seconds(60)]

MODEL = hierarchical()
COUNTS = Counts(["A", "B"], [200, 10], [19, 3])
INPUTS = MODEL.bind(COUNTS)
REPLICATIONS = {"numpyro": 200, "pymc": 60, "stan": 100}
REACHED = np.log(1e4)


@pytest.mark.parametrize("engine", REPLICATIONS)
def test_a_right_kernel_passes_and_a_wrong_density_does_not(workshop: Workshop, engine: str) -> None:
    program = workshop(engine).compile(MODEL.structure, INPUTS.sizes)
    fits = list(program.sample_many([INPUTS] * 2, NUTSSettings(chains=1, warmup=300, draws=200), range(2)))
    kernel = frozen_kernel(MODEL.structure, [INPUTS] * 2, fits)
    assert 0.1 < kernel.step_size < 2.0
    source = PriorSource(MODEL, COUNTS)
    chosen = [source.replication(40, number, "run") for number in range(REPLICATIONS[engine])]
    quantities = RankedQuantities(MODEL, COUNTS)
    wrong = MutantProgram(program, MUTANTS["rate-as-scale"], MODEL.structure)
    highest = []
    for one in (program, wrong):
        path = log_evidence_path(kernel_ranks(one, quantities, chosen, kernel, 40, engine))
        highest.append(special.logsumexp(path, axis=1).max() - np.log(path.shape[1]))
    assert highest[0] < REACHED < highest[1]
