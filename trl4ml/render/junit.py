"""The report as JUnit XML, as Jenkins, GitLab, Azure and Buildkite read it.

A gate is a test case: not met is a failure, unknown an error, never a skip, for a skip is green.
"""

from collections.abc import Collection
from xml.etree import ElementTree as ET

from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import Status, Verdict
from trl4ml.render.alerts import cut, lapsed_in, remedy, within
from trl4ml.render.plain import printable
from trl4ml.render.words import flat

COUNTED = {Status.NOT_MET: "failures", Status.UNKNOWN: "errors",
           Status.NOT_APPLICABLE: "skipped", Status.WAIVED: "skipped"}  # fmt: skip
TAG = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def junit(report: Report) -> str:
    """One suite for each component, one case for each item up to the wanted level."""
    lapsed = lapsed_in(report)
    suites = ET.Element("testsuites", name=f"trl4ml {report.project}")
    verdicts: dict[str, list[Verdict]] = {one.name: [] for one in report.components}
    for component, verdict in within(report):
        verdicts[component.name].append(verdict)
    for component in report.components:
        suites.append(_suite(report, component, verdicts[component.name], lapsed))
    for name in ("tests", "failures", "errors", "skipped"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _suite(
    report: Report, component: ComponentReport, verdicts: list[Verdict], lapsed: Collection[int]
) -> ET.Element:
    cases = [_case(report, component, one, id(one) in lapsed) for one in verdicts]
    suite = ET.Element("testsuite", name=component.name, tests=str(len(cases)))
    for name, tag in TAG.items():
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", "0")
    suite.extend(cases)
    return suite


def _case(report: Report, component: ComponentReport, one: Verdict, lapsed: bool) -> ET.Element:
    where = f"{report.project}.{component.name}.level-{one.level}"
    case = ET.Element("testcase", classname=where, name=one.item, time="0")
    says = cut(printable(flat(one.message)))
    what = remedy(report.item(one.item), one)
    counted = COUNTED.get(one.status)
    if lapsed and counted != "errors":
        counted = "failures"
    advice = not one.gate and not lapsed and counted in ("failures", "errors")
    if counted is None or advice:
        words = f"advice: {says}. {what}" if advice else says
        ET.SubElement(case, "system-out").text = words
    else:
        found = ET.SubElement(case, TAG[counted], message=says)
        if counted != "skipped":
            found.set("type", str(one.status))
            found.text = what
    return case
