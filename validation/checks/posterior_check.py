"""Is the posterior right? Draws against the exact marginal distributions.

Each draw becomes z = Phi^-1(F(draw)) by the exact distribution function F of its quantity: if the sampler is right,
every z is exactly N(0, 1), whatever the model. Mean, variance and distribution of z are tested with the effective
number of draws, each at the level of its kind (`levels`), so that false alarms of the whole run are rarer than the
family-wise level says, in all chains together and in each, and so is each plate as a whole; then quantities of several
variables, whether rates belong to the hyper-parameters of their draw, that no value recurs, that no chain is a copy of
another one, and that none stops. Rounded draws are tested as any value of their cells (`transform`), and a quantity
whose exact distribution is not known well enough is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pplcompare.backends.fit import Draws
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure
from pplcompare.validation.checks.apartness import in_shares_apart
from pplcompare.validation.checks.atoms import NAMES as ATOMS
from pplcompare.validation.checks.between_chains import each_chain_results, planned_between_chains, pooled_chain_results
from pplcompare.validation.checks.comparisons import moment_results, pooled_results
from pplcompare.validation.checks.cut_tails import QUANTILES, tail_results
from pplcompare.validation.checks.derived_check import QUANTITIES, derived_left_out, derived_results
from pplcompare.validation.checks.effective import Chains, EffectiveSizes, effective_sizes
from pplcompare.validation.checks.gates import check_effective_size, check_gates, quantities, quantity_names
from pplcompare.validation.checks.joint import joint_left_out, joint_results, planned_joint
from pplcompare.validation.checks.levels import Levels
from pplcompare.validation.checks.notes import rounding_notes
from pplcompare.validation.checks.result import CheckReport, CheckResult, Outcome, with_detail
from pplcompare.validation.checks.rounding import Grid, within
from pplcompare.validation.checks.scored import pooled_scores, scored
from pplcompare.validation.checks.whole_chains import planned_whole_chains, whole_chain_results
from pplcompare.validation.exact import ExactPosterior


@dataclass(frozen=True, slots=True)
class PosteriorCheck:
    """The findings of one fit's draws.

    Attributes
    ----------
    report
        Gates and comparisons.
    sizes
        Effective numbers of draws by quantity; empty where a gate failed.
    """

    report: CheckReport
    sizes: Mapping[str, EffectiveSizes]


def planned_comparisons(structure: Structure, inputs: Inputs) -> Counter[str]:
    """Return how many comparisons of each kind one fit needs at most: the level of each depends on them."""
    plates = sum(variable.plate is not None for variable in structure.variables)
    single = len(quantity_names(structure, inputs))
    of_chains = planned_between_chains(single, plates) + planned_whole_chains()
    return (
        planned_joint(structure, inputs)
        + of_chains
        + Counter(
            {
                "mean": single,
                "variance": single,
                "proportion": len(QUANTILES) * single,
                "atom": len(ATOMS) * single,
                "pooled mean": plates,
                "pooled variance": plates,
                "derived": len(QUANTITIES),
            }
        )
    )


def check_posterior(
    exact: ExactPosterior,
    structure: Structure,
    inputs: Inputs,
    draws: Draws,
    settings: NUTSSettings,
    levels: Levels,
    *,
    derived: bool = True,
    note: str = "",
) -> PosteriorCheck:
    """Check the draws of one fit: gates, then every quantity, then each plate as a whole.

    Parameters
    ----------
    levels
        False-alarm probability of each comparison, by kind.
    derived
        Whether quantities of several variables and the joint law are tested, which need the draws of all groups.
    note
        A clause that every test of the joint law is given; it may be empty.
    """
    gates = check_gates(structure, inputs, draws, settings, exact.marginal)
    if gates:
        return PosteriorCheck(CheckReport(tuple(gates)), {})
    found = _Found(exact, inputs, levels)
    for label, name, group, chains in quantities(structure, inputs, draws):
        found.look_at(label, name, group, chains)
    found.pool()
    results = [*whole_chain_results(draws, found.seen, levels, enough=not found.underpowered), *found.results]
    inside = {**draws, **found.inside}
    if derived and found.coarse:
        reason = f"draws of {', '.join(found.coarse[:3])} are too coarse, or on the border"
        results += [*derived_left_out(exact, reason), *joint_left_out(exact, reason)]
    elif derived and not found.underpowered:
        results += derived_results(exact, inside, levels.of("derived"))
        joint = joint_results(exact, inside, found.scores[exact.plate_variable], found.grids, levels, note)
        results += in_shares_apart(joint, exact, inside)
    compared_results = sum(np.isfinite(result.limit) for result in results)
    report = CheckReport(tuple(results), int(compared_results), rounding_notes(found.grids))
    return PosteriorCheck(report, found.sizes)


class _Found:
    """What is found in one quantity after the other, and what tests of several need of each.

    Attributes
    ----------
    scores
        By variable of a plate, the normal scores of each of its groups that can be pooled.
    grids
        The grids of rounded draws, by quantity.
    inside
        Draws of hyper-parameters, those that were rounded anywhere in their cells.
    seen
        The normal scores of all quantities whose draws are fine enough.
    underpowered, coarse
        Variables with too few effective draws; quantities whose draws are too coarse, or on the border.
    """

    def __init__(self, exact: ExactPosterior, inputs: Inputs, levels: Levels) -> None:
        self._exact, self._groups, self._levels = exact, len(inputs.groups), levels
        self.results: list[CheckResult] = []
        self.sizes: dict[str, EffectiveSizes] = {}
        self.scores: dict[str, list[Chains]] = {}
        self.grids: dict[str, tuple[Grid | None, ...]] = {}
        self.inside: dict[str, Chains] = {}
        self.seen: list[Chains] = []
        self.underpowered: set[str] = set()
        self.coarse: list[str] = []

    def look_at(self, label: str, name: str, group: int | None, chains: Chains) -> None:
        """Check one quantity."""
        levels = self._levels
        self.sizes[label] = effective_sizes(chains)
        gate = check_effective_size(label, self.sizes[label])
        marginal, enough = self._exact.marginal(name, group), gate.outcome is Outcome.PASSED
        one = scored(label, chains, marginal, levels.of("atom"), enough=enough)
        if one.found is not None:
            self.results += each_chain_results(label, one.found.score, levels.of("chain mean"), enough=enough)
        self.results += [gate, *one.results]
        self.grids[label] = one.grids
        if group is None:
            self.inside[label] = within(marginal.support, chains, one.grids)
        # Nothing follows from a hyper-parameter on the border of its support.
        if one.coarse or (group is None and not marginal.support.holds(self.inside[label])):
            self.coarse.append(label)
        elif one.found is not None:
            self.seen.append(one.found.score)
        if not enough:
            self.underpowered.add(name)
        elif one.found is not None:
            self.results += moment_results(label, one.found.score, levels.of("mean"))
            self.results += tail_results(label, one.found.probability, levels.of("proportion"))
        if group is not None:
            parts, left_out = pooled_scores(label, one, self._groups)
            self.scores.setdefault(name, []).extend(parts)
            self.results += left_out

    def pool(self) -> None:
        """Check each plate as a whole."""
        levels = self._levels
        for name, parts in self.scores.items():
            if name in self.underpowered or not parts:
                continue
            plate, missing = np.stack(parts), self._groups - len(parts)
            pooled = pooled_results(f"{name}, all groups", plate, levels.of("pooled mean"))
            pooled += pooled_chain_results(f"{name}, all groups", plate, levels.of("pooled chain mean"))
            self.results += with_detail(pooled, f"without {missing} of {self._groups} groups" if missing else "")
