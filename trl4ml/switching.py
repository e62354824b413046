"""Switchbacks: a component is sent back by somebody, for a reason, within the rules; and its history."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.answer import ahead
from trl4ml.core.project import Component
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.switchback import LATEST_AFTER_DEPLOYMENT, Switchback, SwitchbackKind, refused
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.run import Gathered, gather, judged
from trl4ml.store.records import Records


class Sent(NamedTuple):
    """A switchback as it was recorded, where, and the level that is left."""

    record: Switchback
    path: Path
    supported: int | None


def send_back(
    done: Gathered, component: str, to: int, kind: SwitchbackKind, *, reason: str, review: str,
    by: str, now: datetime,
) -> Sent:  # fmt: skip
    """Record that the component goes back. Raises WrongInput when a rule forbids it."""
    one = find_component(done, component)
    supported = standing(judged(done), component).supported
    if says := refused(one, supported, to, kind, returns_to(done, component)):
        raise WrongInput(f"--to {to}: {says}")
    if len(reason.strip()) < 10:
        raise WrongInput("--reason: say in at least 10 characters why it goes back")
    if kind is SwitchbackKind.REVIEW and not review.strip():
        raise WrongInput("--review: a switchback by review names the review that decided it")
    record = Switchback(
        component=component, left=supported or 0, to=to, kind=kind, reason=reason, review=review,
        by=by, at=_moment(done, now),
    )  # fmt: skip
    path = Records(done.root).add(record)
    after = judged(gather(done.root, today=done.today))
    return Sent(record, path, standing(after, component).supported)


def _moment(done: Gathered, now: datetime) -> datetime:
    """Now, to the second; after what was answered before, so that it is older than the switchback."""
    answered = [a.at for a in Records(done.root).answers() if not ahead(a, done.today)]
    return max([now.replace(microsecond=0), *(at + timedelta(seconds=1) for at in answered)])


def find_component(done: Gathered, name: str) -> Component:
    every = {one.name: one for one in done.loaded.project.components}
    if name not in every:
        known = f"{did_you_mean(every, name)}; there is {', '.join(every)}"
        raise WrongInput(f"--component {name}: no component is called so{known}")
    return every[name]


def standing(report: Report, component: str) -> ComponentReport:
    return next(one for one in report.components if one.name == component)


def returns_to(done: Gathered, component: str) -> int | None:
    """The level to which a change sends what is in use, the earliest if several say; None: unused."""
    entries = done.loaded.told.get("deployment", {}).get("entries", ())
    live = [
        entry.get("returns_to", LATEST_AFTER_DEPLOYMENT)
        for entry in entries
        if entry.get("live") and entry.get("component") in (None, component)
    ]
    return min(live, default=None)


def history(done: Gathered) -> tuple[Switchback, ...]:
    """Every switchback of the project, oldest first."""
    return Records(done.root).switchbacks()
