"""What is let pass until a day: waivers of single items, and the baseline of an old project."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import yaml

from trl4ml.amending import entered, replaced
from trl4ml.core.baseline import Baseline, Exempt
from trl4ml.core.report import Report, blocks
from trl4ml.core.verdict import LONGEST_DAYS, PASSES, Status
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.load import disk
from trl4ml.loading import CONFIG, find, load_all
from trl4ml.run import Audit, memory

BASELINE = "trl4ml-baseline.yaml"
SHORTEST_REASON = 10


class Waived(NamedTuple):
    """What a waiver was written for."""

    item: str
    component: str | None
    until: date


class Kept(NamedTuple):
    """What a baseline holds now, and what was dropped from it."""

    path: Path
    left: tuple[Exempt, ...]
    dropped: tuple[Exempt, ...]
    until: date


def day(text: str, today: date) -> date:
    """`2027-01-31`, or `90d` from today. Raises WrongInput; a month is no length of time."""
    try:
        number = text.removesuffix("d")
        until = (
            today + timedelta(days=int(number))
            if text.endswith("d") and number.isascii() and number.isdigit() and len(number) < 5
            else date.fromisoformat(text)
        )
    except (ValueError, OverflowError):
        says = f"'{text}' is no day" if text else "is missing"
        remedy = "give one as in 2027-01-31, or a number of days as in 90d"
        raise WrongInput(f"--until: {says}; {remedy}") from None
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        last = today + timedelta(days=LONGEST_DAYS)
        raise WrongInput(f"--until: {until} is not between today and {last}, a year from now")
    return until


def waive(
    path: Path | None, item: str, component: str | None, owner: str, reason: str, until: date
) -> Waived:
    """Write the waiver into trl4ml.yaml. Raises WrongInput, and then nothing has changed."""
    _worded(owner, reason)
    root = find(path)
    loaded = load_all(root, memory(root))
    items = [one.id for each in loaded.checklists for one in each.items]
    if item not in items:
        raise WrongInput(f"{item}: no item in force is called so{did_you_mean(items, item)}")
    names = [one.name for one in loaded.project.components]
    if component is not None and component not in names:
        raise WrongInput(f"--component {component}: {CONFIG} has no such component"
                         f"{did_you_mean(names, component)}; it has {', '.join(names)}")  # fmt: skip
    for one in loaded.project.policy.waivers:
        if one.item == item and (one.component in (None, component) or component is None):
            raise WrongInput(f"{item}: is waived already, by {one.owner} until {one.until}; "
                             f"change that waiver instead")  # fmt: skip
    entry = {"item": item, "component": component, "owner": owner, "reason": reason,
             "until": str(until)}  # fmt: skip
    entry = {name: said for name, said in entry.items() if said is not None}
    text = disk.read(root / CONFIG, CONFIG)
    replaced(root / CONFIG, entered(text, ("policy", "waivers"), entry))
    return Waived(item, component, until)


def _worded(owner: str, reason: str) -> None:
    if not owner.strip():
        raise WrongInput("--owner: say who answers for it, as in --owner 'Ada Lovelace'")
    if len(reason.strip()) < SHORTEST_REASON:
        raise WrongInput(f"--reason: say in at least {SHORTEST_REASON} characters why it may pass")


def adopt(done: Audit, owner: str, reason: str, until: date) -> Kept:
    """List what does not hold today, up to the wanted level. Raises WrongInput."""
    _worded(owner, reason)
    text = disk.read(done.root / CONFIG, CONFIG)
    loaded = load_all(done.root, memory(done.root))
    named = loaded.project.policy.baseline
    if named or (done.root / BASELINE).exists():
        remedy = ("what is repaired leaves it with: trl4ml baseline --prune" if named else
                  f"but {CONFIG} does not name it: remove the file, or name it under policy")  # fmt: skip
        raise WrongInput(
            f"{named or BASELINE}: is there already, and a baseline does not grow; {remedy}"
        )
    if all(one.wanted is None for one in done.report.components):
        raise WrongInput(f"no level is wanted, so nothing falls short of it: set criticality or "
                         f"claims in {CONFIG}")  # fmt: skip
    known = {item.id for one in loaded.checklists for item in one.items}
    debts = tuple(one for one in _debts(done.report) if one.item in known)
    if not debts:
        raise WrongInput("nothing falls short of the wanted level, so no baseline is needed")
    amended = entered(text, ("policy", "baseline"), BASELINE)
    written = _written(Baseline(owner=owner, reason=reason, until=until).left_with(debts))
    if not _reads(written):
        raise WrongInput(f"{len(debts)} items do not hold, more than one baseline can list: want a lower "
                         f"level first, with `claims` in {CONFIG}")  # fmt: skip
    replaced(done.root / BASELINE, written)
    try:
        replaced(done.root / CONFIG, amended)
    except WrongInput:
        (done.root / BASELINE).unlink(missing_ok=True)
        raise
    return Kept(done.root / BASELINE, debts, (), until)


def _debts(report: Report) -> Iterable[Exempt]:
    for component in report.components:
        for verdict in component.verdicts:
            if (
                blocks(verdict)
                and component.wanted is not None
                and verdict.level <= component.wanted
            ):
                yield Exempt(item=verdict.item, component=component.name)


def prune(done: Audit) -> Kept:
    """Take out of the baseline what holds by now; nothing is ever added. Raises WrongInput."""
    root = done.root
    loaded = load_all(root, memory(root))
    name = loaded.project.policy.baseline
    if name is None:
        raise WrongInput(f"{CONFIG} names no baseline; make one with: trl4ml baseline")
    old = _read(root, name)
    held = {
        (component.name, verdict.item)
        for component in done.report.components
        for verdict in component.verdicts
        if verdict.status in PASSES and verdict.status is not Status.WAIVED
    }
    left = tuple(one for one in old.exempt if (one.component, one.item) not in held)
    dropped = tuple(one for one in old.exempt if (one.component, one.item) in held)
    if dropped:
        replaced(root / name, _written(old.left_with(left)))
    return Kept(root / name, left, dropped, old.until)


def grown(before: Path, after: Path) -> tuple[str, ...]:
    """How the baseline of a project grew from one copy of it to the other, in sentences.

    Raises WrongInput. Where either has none, nothing grew.
    """
    names = [load_all(root, memory(root)).project.policy.baseline for root in (before, after)]
    if not names[0] or not names[1]:
        return ()
    old, new = _read(before, names[0]), _read(after, names[1])
    added = sorted(f"{one.item} on {one.component}" for one in {*new.exempt} - {*old.exempt})
    says = [f"the baseline grew, which it may not: {', '.join(added)}"] if added else []
    if new.until > old.until:
        says.append(f"the baseline was to end on {old.until}, and now ends on {new.until}")
    return tuple(says)


def _read(root: Path, name: str) -> Baseline:
    from trl4ml.load.files import baseline

    return baseline(disk.read_inside(root, name), name)


def _reads(text: str) -> bool:
    """Whether it will be read again: a file has its limits."""
    from trl4ml.load.files import baseline

    try:
        return bool(baseline(text, BASELINE)) and len(text.encode()) <= disk.LARGEST
    except WrongInput:
        return False


def _written(baseline: Baseline) -> str:
    head = ("# What did not hold when trl4ml was adopted. It may not grow: what is repaired leaves it with\n"
            "# trl4ml baseline --prune, and what is left after `until` fails.\n")  # fmt: skip
    plain = baseline.model_dump(mode="json", exclude={"items"})
    return head + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=90)
