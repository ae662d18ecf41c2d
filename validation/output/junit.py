"""A check as JUnit XML: one test case for each data set, model, backend and group of checks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from pplcompare.validation.checks.result import DENIED, Outcome
from pplcompare.validation.study.verdict import ABSENT, Verdict

_GROUPS: Final = {
    "same_model": "same model",
    "posterior": "posterior",
    "prediction": "prediction",
    "over_fits": "all fits of the backend",
}
_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}
# What XML 1.0 cannot hold, however it is escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(document: Mapping[str, Any]) -> bytes:
    """Return the file for a document of `check_summary`: a suite for each data set.

    A failed group is a ``failure``. What is underpowered, not certified or incomplete, or required and absent, is an
    ``error``; absent backends that nobody asked for, and groups that were not reached, are ``skipped``. Notes are
    printed: ``system-out``. Where nothing was checked, each suite has a case that says so, with an ``error``: readers
    take a suite whose cases are skipped, or are those of the reference alone, for green.
    """
    root, totals = ET.Element("testsuites", name="pplcompare check"), Counter[str]()
    for data in document["data"]:
        suite = ET.SubElement(root, "testsuite", name=_text(f"pplcompare {data}"), time="0")
        cases = [case for fit in document["fits"] if fit["data"] == data for case in _cases(fit, document["required"])]
        if document["nothing_checked"]:
            cases.append(_nothing_checked(data, document["nothing_checked"]))
        suite.extend(cases)
        counts = {name: sum(case.find(tag) is not None for case in cases) for name, tag in _COUNTED.items()}
        counts["tests"] = len(cases)
        totals.update(counts)
        suite.attrib.update({name: str(count) for name, count in counts.items()})
    root.attrib.update({name: str(totals[name]) for name in ("tests", "failures", "errors")})
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _cases(fit: Mapping[str, Any], required: list[str]) -> list[ET.Element]:
    """Return a case for each group; the reason of a bad verdict stands with the group that led to it."""
    cases, guilty = [], _guilty(fit)
    classname = _text(f"pplcompare.{fit['data']}.{fit['model']}.{fit['backend']}")
    for group, name in _groups(fit).items():
        case, found = ET.Element("testcase", classname=classname, name=name, time="0"), fit[group]
        cases.append(case)
        if group != guilty:
            if found["outcome"] != Outcome.PASSED:
                _add(case, "skipped", "not tested")
        elif found["outcome"] == Outcome.FAILED:
            worst, all_of_them = found["failed"][0], "\n".join(result["text"] for result in found["failed"])
            _add(case, "failure", worst["text"], all_of_them, worst["check"])
        elif fit["verdict"] in ABSENT and fit["backend"] not in required:
            _add(case, "skipped", f"{fit['verdict']}: {fit['reason']}")
        else:
            _add(case, "error", f"{fit['verdict']}: {fit['reason']}", kind=fit["verdict"])
        if found["notes"]:
            ET.SubElement(case, "system-out").text = _text("\n".join(found["notes"]))
    return cases


def _nothing_checked(data: str, why: str) -> ET.Element:
    case = ET.Element("testcase", classname=_text(f"pplcompare.{data}"), name="nothing was checked", time="0")
    _add(case, "error", why, kind="nothing checked")
    return case


def _guilty(fit: Mapping[str, Any]) -> str | None:
    """Return which group led to a bad verdict: what was found wrong, else where it stopped."""
    if fit["verdict"] == Verdict.PASSED:
        return None
    groups = _groups(fit)
    found = [group for group in groups if fit[group]["outcome"] in DENIED]
    stopped = (group for group in groups if fit[group]["outcome"] == Outcome.NOT_TESTED)
    # What a second look did not reach is in no group of its own.
    return next(iter((*found, *stopped)), list(groups)[-1])


def _groups(fit: Mapping[str, Any]) -> dict[str, str]:
    """Return the groups of checks.

    Sums over fits are one only if there were several fits, densities only if they are not the reference's own.
    """
    empty = {"over_fits": Outcome.NOT_TESTED, "same_model": Outcome.OURS}
    return {group: name for group, name in _GROUPS.items() if fit[group]["outcome"] != empty.get(group)}


def _add(case: ET.Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    element = ET.SubElement(case, tag, message=_text(message))
    element.text = _text(text) or None
    if kind:
        element.set("type", _text(kind))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
