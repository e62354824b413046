"""Two reports compared, of which the earlier was made in a copy without the files that git does not keep.

What rests on such a file was not to be seen in the copy. It is set apart, as neither won nor lost, and
a level is compared with every level that it may have been.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from trl4ml.core.comparing import compare
from trl4ml.core.diff import LevelChange, MeasureChange, ProbeChange, ReportDiff, Withheld
from trl4ml.core.judging import SCORE
from trl4ml.core.level import gate, supported
from trl4ml.core.report import ComponentReport, Report
from trl4ml.core.verdict import PASSES, Status

OF_REVIEWS = ("review-level-", "condition-")
"""How items begin that ask for reviews: a review is of one report, and that of the copy is another."""
Unseen = Mapping[tuple[str, str], tuple[str, ...]]
"""By component and probe: the files that its evidence read and that the copy lacks."""
ChangeT = TypeVar("ChangeT", MeasureChange, ProbeChange)


def compare_with_copy(
    before: Report, after: Report, absent: Mapping[str, tuple[str, ...]]
) -> ReportDiff:
    """As `compare`. `absent` are the files that the copy lacks, by the digest of the evidence in
    `after` that read them."""
    changes = compare(before, after)
    read = {
        (component.name, after.evidence[digest].probe): absent[digest]
        for component in after.components
        for verdict in component.verdicts
        for digest in verdict.evidence
        if digest in absent
    }
    if not read or changes.partial:
        return changes
    unseen = {**read, **dict(_of_scores(read))}
    apart = tuple(_withheld(before, after, unseen))
    items = {(one.component, one.item) for one in apart}
    levels, unsure = _levels(before, after, items)
    return changes.model_copy(update={
        "levels": levels, "unsure": unsure, "withheld": apart,
        "verdicts": tuple(v for v in changes.verdicts if (v.component, v.item) not in items),
        "measures": tuple(_seen(changes.measures, unseen)),
        "probes": tuple(_seen(changes.probes, unseen)),
    })  # fmt: skip


def _of_scores(read: Unseen) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """What the score of each component rests on by way of the items that it counts."""
    for name in {name for name, _ in read}:
        files = {file for (whose, _), each in read.items() if whose == name for file in each}
        yield (name, SCORE), tuple(sorted(files))


def _withheld(before: Report, after: Report, unseen: Unseen) -> Iterator[Withheld]:
    """Each item that cannot be compared, but for what passes on both sides."""
    old = {(c.name, v.item): v for c in before.components for v in c.verdicts}
    for component in after.components:
        mine = {probe: files for (name, probe), files in unseen.items() if name == component.name}
        for now in component.verdicts if mine else ():
            was = old.get((component.name, now.item))
            if was is None or (was.status in PASSES and now.status in PASSES):
                continue
            read = {after.evidence[digest].probe for digest in now.evidence} & mine.keys()
            if now.item.startswith(OF_REVIEWS):
                read = set(mine)
            if read:
                yield Withheld.model_construct(
                    component=component.name, item=now.item, level=now.level, gate=now.gate,
                    status=now.status, files=tuple(sorted({f for one in read for f in mine[one]})),
                )  # fmt: skip


def _seen(changes: Iterable[ChangeT], unseen: Unseen) -> Iterator[ChangeT]:
    """The changes, without the components of which the copy shows nothing."""
    for one in changes:
        names = tuple(name for name in one.components if (name, one.probe) not in unseen)
        if names:
            yield one.model_copy(update={"components": names})


def _levels(
    before: Report, after: Report, items: Collection[tuple[str, str]]
) -> tuple[tuple[LevelChange, ...], tuple[LevelChange, ...]]:
    """The levels that fell or rose whatever the copy did not show; and those that may have fallen."""
    least = {c.name: _level(c, items, Status.UNKNOWN) for c in before.components}
    most = {c.name: _level(c, items, Status.MET) for c in before.components}
    now = {c.name: _number(c.supported) for c in after.components}
    sides = [
        (name, least[name], most[name], now[name]) for name in sorted(least.keys() & now.keys())
    ]
    rows: list[tuple[str | None, int, int, int]] = [*sides]
    if len(least.keys() | now.keys()) > 1:
        rows.insert(0, (None, min(least.values()), min(most.values()), min(now.values())))
    known = [(name, low if new < low else high, new)
             for name, low, high, new in rows if not low <= new <= high]  # fmt: skip
    unsure = [(name, high, new) for name, low, high, new in rows if low <= new < high]
    return tuple(map(_change, known)), tuple(map(_change, unsure))


def _change(row: tuple[str | None, int, int]) -> LevelChange:
    name, was, now = row
    before, after = (None if level < 0 else level for level in (was, now))
    return LevelChange.model_construct(component=name, before=before, after=after)


def _level(component: ComponentReport, items: Collection[tuple[str, str]], status: Status) -> int:
    """The level that it would support if those of its items had that status; -1 is below entry."""
    verdicts = [
        v.model_copy(update={"status": status}) if (component.name, v.item) in items else v
        for v in component.verdicts
    ]
    gates = [gate(n, verdicts) for n in range(component.entry_level, 10)]
    return _number(supported(component.entry_level, gates))


def _number(level: int | None) -> int:
    return -1 if level is None else level
