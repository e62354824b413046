"""The report for a person at a terminal: the verdict, what to do next, the rest on request."""

import textwrap
from collections.abc import Iterator

from trl4ml.core.level import LEVELS
from trl4ml.core.project import Waiver
from trl4ml.core.report import ComponentReport, Report, blocks, next_steps
from trl4ml.core.verdict import PASSES, Status, Verdict
from trl4ml.render.plain import printable
from trl4ml.render.words import STATUS, counts, flat, level_of, share, verdict, ways

MOST_STEPS, MOST_ALIKE = 8, 5
COLOUR = {
    "READY": "32", "MET": "32", "NOT READY": "31", "NOT MET": "31", Status.MET: "32",
    Status.NOT_MET: "31", Status.UNKNOWN: "33", Status.NOT_APPLICABLE: "2", Status.WAIVED: "33",
}  # fmt: skip


def terminal(report: Report, *, every: bool = False, colour: bool = False, width: int = 80) -> str:
    """The report as text; `every` adds each item, `colour` adds terminal colours."""
    page = Page(colour, width)
    word, why = verdict(report)
    lines = page.wrapped(f"{word}  ", why, style=COLOUR.get(word, COLOUR["MET"]))
    if not report.partial:
        lines += ["", *(line for c in report.components for line in page.ladder(c, report))]
    lines += page.waivers(report, every)
    lines += page.items(report) if every or report.partial else page.steps(report)
    if not report.partial:
        lines += page.lifecycle(report, every)
    lines += ["", *page.wrapped("Items: ", counts(report) + ".")]
    if not every and not report.partial:
        lines += page.wrapped(
            "", "All of them: trl4ml audit --all. One of them: trl4ml explain ITEM."
        )
    return "\n".join(lines) + "\n"


def brief(report: Report, *, colour: bool = False, width: int = 80) -> str:
    """The verdict in one sentence, and below it only what holds the wanted level back."""
    page = Page(colour, width)
    word, why = verdict(report)
    lines = page.wrapped(f"{word}  ", why, style=COLOUR.get(word, COLOUR["MET"]))
    if not report.met:
        lines += page.waivers(report)
        for component in report.components:
            held = [
                v for v in component.verdicts if blocks(v) and v.level <= (component.wanted or 0)
            ]
            lines += [line for one in held for line in page.item(one)]
    return "\n".join(lines) + "\n"


def _alike(found: list[Verdict]) -> list[list[Verdict]]:
    """The verdicts by what their waivers say, the first said first."""
    groups: dict[tuple[object, ...], list[Verdict]] = {}
    for v in found:
        one = v.waiver
        groups.setdefault((one.owner, one.until, one.reason) if one else (), []).append(v)
    return list(groups.values())


def _together(alike: list[Verdict], one: Waiver) -> str:
    """Many waivers in one sentence."""
    number, reason = len(alike), flat(one.reason)
    if alike[0].status is Status.WAIVED:
        return f"{number} items, by {one.owner} until {one.until}: {reason}"
    return f"{number} items: the waivers by {one.owner} until {one.until} do not hold: {reason}"


