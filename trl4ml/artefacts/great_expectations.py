"""A validation result of Great Expectations, 0.15 to 1.x. Raises ValueError for what is not one."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from trl4ml.artefacts.numbers import listed, mapping, moment, text, whole, written

VERSION = re.compile(r"(?:0\.1[5-9]|1)\.\d")


class Validation(NamedTuple):
    """One suite against one batch of data."""

    suite: str
    asset: str
    """As they are written, of any length; the asset is empty where it is not told."""
    time: float | None
    """In seconds since 1970; None where it tells none."""
    success: bool
    evaluated: int
    successful: int
    failed: tuple[str, ...]
    """What was not met, by type and column."""
    raised: tuple[str, ...]
    """What could not be evaluated, and why."""


def validation(data: Any) -> Validation:
    """The validation that a result tells of."""
    if isinstance(data, dict) and "validation_results" in data:
        raise ValueError("it is the summary of a checkpoint; keep the result of each validation")
    version = mapping(mapping(data).get("meta")).get("great_expectations_version")
    if not isinstance(version, str) or not {"success", "statistics", "results"} <= data.keys():
        raise ValueError("it is not a validation result of Great Expectations")
    if not VERSION.match(version):
        raise ValueError(f"it is of Great Expectations {text(version, 20)}; 0.15 to 1.x are read")
    meta, counts = data["meta"], mapping(data["statistics"])
    evaluated = whole(counts.get("evaluated_expectations"))
    successful = whole(counts.get("successful_expectations"))
    if evaluated is None or successful is None or successful > evaluated:
        raise ValueError("its statistics do not tell how many expectations were met")
    if not isinstance(data["success"], bool):
        raise ValueError("it does not say whether it succeeded")
    bad = [one for one in map(mapping, listed(data["results"])) if one.get("success") is not True]
    raised = {id(one): why for one in bad if (why := _raised(one.get("exception_info")))}
    return Validation(
        written(data.get("suite_name") or meta.get("expectation_suite_name")) or "a suite",
        written(mapping(meta.get("active_batch_definition")).get("data_asset_name")),
        moment(mapping(meta.get("run_id")).get("run_time") or meta.get("validation_time")),
        data["success"], evaluated, successful,
        tuple(_named(one) for one in bad if id(one) not in raised),
        tuple(f"{_named(one)}: {raised[id(one)]}" for one in bad if id(one) in raised),
    )  # fmt: skip


def _named(result: dict[str, Any]) -> str:
    config = mapping(result.get("expectation_config"))
    kind = text(config.get("type") or config.get("expectation_type")) or "an expectation"
    column = text(mapping(config.get("kwargs")).get("column"))
    return f"{kind} of {column}" if column else kind


def _raised(info: Any) -> str:
    """The first exception; GX 1 keeps them by the metric that raised them."""
    return next((text(one.get("exception_message")) or "it raised" for one in _infos(info)), "")


def _infos(info: Any) -> Iterator[dict[str, Any]]:
    for one in (info, *mapping(info).values()):
        if mapping(one).get("raised_exception") is True:
            yield one
