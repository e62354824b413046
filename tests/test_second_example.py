"""examples/co2: two components at two levels, a way back, and an assumption that has ended."""

from datetime import date
from pathlib import Path

import pytest

from tests.test_example import TODAY, copied
from trl4ml import run
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import Status

REASON = (
    "The feed filled gaps on a line to the next measured week, so two forecasts of the back-test "
    "knew the future (docs/leak.md)."
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied("co2", tmp_path_factory.mktemp("co2"))


@pytest.fixture(scope="module")
def report(copy: Path) -> Report:
    return run.audit(copy, today=TODAY).report


def blocks(component: ComponentReport, level: int) -> dict[str, str]:
    return {
        v.item: v.message
        for v in component.verdicts
        if v.level == level and v.gate and v.status in (Status.NOT_MET, Status.UNKNOWN)
    }


def test_the_components_have_different_levels_and_the_system_the_lower_one(report: Report) -> None:
    levels = {c.name: (c.entry_level, c.claims, c.supported) for c in report.components}
    assert levels == {"co2-feed": (3, 3, 3), "co2-model": (0, 3, 2)}
    assert (report.supported, report.weakest, report.required_level) == (2, "co2-model", 4)
    assert not report.met


def test_the_only_thing_that_holds_the_model_back_is_the_assumption_that_ended(
    report: Report,
) -> None:
    assert blocks(report.components[1], 3) == {
        "assumption-same-site": "2 assumptions, expired: same-site (on 2022-11-28)"
    }


def test_the_day_before_the_eruption_the_assumption_had_not_ended(copy: Path) -> None:
    model = run.audit(copy, today=date(2022, 11, 27)).report.components[1]
    assumed = next(v for v in model.verdicts if v.item == "assumption-same-site")
    assert assumed.status is Status.MET


def test_what_lies_before_the_feed_is_people_who_do_not_own_it_and_a_record_that_ended(
    report: Report,
) -> None:
    waiting = blocks(report.components[0], 4)
    assert set(waiting) == {
        *("product-review", "ethics-answered", "ethics-affected-consulted"),
        *("ethics-third-party-terms", "data-representative"),
    }
    assert waiting["product-review"] == waiting["ethics-answered"] == "nobody has answered"
    assert "The record ends in 2001" in waiting["data-representative"]


def test_below_its_entry_level_nothing_is_asked_of_the_feed(report: Report) -> None:
    assert min(v.level for v in report.components[0].verdicts) == 3


def test_the_way_back_is_settled_and_still_shown(report: Report) -> None:
    model = report.components[1]
    assert [(s.left, s.to, s.kind, s.reason) for s in model.switchbacks] == [
        (3, 2, "discovery", REASON)
    ]
    settled = next(v for v in model.verdicts if v.item.startswith("settled-"))
    assert (settled.level, settled.status) == (2, Status.MET)
    assert settled.message.endswith("(docs/leak.md)")
    assert report.components[0].switchbacks == ()


def test_without_the_answers_given_after_it_the_way_back_is_open(tmp_path: Path) -> None:
    copy = copied("co2", tmp_path)
    sent = next((copy / ".trl4ml" / "switchbacks" / "co2-model").glob("*.json"))
    for answer in (copy / ".trl4ml" / "answers").rglob("*.json"):
        if answer.name.partition("Z-")[0] >= sent.name.partition("Z-")[0]:
            answer.unlink()
    model = run.audit(copy, today=TODAY).report.components[1]
    assert model.supported == 1
    old = "older than the switchback to level 2 on 2026-11-21; look again, and answer anew"
    assert blocks(model, 2)["research-review"].endswith(old)
    assert any(item.startswith("settled-") for item in blocks(model, 2))


def test_a_reader_sees_which_component_is_weakest_and_why(report: Report) -> None:
    shown = " ".join(run.render(report, "text").split())
    assert "supports level 2, Proof of Principle (PoP) Development (its weakest component, co2-model)" in shown  # fmt: skip
    assert "co2-feed 3 | 4 5 6 7 8 9 supports level 3" in shown
    assert "takes from co2-feed, which supports level 3" in shown
    assert f"was switched back from 3 to 2 on 2026-11-21 by The trl4ml authors (model) (discovery): {REASON}" in shown  # fmt: skip
    assert "not met: assumption-same-site (co2-model): 2 assumptions, expired" in shown


def test_a_requirement_that_failed_is_counted_as_failed(report: Report) -> None:
    found = [e for e in report.evidence.values() if e.probe == "requirements"]
    assert {evidence.measures["failed"].value for evidence in found} == {0, 1}
