"""Count how often right samplers are flagged by the screen, and confirmed by the second look.

    uv run python benchmarks/two_looks.py [--repetitions 200000] [--confirmation 0.01] [--seed 1]

Scores stand in for draws, and the code that decides on real fits decides on them. The screen has its own level; the
second look has a larger one than in a check, where one of ten million repetitions may fail.
"""

from __future__ import annotations

import argparse

from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.selftest.two_looks import counted_looks
from pplcompare.validation.study.second_look import SCREEN


def main() -> None:
    """Count, and print the counts beside the most that are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200_000)
    parser.add_argument("--confirmation", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = counted_looks(options.repetitions, options.seed, SCREEN, options.confirmation)
    for what, count, level in (
        ("beyond the screen", found.flagged, SCREEN),
        ("confirmed", found.failed, SCREEN * options.confirmation),
    ):
        expected, limit = options.repetitions * level, most(options.repetitions, level)
        print(f"{what}: {count} of {options.repetitions:,}; at most {expected:g} expected, {limit} allowed")


if __name__ == "__main__":
    main()