class Page:
    """Lines of at most `width`, with or without colour; all text from outside is made printable."""

    def __init__(self, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = max(width, 40)

    def paint(self, text: str, style: str | None) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and style else text

    def wrapped(
        self, first: str, text: str, style: str | None = None, indent: int = 0
    ) -> list[str]:
        """The text behind a first word, wrapped and hung under itself."""
        hang = " " * (len(first) if indent == 0 else indent)
        lines = textwrap.wrap(
            printable(text), self._width, initial_indent=" " * len(first), subsequent_indent=hang,
            break_on_hyphens=False,
        ) or [" " * len(first)]  # fmt: skip
        lines[0] = self.paint(first.rstrip(), style) + lines[0][len(first.rstrip()) :]
        return lines

    def ladder(self, component: ComponentReport, report: Report) -> list[str]:
        """`model  0 1 2 3 4 | 5 6 7 8 9  supports 4, claims 4`."""
        longest = max(len(c.name) for c in report.components)
        top = component.entry_level - 1 if component.supported is None else component.supported
        met = " ".join(str(n) for n in range(component.entry_level, top + 1))
        ahead = " ".join(str(n) for n in range(top + 1, 10))
        rungs = f"{self.paint(met, COLOUR['MET'])}{' ' if met else ''}| {self.paint(ahead, '2')}"
        claim = "" if component.claims is None else f", claims {component.claims}"
        working = "" if component.working_on is None else f", working on {component.working_on}"
        said = f"{level_of(component).split(',')[0]}{working}{claim}"
        plain = f"  {component.name:{longest}}  {met} | {ahead}  {said}"
        first = f"  {component.name:{longest}}  {rungs.rstrip()}"
        lines = (
            [f"{first}  {said}"]
            if len(plain) <= self._width
            else [first, *self.wrapped("    ", said)]
        )
        return lines + [
            line for told in ways(component, report) for line in self.wrapped("    ", told)
        ]

    def lifecycle(self, report: Report, every: bool) -> list[str]:
        """Where in the lifecycle nothing is met; with `every`, each step with its counts."""
        covered = report.coverage()
        if not any(c.asked for c in covered):
            return []
        if not every:
            asked = [c for c in covered if c.asked]
            empty = [c.step for c in asked if not c.met]
            where = f"{len(empty)} of {len(asked)} steps (trl4ml audit --all)"
            few = len(empty) <= MOST_STEPS
            says = f"of what applies, nothing is met yet in {', '.join(empty) if few else where}."
            return ["", *self.wrapped("Lifecycle: ", says)] if empty else []
        lines = ["", "The lifecycle, items met of those that apply:"]
        longest = max(len(c.stage) for c in covered)
        for stage in dict.fromkeys(c.stage for c in covered):
            steps = " · ".join(f"{c.step} {share(c)}" for c in covered if c.stage == stage)
            lines += self.wrapped(f"  {stage:{longest}}  ", steps)
        return lines

    def waivers(self, report: Report, every: bool = False) -> list[str]:
        """Each waiver that holds, and each that does not; of a baseline's many, without `every`, how many."""
        held = [
            v for c in report.components for v in c.verdicts
            if v.waiver and v.status is Status.WAIVED
        ]  # fmt: skip
        ended = [v for v in report.lapsed_waivers if v.status not in PASSES]
        idle = [v for v in report.lapsed_waivers if v.status in PASSES]
        lines: list[str] = []
        for word, found, status in (
            ("waived", held, Status.WAIVED), ("lapsed", ended, Status.NOT_MET),
            ("lapsed", idle, Status.NOT_MET),
        ):  # fmt: skip
            for alike in _alike(found):
                if len(alike) > MOST_ALIKE and alike[0].waiver and found is not idle and not every:
                    says = _together(alike, alike[0].waiver)
                    lines += self.wrapped(f"  {word}  ", says, COLOUR[status])
                    continue
                for v in alike:
                    part = v.waiver.component if v.waiver else None
                    says = f"{v.item}{f' ({part})' if part else ''}: {v.message}"
                    lines += self.wrapped(f"  {word}  ", says, COLOUR[status])
        return ["", *lines] if lines else []

    def steps(self, report: Report) -> list[str]:
        steps = next_steps(report)
        if not steps:
            return []
        levels = sorted({c.working_on for c in report.components if c.working_on is not None})
        lines = ["", f"Next, least effort first, towards level {' and '.join(map(str, levels))}:"]
        for step in steps[:MOST_STEPS]:
            where = f" ({', '.join(step.components)})" if len(report.components) > 1 else ""
            effort = f"  {step.item.if_not.effort:8}"
            lines += self.wrapped(effort, flat(step.item.if_not.remedy))
            said = f"{STATUS[step.status]}: {step.item.id}{where}: {step.message}"
            lines += [self.paint(line, "2") for line in self.wrapped(" " * 10, said)]
        if len(steps) > MOST_STEPS:
            lines.append(f"  … and {len(steps) - MOST_STEPS} more")
        if asked := sum(step.item.answered for step in steps):
            says = (
                f"{asked} of these {'ask' if asked > 1 else 'asks'} people; one by one: trl4ml walk"
            )
            lines += self.wrapped("  ", says)
        return lines

    def items(self, report: Report) -> Iterator[str]:
        for component in report.components:
            for level in sorted({v.level for v in component.verdicts}):
                yield ""
                yield f"{component.name}, level {level}: {LEVELS[level].name}"
                for one in component.verdicts:
                    if one.level == level:
                        yield from self.item(one)

    def item(self, one: Verdict) -> list[str]:
        advisory = "" if one.gate else " (advisory)"
        said = f"{one.item}{advisory}: {one.message}"
        return self.wrapped(f"  {STATUS[one.status]:14}  ", said, COLOUR[one.status])
