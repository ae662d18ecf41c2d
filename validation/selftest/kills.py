"""The kill table: which check notices each mutant, how surely, and with how many draws.

What alters the density must be noticed where densities are compared; what alters draws or predictions must be noticed
in them alone, since draws made elsewhere have no density.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from pplcompare.backends.settings import NUTSSettings
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.posterior_check import check_posterior, planned_comparisons
from pplcompare.validation.checks.predictive_check import check_prediction, planned_predictions, predicted
from pplcompare.validation.checks.result import CheckReport, Outcome
from pplcompare.validation.checks.same_model import check_same_model
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.selftest.in_processes import in_processes
from pplcompare.validation.selftest.trial_models import TRIAL_MODELS, TrialModel
from pplcompare.validation.study.plan import FAMILY_LEVEL
from pplcompare.validation.wrapped.exact_backend import ExactBackend
from pplcompare.validation.wrapped.mutants import EQUIVALENT, MUTANTS, RIGHT, MutantBackend, MutantProgram, Mutation

LADDER: Final = tuple(NUTSSettings(chains=4, draws=draws) for draws in (250, 1000, 5000, 20_000))
"""Budgets, the smallest first; the exact sampler's draws are independent, so all of them are effective."""

DEFAULT: Final = NUTSSettings(chains=4, draws=5000)
"""What a run takes; with so many draws nothing may be found where nothing is wrong."""

ROUNDED: Final = NUTSSettings(chains=4, draws=1000)
"""The budget of what is right and must pass with a note."""

ENOUGH: Final = 0.99
"""Power at which a budget is enough."""

UNALTERED: Final = "(none)"
"""The name of the mutant that is none."""

SOUND: Final = ("rates", "shapes", "proportion")
"""The cases on which the exact sampler itself is tried."""

_REACH_DENSITY: Final = frozenset({"structure", "inputs", "density"})
_REACH_DRAWS: Final = frozenset({"structure", "inputs", "target", "settings", "draws", "prediction"})


@dataclass(frozen=True, slots=True)
class Noticed:
    """How a mutant was noticed.

    Attributes
    ----------
    check
        The check that failed, most often; empty if none did.
    caught, repetitions
        In how many of the repetitions.
    draws
        Effective draws of each repetition; none where densities are compared.
    noted
        In how many of the repetitions the report held a note.
    """

    check: str
    caught: int
    repetitions: int
    draws: int = 0
    noted: int = 0

    @property
    def power(self) -> float:
        """The share of the repetitions that were caught."""
        return self.caught / self.repetitions


@dataclass(frozen=True, slots=True)
class Kill:
    """One row of the table.

    Attributes
    ----------
    density, draws
        What became of the comparison of densities, and of the checks of draws or predictions; None where the mutation
        does not reach.
    unseen
        Why these checks cannot notice the mutant; empty where they must.
    must_note
        Whether what they cannot notice, since it is right, must leave a note.
    """

    mutant: str
    case: str
    what: str
    density: Noticed | None
    draws: Noticed | None
    unseen: str = ""
    must_note: bool = False

    @property
    def right(self) -> bool:
        """Whether every check noticed what it must, and nothing that is not there."""
        found = [noticed for noticed in (self.density, self.draws) if noticed is not None]
        if self.must_note and any(noticed.noted < noticed.repetitions for noticed in found):
            return False
        if self.unseen:
            return all(noticed.caught <= most(noticed.repetitions, FAMILY_LEVEL) for noticed in found)
        return bool(found) and all(noticed.power >= ENOUGH for noticed in found)


def kill_table(repetitions: int, seed: int, announce: Callable[[str], None], jobs: int = 1) -> list[Kill]:
    """Put the exact sampler, every mutant, every equivalent mutant and what is right before the checks.

    Parameters
    ----------
    repetitions
        With different seeds, for each budget.
    announce
        The function that is told what is being done.
    jobs
        The greatest number of processes.
    """
    row = partial(_row, repetitions=repetitions, seed=seed)
    return in_processes(row, range(len(_trials())), jobs, announce, "mutant")


