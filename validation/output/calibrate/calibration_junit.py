"""A calibration as JUnit XML: one test case for each model and backend."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from pplcompare.validation.output.calibrate.calibration_documents import CalibratedDocument, CalibrationDocument
from pplcompare.validation.output.calibrate.calibration_terminal import calibration_power
from pplcompare.validation.output.calibrate.night_documents import NightsDocument, NightVerdictDocument, night_reason
from pplcompare.validation.output.junit_file import add_properties, class_name, versions_of, xml_text
from pplcompare.validation.study.verdict import ABSENT, Verdict, excused

_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def calibration_xml(document: CalibrationDocument) -> bytes:
    """Return the file for a document.

    What has failed is a ``failure``; what is underpowered or incomplete, or required and absent, an ``error``; absent
    backends that nobody asked for are ``skipped``. Where all are skipped, a case says so with an ``error``. The
    properties of the suite say at which level, with which seed and versions it was judged, and what is found.
    """
    root = ET.Element("testsuites", name="pplcompare calibrate")
    suite = ET.SubElement(root, "testsuite", name=xml_text(f"pplcompare {document['data_name']}"), time="0")
    add_properties(suite, _properties(document))
    for one in document["calibrated"]:
        suite.append(_case(document, one))
    if (history := document.get("history")) is not None:
        for night in history["verdicts"]:
            suite.append(_over_time(document, history, night))
    if all(one["verdict"] in ABSENT for one in document["calibrated"]):
        case = ET.SubElement(suite, "testcase", classname="pplcompare", name="nothing was checked", time="0")
        ET.SubElement(case, "error", message="no backend is available", type="nothing checked")
    counts = {name: str(len(suite.findall(f"testcase/{tag}"))) for name, tag in _COUNTED.items()}
    suite.attrib.update({**counts, "tests": str(len(suite.findall("testcase")))})
    root.attrib.update({name: suite.attrib[name] for name in ("tests", "failures", "errors")})
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _properties(document: CalibrationDocument) -> dict[str, object]:
    history = document.get("history")
    return {
        "pplcompare": document["pplcompare"],
        "level": f"{document['level']:g}",
        "level.over_time": None if history is None else f"{history['level']:g}",
        "seed": document["seed"],
        "source": document["source"],
        "replications": document["replications"],
        "mutant": document["mutant"],
        "power": calibration_power(document),
        **versions_of((one["backend"], one["versions"]) for one in document["calibrated"]),
    }


def _over_time(document: CalibrationDocument, history: NightsDocument, one: NightVerdictDocument) -> ET.Element:
    classname = class_name(str(document["data_name"]), one["model"], one["backend"])
    case = ET.Element("testcase", classname=classname, name="calibration over time", time="0")
    if one["verdict"] == Verdict.FAILED:
        ET.SubElement(case, "failure", message=xml_text(night_reason(history, one)), type=one["verdict"])
    return case


def _case(document: CalibrationDocument, one: CalibratedDocument) -> ET.Element:
    classname = class_name(str(document["data_name"]), one["model"], one["backend"])
    case = ET.Element("testcase", classname=classname, name="calibration", time="0")
    if one["verdict"] == Verdict.PASSED:
        return case
    if one["verdict"] == Verdict.FAILED:
        tag = "failure"
    else:
        tag = "skipped" if excused(one["verdict"], one["backend"], document["required"]) else "error"
    ET.SubElement(case, tag, message=xml_text(f"{one['verdict']}: {one['reason']}"), type=one["verdict"])
    return case
