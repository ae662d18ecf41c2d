"""After how many replications a calibration finds each fault: the median of several seeds.

    uv run python benchmarks/calibration_faults.py [--seeds 20] [--most 5000] [--seed 0] [--faults k+1,sd-0.95]

The exact sampler with one fault, one engine and model, at the level 1e-4 of a whole calibration. `no-thinning` is right
draws with a correlation of 0.9, whose ranks a calibration itself does not let count.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter

from pplcompare.validation.selftest.calibration_faults import CALIBRATION_FAULTS, GATED, found_after


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--most", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default=",".join(CALIBRATION_FAULTS))
    options = parser.parse_args()
    print(f"{'fault':20}{'on':12}{'median':>8}{'least':>8}{'most':>8}{'missed':>8}  most against        seconds")
    for name in options.faults.split(","):
        start, fault = time.perf_counter(), {**CALIBRATION_FAULTS, **GATED}[name]
        found = [found_after(fault, options.seed + at, options.most) for at in range(options.seeds)]
        after = [options.most if one.after is None else one.after for one in found]
        missed = sum(one.after is None for one in found)
        against = Counter(one.quantity for one in found).most_common(1)[0][0]
        seconds = time.perf_counter() - start
        numbers = f"{statistics.median(after):8g}{min(after):8}{max(after):8}{missed:8}"
        print(f"{name:20}{fault.on:12}{numbers}  {against:20}{seconds:7.0f}", flush=True)


if __name__ == "__main__":
    main()
