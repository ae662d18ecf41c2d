"""A check as JUnit XML: one test case for each data set, model, backend and group of checks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from pplcompare.validation.checks.result import DENIED, Outcome
from pplcompare.validation.output.documents import CheckDocument, CheckFitDocument, FitDocument, ReportDocument
from pplcompare.validation.output.junit_file import add_properties, class_name, versions_of, xml_text
from pplcompare.validation.output.words import NOT_TESTED, NOTHING_CHECKED, found_sentence
from pplcompare.validation.study.verdict import Verdict, excused

_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def junit_xml(document: CheckDocument) -> bytes:
    """Return the file for a document of `check_summary`: a suite for each data set.

    A failed group is a ``failure``. What is underpowered, not certified or incomplete, or required and absent, is an
    ``error``; groups that were not reached are ``skipped``. Absent backends that nobody asked for have no case, since
    it would be skipped for ever: the suite's ``system-out`` names them. Notes are there as well. The properties of a
    suite say at which level it was checked, with which seed and versions, and what was found. The time of a case is
    that of what it needed: programs were built for the same model, and run for the posterior. Where nothing was
    checked, each suite has a case that says so, with an ``error``: readers take a suite whose cases are skipped, or
    are those of the reference alone, for green.
    """
    root, totals = ET.Element("testsuites", name="pplcompare check"), Counter[str]()
    for data in document["data"]:
        suite = ET.SubElement(root, "testsuite", name=xml_text(f"pplcompare {data}"))
        fits = [fit for fit in document["fits"] if fit["data"] == data]
        present = [fit for fit in fits if not excused(fit["verdict"], fit["backend"], document["required"])]
        add_properties(suite, _properties(document, data, present))
        cases = [case for fit in present for case in _cases(fit)]
        if document["nothing_checked"]:
            cases.append(_nothing_checked(data, document["nothing_checked"]))
        suite.extend(cases)
        suite.set("time", f"{math.fsum(float(case.get('time', 0)) for case in cases):.3f}")
        counts = {name: sum(case.find(tag) is not None for case in cases) for name, tag in _COUNTED.items()}
        counts["tests"] = len(cases)
        totals.update(counts)
        suite.attrib.update({name: str(count) for name, count in counts.items()})
        if absent := [f"{fit['backend']}, {fit['model']}: {fit['reason']}" for fit in fits if fit not in present]:
            ET.SubElement(suite, "system-out").text = xml_text("\n".join(absent))
    root.attrib.update({name: str(totals[name]) for name in ("tests", "failures", "errors")})
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _properties(document: CheckDocument, data: str, fits: Sequence[CheckFitDocument]) -> dict[str, object]:
    """Return what somebody who keeps the file will ask of it; the level is that of the whole check."""
    looks = document["looks"]
    return {
        "pplcompare": document["pplcompare"],
        "level": f"{looks['false_alarm_bound']:g}",
        "looks": looks["number"],
        "seed": document["data"][data].get("seed"),
        "power": found_sentence(fits),
        **versions_of((fit["backend"], fit["versions"]) for fit in fits),
    }


def _cases(fit: CheckFitDocument) -> list[ET.Element]:
    """Return a case for each group; the reason of a bad verdict stands with the group that led to it."""
    cases, guilty = [], _guilty(fit)
    classname = class_name(fit["data"], fit["model"], fit["backend"])
    for name, found in _groups(fit).items():
        case = ET.Element("testcase", classname=classname, name=name, time=f"{_wall(fit, name):.3f}")
        cases.append(case)
        if name != guilty:
            if found["outcome"] != Outcome.PASSED:
                _add(case, "skipped", NOT_TESTED)
        elif found["outcome"] == Outcome.FAILED:
            worst, all_of_them = found["failed"][0], "\n".join(result["text"] for result in found["failed"])
            _add(case, "failure", worst["text"], all_of_them, worst["check"])
        else:
            _add(case, "error", f"{fit['verdict']}: {fit['reason']}", kind=fit["verdict"])
        if found["notes"]:
            ET.SubElement(case, "system-out").text = xml_text("\n".join(found["notes"]))
    return cases


def _wall(fit: CheckFitDocument, group: str) -> float:
    """Return the wall seconds of the phases that a group needed."""
    seconds = fit["seconds"]
    if seconds is None:
        return 0.0
    phases = {
        "same model": (seconds["build"], seconds["compile"]),
        "posterior": (seconds["run"], seconds["transfer"]),
    }
    return math.fsum(phase["wall"] for phase in phases.get(group, ()) if phase is not None)


def _nothing_checked(data: str, why: str) -> ET.Element:
    case = ET.Element("testcase", classname=class_name(data), name=NOTHING_CHECKED, time="0")
    _add(case, "error", why, kind="nothing checked")
    return case


def _guilty(fit: FitDocument) -> str | None:
    """Return which group led to a bad verdict: what was found wrong, else where it stopped."""
    if fit["verdict"] == Verdict.PASSED:
        return None
    groups = _groups(fit)
    found = [name for name, group in groups.items() if group["outcome"] in DENIED]
    stopped = (name for name, group in groups.items() if group["outcome"] == Outcome.NOT_TESTED)
    # What a second look did not reach is in no group of its own.
    return next(iter((*found, *stopped)), list(groups)[-1])


def _groups(fit: FitDocument) -> dict[str, ReportDocument]:
    """Return the groups of checks by name.

    Sums over fits are one only if there were several fits, densities and predictions only if they are not our own.
    """
    groups = {
        "same model": fit["same_model"],
        "posterior": fit["posterior"],
        "prediction": fit["prediction"],
        "all fits of the backend": fit["over_fits"],
    }
    empty = {"same model": Outcome.OURS, "prediction": Outcome.OURS, "all fits of the backend": Outcome.NOT_TESTED}
    return {name: group for name, group in groups.items() if group["outcome"] != empty.get(name)}


def _add(case: ET.Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    element = ET.SubElement(case, tag, message=xml_text(message))
    element.text = xml_text(text) or None
    if kind:
        element.set("type", xml_text(kind))
