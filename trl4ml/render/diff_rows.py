"""Every change between two audits as one row of words, under titles, the same in each format."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from trl4ml.core.diff import ItemSeen, ReportDiff, Setting, VerdictChange, Withheld
from trl4ml.core.evidence import Kind, Measure
from trl4ml.core.noun import Scalar
from trl4ml.core.project import Waiver
from trl4ml.core.verdict import PASSES, Status
from trl4ml.render.words import STATUS

SETTINGS = {"config_digest": "trl4ml.yaml", "partial": "asked with --only"}

MOST_NAMED = 5
CHANCE = {
    None: "",
    True: "the intervals are apart: more than chance",
    False: "the intervals overlap: it may be chance",
}


class Row(NamedTuple):
    what: str
    change: str
    said: str = ""


Section = tuple[str, list[Row]]


def sections(diff: ReportDiff) -> list[Section]:
    """Everything there is to tell, under titles, what was lost first; no title without a row."""
    told: list[Section] = [
        *_verdicts(diff),
        ("Not compared, as git does not keep what it rests on", [_withheld(w) for w in diff.withheld]),
        ("Items added", [_item(diff, item) for item in diff.items_added]),
        ("Items removed", [_item(diff, item) for item in diff.items_removed]),
        ("Items that ask otherwise", [
            Row(f"{e.item}, {e.field}", _arrow(e.before, e.after)) for e in diff.item_edits
        ]),
        ("Measures", [
            Row(f"{c.probe}.{c.measure} ({', '.join(c.components)})", _measures(c.before, c.after), CHANCE[c.apart])
            for c in diff.measures
        ]),
        ("Components", [
            *(Row(name, "added") for name in diff.components_added),
            *(Row(name, "removed") for name in diff.components_removed),
        ]),
        ("Probes, checklists, settings", [*_probes(diff), *_checklists(diff), *_settings(diff)]),
        ("Waivers", [
            *_waivers(diff.waivers_added, "added"), *_waivers(diff.waivers_removed, "removed"),
        ]),
    ]  # fmt: skip
    return [(title, rows) for title, rows in told if rows]


def _verdicts(diff: ReportDiff) -> Iterator[Section]:
    came_or_went = {seen.item for seen in chain(diff.items_added, diff.items_removed)}
    told: dict[str, list[Row]] = {
        "Lost": [], "Gained": [], "Let pass by a waiver": [], "Otherwise changed": [], "Asked anew": [], "No longer asked": [],
    }  # fmt: skip
    for change in diff.verdicts:
        if change.item not in came_or_went:
            told[_kind(change)].append(_verdict(change))
    yield from told.items()


def _kind(change: VerdictChange) -> str:
    if change.before is None:
        return "Asked anew"
    if change.after is None:
        return "No longer asked"
    passed, passes = change.before.status in PASSES, change.after.status in PASSES
    if not passed and change.after.status is Status.WAIVED:
        return "Let pass by a waiver"
    return "Otherwise changed" if passed is passes else "Gained" if passes else "Lost"


def _verdict(change: VerdictChange) -> Row:
    shown = change.after or change.before
    assert shown
    what = f"{change.item} ({change.component}, level {shown.level})"
    sides = [(word, side) for word, side in (("was", change.before), ("now", change.after)) if side]
    said = "; ".join(f"{word}: {side.message}" for word, side in sides)
    return Row(
        what + ("" if shown.gate else " advisory"),
        " → ".join(STATUS[side.status] for _, side in sides),
        said,
    )


def _withheld(one: Withheld) -> Row:
    what = f"{one.item} ({one.component}, level {one.level})"
    rests = f"rests on {_few(one.files)}" if one.files else ""
    return Row(what + ("" if one.gate else " advisory"), f"now {STATUS[one.status]}", rests)


def _item(diff: ReportDiff, seen: ItemSeen) -> Row:
    about = [(c.component, c.after or c.before) for c in diff.verdicts if c.item == seen.item]
    statuses = ", ".join(f"{STATUS[one.status]} ({name})" for name, one in about if one)
    kind = "gate" if seen.gate else "advisory"
    return Row(f"{seen.item}, level {seen.level}, {kind}", statuses, seen.ask)


def _probes(diff: ReportDiff) -> Iterator[Row]:
    for c in diff.probes:
        what = f"{c.probe} ({', '.join(c.components)})"
        if c.before is None or c.after is None:
            yield Row(what, "asked now" if c.after else "no longer asked")
            continue
        moved = [
            _arrow(was, now, name)
            for name, was, now in (
                ("answers", c.before.outcome.value, c.after.outcome.value),
                ("version", c.before.version, c.after.version),
                ("from", c.before.distribution, c.after.distribution),
            )
            if was != now
        ]
        yield Row(what, "; ".join(moved))


def _checklists(diff: ReportDiff) -> Iterator[Row]:
    for c in diff.checklists:
        if c.before is None or c.after is None:
            yield Row(f"checklist {c.checklist}", "in force now" if c.after else "no longer")
        elif c.before.version == c.after.version:
            yield Row(f"checklist {c.checklist}", f"its text changed within {c.after.version}")
        else:
            yield Row(f"checklist {c.checklist}", _arrow(c.before.version, c.after.version))


def _settings(diff: ReportDiff) -> Iterator[Row]:
    for one in diff.settings:
        yield Row(_setting(one), _changed(one))


def _setting(one: Setting) -> str:
    name = SETTINGS.get(one.name, one.name.replace("_", " "))
    return f"{one.component}, {name}" if one.component else name


def _changed(one: Setting) -> str:
    return "changed" if one.name == "config_digest" else _arrow(one.before, one.after)


def _waivers(waivers: Sequence[Waiver], change: str) -> Iterator[Row]:
    """One row for all that somebody answers for alike, as for those of a baseline."""
    alike: dict[tuple[date, str, str], list[str]] = {}
    for one in waivers:
        whose = f"{one.item}{f' ({one.component})' if one.component else ''}"
        alike.setdefault((one.until, one.owner, one.reason), []).append(whose)
    for (until, owner, reason), items in alike.items():
        yield Row(_few(items), f"{change}, until {until}", f"{owner}: {reason}")


def _few(names: Sequence[str]) -> str:
    more = len(names[MOST_NAMED:])
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more else "")


def _arrow(before: Scalar | None, after: Scalar | None, name: str = "") -> str:
    was, now = ("none" if side in (None, "") else str(side) for side in (before, after))
    return f"{name} {was} → {now}".strip()


def _measures(before: Measure | None, after: Measure | None) -> str:
    rounded = [_measure(side, exact=False) for side in (before, after)]
    if rounded[0] == rounded[1]:
        rounded = [_measure(side, exact=True) for side in (before, after)]
    return " → ".join(rounded)


def _measure(one: Measure | None, exact: bool) -> str:
    if one is None:
        return "not given"
    if one.undefined:
        return f"undefined: {one.undefined}"

    def number(value: Scalar | None) -> str:
        return f"{value:.6g}" if isinstance(value, float) and not exact else str(value)

    limits = (one.lower, one.upper)
    about = [f"{number(one.lower)} to {number(one.upper)}"] if limits != (None, None) else []
    about += [f"n {one.n}"] if one.n is not None else []
    about += [one.kind.value] if one.kind is not Kind.COUNTED else []
    unit = f" {one.unit}" if one.unit else ""
    return f"{number(one.value)}{unit}" + (f" ({', '.join(about)})" if about else "")
