"""No page states a number that the results do not hold."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from triage import pages

NUMBER = r"-?\d+(?:\.\d+)?"
NOT_MEASURED = {"95"}  # the level of the intervals
LINKS_CODE_YEARS_AND_VERSIONS = (
    r"\]\([^)]*\)|`[^`]*`|\b(?:19|20)\d\d\b|\d+\.\d+\.\d+|[\w]+-\d[\d.]*"
)


def numbers(value: Any) -> Iterator[str]:
    """Every number in a result and in its keys, as JSON writes it and with four digits."""
    if isinstance(value, dict):
        yield from re.findall(NUMBER, " ".join(value))
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, int | float):
        yield from (str(value), f"{value:.4f}")


@pytest.mark.parametrize("page", pages.PAGES)
def test_every_number_in_a_page_is_in_a_result(
    page: str, root: Path, results: dict[str, Any]
) -> None:
    prose = re.sub(LINKS_CODE_YEARS_AND_VERSIONS, " ", (root / page).read_text("utf-8"))
    stated = {found for found in re.findall(NUMBER, prose) if float(found) not in range(10)}
    assert stated - set(numbers(results)) - NOT_MEASURED == set()


@pytest.mark.parametrize("page", pages.PAGES)
def test_the_blocks_of_a_page_are_what_the_results_say(
    page: str, root: Path, results: dict[str, Any]
) -> None:
    text = (root / page).read_text("utf-8")
    blocks = pages.blocks(results["data"], results["selection"], results["metrics"])
    assert pages.fill(text, blocks) == text


def test_a_block_is_replaced_and_the_prose_around_it_stays() -> None:
    text = "before\n<!-- split -->\nold\n<!-- /split -->\nafter\n"
    assert pages.fill(text, {"split": "new"}) == text.replace("old", "new")


def test_a_small_denominator_carries_a_dagger() -> None:
    estimate = {"value": 0.5, "lower": 0.3, "upper": 0.7, "n": 29}
    assert pages.number(estimate) == "0.5000 [0.3000, 0.7000], n = 29†"
    assert "†" not in pages.number(estimate | {"n": 30})


def test_an_undefined_metric_is_shown_with_its_reason() -> None:
    assert pages.number({"reason": "the denominator is 0", "n": 0}).startswith("undefined: the")
