"""Short ways to make the nouns that tests judge."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from trl4ml.core.answer import Answer
from trl4ml.core.canonical import digest
from trl4ml.core.checklist import Checklist, Item
from trl4ml.core.evidence import Evidence, Finding, Held, Measure, Outcome, found
from trl4ml.core.judging import NOTHING_TOLD, Told
from trl4ml.core.noun import Scalar
from trl4ml.core.project import Component, Policy, Project, Waiver
from trl4ml.core.report import Report, build_report
from trl4ml.core.switchback import Switchback

TODAY = date(2026, 11, 21)


def item(id: str, level: int = 0, wants: str = "probe_a", **more: Any) -> Item:
    given = {
        "id": id, "level": level, "ask": "Is it?", "why": "Because.", "wants": wants,
        "if_not": {"remedy": "Do it.", "effort": "hours"}, **more,
    }  # fmt: skip
    return Item.model_validate(given, strict=False)


def checklist(*items: Item, **more: Any) -> Checklist:
    given = {"checklist": "own", "version": "1", "title": "t", "about": "a", "items": items}
    return Checklist.model_validate({**given, **more}, strict=False)


def evidence(
    probe: str, outcome: Outcome = Outcome.YES, message: str = "said", **measures: Measure | Scalar
) -> Evidence:
    finding: Finding = found(outcome, message, (), **measures)
    return Evidence(probe=probe, version=1, distribution="test 1", **dict(finding))


NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def answer(item: str, said: str = "yes", days: float = 0, by: str = "Ana", **more: Any) -> Answer:
    """An answer given so many days after noon of 2026-11-01."""
    at = NOON + timedelta(days=days)
    return Answer.model_validate(
        {"item": item, "answer": said, "by": by, "at": at, **more}, strict=False
    )


def switchback(component: str, left: int, to: int, days: float = 0, **more: Any) -> Switchback:
    given = {
        "component": component, "left": left, "to": to, "kind": "discovery", "by": "Ana",
        "reason": "the labels were wrong", "at": NOON + timedelta(days=days), **more,
    }  # fmt: skip
    return Switchback.model_validate(given, strict=False)


def report(
    items: Sequence[Item], found: Sequence[Evidence], *, components: Sequence[Component] = (),
    waivers: Sequence[Waiver] = (), level: int | None = None, today: date = TODAY,
    told: Told = NOTHING_TOLD, **more: Any,
) -> Report:  # fmt: skip
    parts = tuple(components) or (Component(name="model"),)
    project = Project(name="p", components=parts, policy=Policy(waivers=tuple(waivers)), **more)
    by_probe = {one.probe: Held(digest(one), one) for one in found}
    return build_report(
        project, ["0" * 64, "1" * 64], [checklist(*items)], items,
        {part.name: by_probe for part in parts}, today, "trl4ml test", level, said=told,
    )  # fmt: skip
