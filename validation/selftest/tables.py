"""The tables of the self-test in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pplcompare.validation.output.sheet import NAME, WORDS, Column, Sheet
from pplcompare.validation.selftest.calibration_kills import CalibrationKill
from pplcompare.validation.selftest.kills import Kill, Noticed
from pplcompare.validation.selftest.null_rates import LEVELS, Rate
from pplcompare.validation.selftest.simulated_chains import SAMPLERS
from pplcompare.validation.selftest.trial import HarnessKill, SelfTest
from rich.console import Console
from rich.text import Text

_WRONG: Final = "bold red"
_LEAST: Final = 12
_WORDS: Final = {"fault", "reason", "what", "caught by", "caught by density", "caught by draws alone", "most against"}


def show_selftest(found: SelfTest, to: Console) -> None:
    """Print null rates, mutants, defects of the harness, and what is not as it must be."""
    to.print(_rate_table(found))
    to.print(_mutant_table(kill for kill in found.kills if not kill.unseen))
    to.print(_equivalent_table(kill for kill in found.kills if kill.unseen and not kill.must_note))
    to.print(_right_table(kill for kill in found.kills if kill.must_note))
    to.print(_harness_table(found.harness))
    if found.calibrations:
        to.print(_calibration_table(found.calibrations))
    for complaint in found.wrong:
        to.print(Text(complaint, style=_WRONG))
    caught = sum(kill.right for kill in found.kills if not kill.unseen) + sum(it.right for it in found.harness)
    caught += sum(it.right for it in found.calibrations if not it.must_pass)
    bounded = sum(rate.right for rate in found.rates)
    to.print(Text(f"{caught} mutants caught, {bounded} of {len(found.rates)} rates within bounds. Seed {found.seed}."))


def _table(title: str, *headings: str) -> Sheet:
    columns = (Column(heading, least=WORDS if heading in _WORDS else _LEAST) for heading in headings[1:])
    return Sheet(title, (Column(headings[0], least=NAME), *columns))


def _rate_table(found: SelfTest) -> Sheet:
    """Return a row for each check, with the counts at all levels for each sampler."""
    levels = ", ".join(f"{level:g}" for level in LEVELS)
    title = f"Right draws rejected, of {found.rate_repetitions:,}, at the levels {levels}"
    table = _table(title, "check", *SAMPLERS)
    cells = {(rate.kind, rate.sampler): rate for rate in found.rates}
    for kind in dict.fromkeys(rate.kind for rate in found.rates):
        rates = (cells.get((kind, sampler)) for sampler in SAMPLERS)
        table.add(kind, *map(_counts, rates))
    every = (Rate("", sampler, found.rate_repetitions, found.rate_repetitions, {}) for sampler in SAMPLERS)
    bounds = ([rate.limits(level) for level in LEVELS] for rate in every)
    table.add("bounds", *(", ".join(f"{low}–{high}" for low, high in ends) for ends in bounds))
    return table


def _counts(rate: Rate | None) -> Text:
    if rate is None:
        return Text("not tested", style="dim")
    shown = ", ".join(str(rate.rejected[level]) for level in LEVELS)
    shown += "" if rate.tested == rate.repetitions else f" ({rate.tested:,} tested)"
    return Text(shown, style="" if rate.right else _WRONG)


def _mutant_table(kills: Iterable[Kill]) -> Sheet:
    table = _table("Mutants", "mutant", "fault", "caught by density", "caught by draws alone", "power", "draws")
    for kill in kills:
        power, draws = (f"{100 * kill.draws.power:g} %", f"{kill.draws.draws:,}") if kill.draws else ("–", "–")
        cells = (kill.what, _check(kill.density), _check(kill.draws), power, draws)
        table.add(Text(kill.mutant, style="" if kill.right else _WRONG), *cells)
    return table


def _equivalent_table(kills: Iterable[Kill]) -> Sheet:
    table = _table("Equivalent: nothing to be caught", "mutant", "on", "reason", "caught", "draws")
    for kill in kills:
        tried = kill.draws or kill.density
        assert tried is not None
        cells = (
            kill.case,
            kill.unseen,
            f"{tried.caught} of {tried.repetitions}",
            f"{tried.draws:,}" if tried.draws else "–",
        )
        table.add(Text(kill.mutant, style="" if kill.right else _WRONG), *cells)
    return table


def _right_table(kills: Iterable[Kill]) -> Sheet:
    table = _table("Right: to be passed with a note", "draws", "on", "what", "caught", "noted", "effective draws")
    for kill in kills:
        tried = kill.draws
        assert tried is not None
        counts = f"{tried.caught} of {tried.repetitions}", f"{tried.noted} of {tried.repetitions}"
        cells = (kill.case, kill.what, *counts, f"{tried.draws:,}")
        table.add(Text(kill.mutant, style="" if kill.right else _WRONG), *cells)
    return table


def _check(noticed: Noticed | None) -> str:
    return "–" if noticed is None else noticed.check or "nothing"


def _harness_table(harness: Iterable[HarnessKill]) -> Sheet:
    table = _table("Defects of the harness", "defect", "fault", "caught by")
    for it in harness:
        table.add(Text(it.defect, style="" if it.right else _WRONG), it.what, it.defective or "nothing")
    return table


def _calibration_table(calibrations: Iterable[CalibrationKill]) -> Sheet:
    table = _table("Faults that a calibration finds", "fault", "what", "found", "after", "allowed", "most against")
    for it in calibrations:
        after = "–" if it.after is None else f"{it.after:,}"
        cells = (it.what, f"{it.found} of {it.repetitions}", after, f"{it.within:,}", it.quantity)
        table.add(Text(it.fault, style="" if it.right else _WRONG), *cells)
    return table
