"""What Evidently writes as JSON: reports and test suites to 0.6, snapshots' results since 0.7.

Raises ValueError for what is none of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from trl4ml.artefacts.numbers import Number, fault, listed, mapping, text, whole

STATUSES = {"SUCCESS", "FAIL", "WARNING", "ERROR", "SKIPPED"}
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
DRIFT_BEFORE, DRIFT_NOW = "DatasetDriftMetric", "DriftedColumnsCount"


class Drift(NamedTuple):
    """Of the columns of the whole data set."""

    share: Any
    columns: int | None
    drifted: bool | None
    """As Evidently judges it: the share is at least its limit. None where it does not say."""


class Report(NamedTuple):
    tests: Counter[str]
    """By status."""
    failed: tuple[str, ...]
    numbers: tuple[Number, ...]
    drifts: tuple[Drift, ...]


def report(data: Any) -> Report:
    """What the file says."""
    metrics, tests = (listed(mapping(data).get(name)) for name in ("metrics", "tests"))
    if isinstance(data, dict) and not isinstance(data.get("tests", []), list):
        raise ValueError("it is not what Evidently writes: its tests are no list")
    if not metrics and not tests:
        raise ValueError("it is not what Evidently writes: it has neither metrics nor tests")
    read = [_metric(mapping(one)) for one in metrics]
    numbers = tuple(number for one, _ in read for number in one)
    drifts = tuple(drift for _, drift in read if drift)
    statuses = [mapping(one).get("status") for one in tests]
    if any(not isinstance(one, str) or one not in STATUSES for one in statuses):
        raise ValueError("it is not what Evidently writes: a test in it has no known status")
    failed = (text(one.get("name")) or "a test" for one in tests if one["status"] == "FAIL")
    return Report(Counter(map(str, statuses)), tuple(failed), numbers, drifts)


def _metric(one: dict[str, Any]) -> tuple[list[Number], Drift | None]:
    if isinstance(one.get("metric"), str) and isinstance(one.get("result"), dict):
        return list(_before(one["metric"], one["result"])), _drift_before(one)
    name = one.get("metric_name", one.get("metric_id"))
    if isinstance(name, str) and "value" in one:
        kind = name.partition("(")[0]
        config = mapping(one.get("config"))
        numbers = _plain(f"{kind} {text(config.get('column'))}", one["value"])
        return list(numbers), _drift_now(kind, config, one["value"])
    raise ValueError("it is not what Evidently writes: a metric in it has no name or no value")


def _before(kind: str, result: dict[str, Any]) -> Iterator[Number]:
    """To 0.6: what is a number in the result, or in its part on the current data."""
    name = f"{kind} {text(result.get('column_name'))}"
    yield from _plain(name, result)
    yield from _plain(f"{name} current", mapping(result.get("current")))


def _plain(name: str, value: Any) -> Iterator[Number]:
    every = value.items() if isinstance(value, dict) else [("", value)]
    for key, one in every:
        if isinstance(one, int | float) and not isinstance(one, bool):
            yield Number(HUMPS.sub(" ", f"{name} {text(key)}"), one)


def _drift_before(one: dict[str, Any]) -> Drift | None:
    result = one["result"]
    if one["metric"] != DRIFT_BEFORE:
        return None
    said = result.get("dataset_drift")
    columns = whole(result.get("number_of_columns"))
    return Drift(
        result.get("share_of_drifted_columns"), columns, said if isinstance(said, bool) else None
    )


def _drift_now(kind: str, config: dict[str, Any], value: Any) -> Drift | None:
    if kind != DRIFT_NOW:
        return None
    share, limit = mapping(value).get("share"), config.get("drift_share")
    drifted = None if fault(share) or fault(limit) else bool(share >= limit)  # type: ignore[operator]
    return Drift(share, None, drifted)
