"""A benchmark in the terminal: a table for each case, then what must be known to read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from pplcompare.validation.exact.exact_words import number
from pplcompare.validation.output.bench.bench_cells import (
    COLD_HEADINGS,
    HEADINGS,
    SPEEDS,
    cells,
    cold_cells,
    ratio_and_interval,
    was_cold,
)
from pplcompare.validation.output.bench.bench_documents import (
    BenchDocument,
    CaseDocument,
    ChangesDocument,
    HistoryDocument,
)
from pplcompare.validation.output.sheet import NAME, Column, Sheet, alike
from pplcompare.validation.output.terminal import verdict_text
from pplcompare.validation.output.words import circumstances, seed_sentence
from rich.console import Console
from rich.text import Text

_LEAST: Final = {"95 % interval": 8, "to the fastest": 17, "to 400 ESS": 8, "memory": 5, "cold to 400 ESS": 8}
"""Cells of columns whose numbers may go on in the next line."""

_NOTHING: Final = "no speed that is believed, so that nothing was compared"


def show_bench(document: BenchDocument, to: Console) -> None:
    """Print the tables and how they came about."""
    for case in document["cases"]:
        to.print(_table(case))
        told = [(entry["backend"], line) for entry in case["entries"] for line in (entry["reason"], *entry["doubts"])]
        for backend, line in told:
            if line:
                to.print(Text(f"{backend}: ", style="bold").append(line, style="not bold"))
        if any(line for _, line in told):
            to.print()
    for line in (*gains(document), *over_time(document.get("history")), *explanation(document)):
        to.print(Text(line))


def over_time(history: HistoryDocument | None) -> Iterable[str]:
    """Yield what has become of speeds over time: each that is slower, and what is not."""
    if history is None:
        return
    for change in history["changes"]:
        if change["change"] == "slower" and change["ratio"] is not None and change["most"] is not None:
            yield (
                f"Slower over time: {change['backend']}, {change['case']}: the last {change['last']} runs have "
                f"{change['ratio']:.2f} of the speed before, at most {change['most']:.2f}."
            )
    kinds = Counter(change["change"] for change in history["changes"])
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or _NOTHING
    yield (
        f"History of {history['runs']} runs in {history['file']}: {told}. A speed that is surely less than "
        f"1/{history['slowdown']:g} of that of the {history['entries']} runs before fails; where nothing has changed "
        f"a run fails with probability at most {history['level']:g}. Only the same machine and versions of libraries "
        "count."
    )


def gains(document: BenchDocument) -> Iterable[str]:
    """Yield what leaving out the rates gains, a line for each model and data set; nothing without intervals."""
    told = [gain for gain in document["gains"] if gain["ratio"]["low"] is not None]
    found: dict[str, list[str]] = {}
    for gain in told:
        found.setdefault(f"{gain['data']}, {gain['model']}", []).append(
            f"{gain['backend']} {ratio_and_interval(gain['ratio'])}"
        )
    for label, ratios in found.items():
        yield f"{label}, speed without rates in units of that with them: {', '.join(ratios)}."
    if told:
        yield f"Intervals of these ratios of two medians: {100 * told[0]['ratio']['coverage']:.1f} %."


def explanation(document: BenchDocument) -> Iterable[str]:
    """Yield how the numbers were measured, a line each."""
    coverage = next((e["speed"]["coverage"] for c in document["cases"] for e in c["entries"] if e["speed"]), 0.0)
    rounds, settings = document["rounds"], document["settings"]
    yield (
        f"{rounds} interleaved rounds of {settings['chains']} chains of {settings['warmup']} + {settings['draws']}, "
        "one run after the other, each backend in a process of its own; ESS/s: the least of bulk, tail and spread ESS "
        "over all parameters, per second of warm-up and sampling."
    )
    if any(entry["error"] is not None for case in document["cases"] for entry in case["entries"]):
        yield (
            "error/sd: how far the means of a run are from the exact ones, in posterior standard deviations; root mean "
            "square over all parameters, median over rounds."
        )
    if coverage:
        yield f"Intervals of medians by order statistics: {100 * coverage:.1f} %. Ratios are those of the same rounds."
    else:
        yield "Too few rounds for intervals: at least 6 are needed, and what has none is inconclusive."
    yield from _caches(document)
    cores = {tuple(used["cores"]) for used in document["processes"].values()}
    if cores:
        shown = (" ".join(map(str, each)) or "not known" for each in sorted(cores))
        yield f"Cores that backends ran on: {', '.join(shown)}."
    machine = document["machine"]
    yield f"{machine['processor']}, load at the end {machine['load'][0]:g}; Python {machine['python']}."
    yield seed_sentence(document["seed"])
    yield from circumstances(document["interrupted"], document["mutant"])


def _caches(document: BenchDocument) -> Iterable[str]:
    """Yield in which state caches were: backends that keep what they compile start faster than those that do not."""
    if any(map(was_cold, document["cases"])):
        yield "cold: one more start of each backend, with empty caches."
    elif any(entry["seconds_to_enough"] is not None for case in document["cases"] for entry in case["entries"]):
        found = "Caches are as they were found: Stan's C++ is compiled once and kept, others keep less"
        # What grows is not started with empty caches.
        yield f"{found}; --cold starts everything with empty caches." if document["axis"] is None else f"{found}."


def _table(case: CaseDocument) -> Sheet:
    cold = was_cold(case)
    parts = [(heading, "speed" if at < SPEEDS else "error, seconds and memory") for at, heading in enumerate(HEADINGS)]
    parts += [(heading, "with empty caches") for heading in COLD_HEADINGS if cold]
    names = (Column("backend", least=NAME), Column("verdict"))
    columns = (Column(heading, part, right=True, least=_LEAST.get(heading)) for heading, part in parts)
    table = Sheet(case["label"], (*names, *columns))
    for entry in case["entries"]:
        last = cold_cells(entry) if cold else []
        table.add(entry["backend"], verdict_text(entry["verdict"]), *cells(entry), *last)
    return table


def show_changes(document: ChangesDocument, to: Console) -> None:
    """Print a comparison of two benchmarks."""
    ratios = alike(("new / old", "interval"), right=True)
    table = Sheet("", (Column("case", least=NAME), Column("backend", least=NAME), Column("change"), *ratios), keys=2)
    for change in document["changes"]:
        style = {"slower": "bold red", "not slower": "green"}.get(change["change"], "yellow")
        ratio = change["ratio"]
        interval = "–" if ratio is None or ratio["low"] is None else f"{ratio['low']:.2f} – {ratio['high']:.2f}"
        shown = (number(None if ratio is None else ratio["median"], 3), interval)
        table.add(change["case"], change["backend"], Text(change["change"], style=style), *shown)
    to.print(table)
    for change in document["changes"]:
        if change["reason"]:
            subject = Text(f"{change['backend']}, {change['case']}: ", style="bold")
            to.print(subject.append(change["reason"], "not bold"))
    for which in ("OLD", "NEW"):
        alone = [change["backend"] for change in document["changes"] if change["change"] == f"only in {which}"]
        if alone:
            to.print(Text(f"Only in {which}: {', '.join(dict.fromkeys(alone))}."))
    for sentence in document["differences"]:
        to.print(Text(sentence))
    to.print(Text(f"A speed fails if it has surely become less than 1/{document['slowdown']:g} of the old one."))
