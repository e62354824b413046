"""Tests as evidence: `@pytest.mark.trl4ml("item-id")` names the item that a test proves.

The mark becomes the JUnit property `trl4ml` of the test, which the probe `test-results` counts from
the file that `pytest --junitxml=junit.xml` writes. `pytest --trl4ml` says which items a run supports.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

ITEM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ENVIRONMENTS = ("synthetic", "simulation", "lab", "shadow", "production")
MARK = ("trl4ml(item, …, environment='lab'): the test proves these items of a trl4ml checklist, "
        "as seen in that environment")  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trl4ml")
    group.addoption("--trl4ml", action="store_true", help="say which items the run supports")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each mark becomes a property; what is no item's id ends the run with a sentence."""
    for item in items:
        told = [one for mark in item.iter_markers("trl4ml") for one in _properties(item, mark)]
        item.user_properties += dict.fromkeys(told)
        places = {place for name, place in told if name == "trl4ml.environment"}
        if len(places) > 1:
            says = f"{item.nodeid}: its marks name {' and '.join(sorted(places))}"
            raise pytest.UsageError(f"{says}; a test runs in one environment")


def _properties(item: pytest.Item, mark: pytest.Mark) -> list[tuple[str, str]]:
    ids, more = mark.args, dict(mark.kwargs)
    where = more.pop("environment", None)
    if not ids or more or not all(isinstance(id, str) and ITEM.fullmatch(id) for id in ids):
        says = f"{item.nodeid}: mark it as in @pytest.mark.trl4ml('item-id')"
        raise pytest.UsageError(f"{says}; trl4ml list items names them")
    if where is not None and where not in ENVIRONMENTS:
        says = f"{item.nodeid}: environment '{where}' is not one of {', '.join(ENVIRONMENTS)}"
        raise pytest.UsageError(says)
    told = [("trl4ml", id) for id in ids]
    return told + ([("trl4ml.environment", where)] if where else [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--trl4ml"):
        return
    terminalreporter.section("items of trl4ml")
    told = Counter(_told(terminalreporter.stats))
    items = sorted({item for item, _ in told})
    for item in items:
        counts = {status: n for (one, status), n in sorted(told.items()) if one == item}
        word = "supported" if _holds(set(counts)) else "not supported"
        says = ", ".join(f"{n} {status}" for status, n in counts.items())
        terminalreporter.write_line(f"{word:13}  {item}  ({says})")
    if not items:
        terminalreporter.write_line("no test of this run is marked with an item")


def _holds(statuses: set[str]) -> bool:
    """Whether a test of the item ran and none failed; as the probe counts them."""
    return bool(statuses & {"passed", "xpassed"}) and statuses <= {"passed", "xpassed", "skipped"}


def _told(stats: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    """Item and status of each marked test; the teardown of a test that passed does not count."""
    for status in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        for report in stats.get(status, ()):
            if report.when == "call" or status != "passed":
                yield from (
                    (str(v), status) for name, v in report.user_properties if name == "trl4ml"
                )
