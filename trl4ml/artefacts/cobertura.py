"""What Cobertura XML says, from its tags as they come. Raises ValueError for another kind."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from trl4ml.artefacts.coverage import Report, empty, hit
from trl4ml.core.views import Tag

CONDITIONS = re.compile(r"\(([0-9]{1,9})/([0-9]{1,9})\)")
OWN = ["class", "lines", "line"]
OF_METHODS = ["class", "methods", "method", "lines", "line"]


class Class(NamedTuple):
    """What one class says: its own lines count, where it has none those of its methods."""

    name: str
    own: Report
    of_methods: Report
    faults: set[str]
    """Of the lines of its methods."""


def cobertura(tags: Iterable[Tag]) -> Report:
    report, rate = empty(), None
    above: list[str] = []
    classes: list[Class] = []
    for name, attributes, text in tags:
        if attributes is None:
            above.pop()
            if name == "class":
                _end(classes.pop(), report)
            elif name == "source":
                report.add_folder(text)
            continue
        if not above:
            rate = _root(name, attributes)
        above.append(name)
        if name == "class":
            path = attributes.get("filename") or attributes.get("name") or "?"
            report.add_name(path)
            classes.append(Class(path, empty(), empty(), set()))
        elif above[-3:] == OWN:
            _line(classes[-1].own, classes[-1].name, attributes)
        elif above[-5:] == OF_METHODS:
            try:
                _line(classes[-1].of_methods, classes[-1].name, attributes)
            except ValueError as error:
                classes[-1].faults.add(str(error))
    return report._replace(recorded=rate)


def _root(name: str, attributes: dict[str, str]) -> float | None:
    if name != "coverage":
        raise ValueError("it is not Cobertura XML")
    try:
        return float(attributes["line-rate"]) if "line-rate" in attributes else None
    except ValueError:
        raise ValueError("its line-rate is not a number") from None


def _line(report: Report, name: str, said: dict[str, str]) -> None:
    at = said.get("number", "")
    report.add_line(name, at, hit(said.get("hits", "")))
    if ways := CONDITIONS.search(said.get("condition-coverage", "")):
        report.add_branch(name, at, int(ways[1]), int(ways[2]))


def _end(one: Class, report: Report) -> None:
    if one.own.lines:
        report.take(one.own)
    elif one.faults:
        raise ValueError(min(one.faults))
    else:
        report.take(one.of_methods)