def _row(number: int, repetitions: int, seed: int) -> Kill:
    """Return the row of the trial with this number: functions that mutate do not go to another process."""
    return _trials()[number].kill(repetitions, seed)


def _trials() -> list[_Trial]:
    trials = [_Trial(UNALTERED, Mutation("the exact sampler", on), "nothing is wrong") for on in SOUND]
    trials += [_Trial(name, mutation) for name, mutation in MUTANTS.items()]
    trials += [
        _Trial(it.mutant, replace(MUTANTS[it.mutant], on=it.on), it.reason, it.density, it.draws) for it in EQUIVALENT
    ]
    return trials + [
        _Trial(name, mutation, mutation.what, budget=ROUNDED, must_note=True) for name, mutation in RIGHT.items()
    ]


@dataclass(frozen=True, slots=True)
class _Trial:
    """One mutant before the checks."""

    name: str
    mutation: Mutation
    unseen: str = ""
    density: bool = True
    draws: bool = True
    budget: NUTSSettings = DEFAULT
    must_note: bool = False

    def kill(self, repetitions: int, seed: int) -> Kill:
        """Return the row of the table."""
        alters, case = self.mutation.alters, TRIAL_MODELS[self.mutation.on]
        program = MutantBackend(ExactBackend(), self.mutation).compile(case.model.structure, case.inputs.sizes)
        density = self.density and not (alters and alters.isdisjoint(_REACH_DENSITY))
        draws = self.draws and not (alters and alters.isdisjoint(_REACH_DRAWS))
        root = np.random.SeedSequence([seed, zlib.crc32(f"{self.name} on {self.mutation.on}".encode())])
        return Kill(
            self.name,
            self.mutation.on,
            self.mutation.what,
            _by_density(program, case) if density else None,
            self._by_draws(program, case, root, repetitions) if draws else None,
            self.unseen,
            self.must_note,
        )

    def _by_draws(
        self, program: MutantProgram, case: TrialModel, root: np.random.SeedSequence, repetitions: int
    ) -> Noticed:
        """Climb the ladder until a budget is enough; where nothing is to be seen take one that is given."""
        predicts = not self.mutation.alters or "prediction" in self.mutation.alters
        for settings in (self.budget,) if self.unseen else LADDER:
            failed, noted = list[str](), 0
            for seed in root.generate_state(repetitions).tolist():
                report = _checked(program, case, settings, seed >> 1, predicts)
                failed += [name for name in [_noticed_by(report)] if name]
                noted += bool(report.notes)
            draws = settings.chains * settings.draws
            noticed = Noticed(_most_often(failed), len(failed), repetitions, draws, noted)
            if noticed.power >= ENOUGH:
                break
        return noticed


def _by_density(program: MutantProgram, case: TrialModel) -> Noticed:
    failures = check_same_model(program, case.model.structure, case.inputs).failures
    return Noticed(failures[0].check if failures else "", int(bool(failures)), 1)


def _checked(
    program: MutantProgram, case: TrialModel, settings: NUTSSettings, seed: int, predicts: bool
) -> CheckReport:
    """Check one fit as a run does: the posterior, then what is predicted."""
    structure, inputs = case.model.structure, case.inputs
    planned = planned_comparisons(structure, inputs) + planned_predictions(case.counts)
    levels = Levels.weighted(FAMILY_LEVEL, planned)
    fit = program.sample(inputs, settings, seed)
    report = check_posterior(case.exact, structure, inputs, fit.draws, settings, levels).report
    if predicts and report.outcome is Outcome.PASSED:
        return check_prediction(case.exact, predicted(program, case.exact, fit, seed), fit, seed, levels)
    return report


def _noticed_by(report: CheckReport) -> str:
    """Return the check that fails, or what denies a verdict; nothing where all is well.

    Underpowered is not passed, and not certified neither: chains that disagree are denied a verdict, and a speed, by
    the gate of effective draws, and draws that are too coarse by their resolution.
    """
    return f"{report.denied[0].check} of {report.denied[0].subject}" if report.denied else ""


def _most_often(names: list[str]) -> str:
    return Counter(names).most_common(1)[0][0] if names else ""
