"""The command line: ``pplcompare``. Commands import what they need when they run."""

from __future__ import annotations

import click
from pplcompare.validation.commands.ask import ask
from pplcompare.validation.commands.bench import bench
from pplcompare.validation.commands.calibrate import calibrate
from pplcompare.validation.commands.check import check
from pplcompare.validation.commands.doctor import doctor
from pplcompare.validation.commands.errors import Commands
from pplcompare.validation.commands.exact import exact
from pplcompare.validation.commands.list_known import list_known
from pplcompare.validation.commands.options import EXIT_CODES
from pplcompare.validation.commands.run import run
from pplcompare.validation.commands.selftest import selftest
from pplcompare.validation.commands.show import show
from pplcompare.validation.commands.simulate import simulate
from pplcompare.validation.commands.surroundings import make_safe


@click.group(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pplcompare")
def main() -> None:
    """Find out whether a sampler gives the right answer, and how fast.

    Beta-binomial models on PyMC, NumPyro and Stan, checked against exact posteriors.

    \b
    Examples:
      pplcompare run                     the workshop's two campaigns, everything
      pplcompare run rats                71 groups of rats
      pplcompare run my.csv --columns group=site,n=visits,k=sales
      pplcompare check                   correctness only, for CI
      pplcompare calibrate rats          correctness on simulated data
      pplcompare bench rats              how fast, with intervals
      pplcompare exact rats --model hierarchical_proportion
      pplcompare ask predict             the next campaign, and more
      pplcompare simulate --seed 1       counts that a model could have made
      pplcompare list                    data sets, models, backends
      pplcompare show hierarchical --as stan
      pplcompare selftest                the checks themselves on trial
      pplcompare doctor                  what is installed, what is missing
    """
    make_safe()


for command in (run, check, calibrate, bench, exact, ask, simulate, show, list_known, doctor, selftest):
    main.add_command(command)

if __name__ == "__main__":
    main()
