"""An item judged by the evidence: three values, and nothing unknown ever passes."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from trl4ml.core.checklist import Item
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Evidence, Measure, Outcome
from trl4ml.core.expression import BadExpression, Comparison, LookUp, Missing, Result, parse
from trl4ml.core.noun import LevelNumber, Noun, Scalar, Slug, checked
from trl4ml.core.project import Waiver
from trl4ml.core.weighing import failing, not_excused, without_people

FIELDS = ("value", "lower", "upper", "n")


class Status(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


LONGEST_DAYS = 366
"""A waiver that ends later than that does not count: nobody answers for what is that far ahead."""
PASSES = (Status.MET, Status.NOT_APPLICABLE, Status.WAIVED)


class Verdict(Noun):
    item: Slug
    level: LevelNumber
    gate: bool
    status: Status
    message: str
    comparisons: tuple[Comparison, ...] = ()
    evidence: tuple[str, ...] = ()
    """Digests of the evidence that it rests on."""
    waiver: Waiver | None = None
    """The waiver that holds; or, where the status is another, the one that does not help."""
    answered_by: str = ""
    """Who answered last, if a person has a say in it."""
    documented: bool = False
    """Whether the answer links to what shows it."""


def judge(
    item: Item,
    evidence: Mapping[str, Evidence],
    constants: Mapping[str, Scalar] | None = None,
    waiver: Waiver | None = None,
    today: date = date.min,
    rests_on: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on one item, given the evidence by probe id and the constants by dotted name.

    `rests_on` are the digests of the evidence.
    """

    def look_up(name: str) -> Scalar | Missing:
        if constants and name in constants:
            return constants[name]
        return _fact(name, evidence, item.environment)

    status, message, comparisons = _judge(item, look_up, evidence)
    if waiver and status in (Status.NOT_MET, Status.UNKNOWN):
        if (waiver.until - today).days > LONGEST_DAYS:
            message = (f"{message}; the waiver by {waiver.owner} until {waiver.until} does not count: "
                       "it ends more than a year from now")  # fmt: skip
        elif today <= waiver.until:
            reason = " ".join(waiver.reason.split())
            message = f"waived by {waiver.owner} until {waiver.until}: {reason} ({message})"
            status = Status.WAIVED
        else:
            message = f"{message}; the waiver by {waiver.owner} ended on {waiver.until}"
    elif waiver:
        message = (f"{message}; the waiver by {waiver.owner} is no longer needed: remove it (from a baseline "
                   "with: trl4ml baseline --prune)")  # fmt: skip
    by, documented = _answered(evidence.get("answer"))
    return checked(Verdict, item=item.id, level=item.level, gate=item.gate, status=status, message=message,
        comparisons=comparisons, evidence=rests_on, waiver=waiver, answered_by=by, documented=documented,
    )  # fmt: skip


def _answered(answer: Evidence | None) -> tuple[str, bool]:
    if answer is None:
        return "", False
    return str(answer.measures["by"].value), answer.measures["documented"].value is True


def _judge(
    item: Item, look_up: LookUp, evidence: Mapping[str, Evidence]
) -> tuple[Status, str, tuple[Comparison, ...]]:
    try:
        if item.applies and parse(item.applies).evaluate(look_up).holds is False:
            return Status.NOT_APPLICABLE, f"applies only where {item.applies}", ()
        result = parse(item.wants).evaluate(look_up)
        failed = "; ".join(sentence(c) for c in failing(item, result))
        alone = without_people(item, look_up) if failed else None
    except BadExpression as error:
        return Status.UNKNOWN, f"'{item.wants}' cannot be judged: {error}", ()
    answer = evidence.get("answer")
    excused = answer and answer.outcome is Outcome.NOT_APPLICABLE
    if failed and (result.holds or excused) and not alone:
        says = f"{failed}; no answer outweighs what was measured, only a waiver does"
        return Status.NOT_MET, says, result.comparisons
    if answer and excused:
        says = not_excused(item, answer)
        return (Status.UNKNOWN if says else Status.NOT_APPLICABLE), says or answer.message, ()
    if failed and result.holds is None and alone is False:
        return Status.NOT_MET, failed, result.comparisons
    if result.holds is None:
        gaps = [c for c in result.comparisons if c.holds is None]
        reason = "; ".join(dict.fromkeys(c.reason for c in gaps))
        lifted = all(c.not_applicable for c in result.comparisons)
        return (Status.NOT_APPLICABLE if lifted else Status.UNKNOWN), reason, result.comparisons
    return (
        Status.MET if result.holds else Status.NOT_MET,
        _says(result, evidence),
        result.comparisons,
    )


def _says(result: Result, evidence: Mapping[str, Evidence]) -> str:
    """In words: for what is met the probes' own messages, for what is not met the shortfall."""
    shown = [c for c in result.comparisons if c.holds is result.holds] or result.comparisons
    words = []
    for comparison in shown:
        probe = evidence.get(comparison.name.split(".")[0].replace("_", "-"))
        if comparison.holds and comparison.name.startswith(CURRENT):
            words.append(sentence(comparison))
            continue
        told = comparison.sign == "is" or result.holds or (probe and probe.outcome is Outcome.NO)
        if told:
            words.append(probe.message if probe else sentence(comparison))
        else:
            words.append(sentence(comparison))
    return "; ".join(dict.fromkeys(words))


CURRENT = "assumptions.current_"
IN_WORDS = {
    "answer.people": "the number of people who say yes",
    "answer.independent": "the number of people who say yes and do not own it",
    "answer.against": "the number of people who say no",
}


def sentence(comparison: Comparison) -> str:
    """A comparison in words: 'coverage.line_rate is 0.79, wanted >= 0.8, short by 0.01'."""
    name = IN_WORDS.get(comparison.name, comparison.name)
    if comparison.holds and name.startswith(CURRENT):
        return f"the assumption {name.removeprefix(CURRENT).replace('_', '-')} is current"
    if isinstance(comparison.wanted, bool):
        value = comparison.value
        return f"{name} is {_plain(value)}, wanted {_plain(not value)}"
    short = f", short by {comparison.short_by:g}" if comparison.short_by else ""
    return (
        f"{name} is {_plain(comparison.value)}, "
        f"wanted {comparison.sign} {_plain(comparison.wanted)}{short}"
    )


def _plain(value: Scalar | None) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


WITHOUT = {
    "answer": "nobody has answered",
    "ml-test-score": "the checklist ml-test-score is not in force: add it to `checklists`",
}


def _fact(
    name: str, evidence: Mapping[str, Evidence], nearest: Environment | None
) -> Scalar | Missing:
    """What the evidence says under `probe`, `probe.measure` or `probe.measure.field`.

    With `nearest`, what was observed further from use than that is as good as missing.
    """
    first, *rest = name.split(".")
    probe = first.replace("_", "-")
    if probe not in evidence:
        return Missing(WITHOUT.get(probe, f"no evidence from {probe}"))
    got = evidence[probe]
    silent = Missing(got.message, not_applicable=got.outcome is Outcome.NOT_APPLICABLE)
    if got.outcome not in (Outcome.YES, Outcome.NO):
        return silent
    if nearest and (far := _too_far(got, rest, nearest)):
        return Missing(far)
    if not rest:
        return got.outcome is Outcome.YES
    if rest[0] not in got.measures:
        return Missing(f"{probe} gives no measure '{rest[0]}' ({got.message})")
    return _field(name, got.measures[rest[0]], rest[1:])


def _too_far(got: Evidence, rest: list[str], nearest: Environment) -> str:
    """Why it does not count so near to use; what is no behaviour has no environment, and counts."""
    measure = got.measures.get(rest[0]) if rest else None
    where = (measure.environment if measure else None) or got.environment
    wanted = (
        f"it must be {nearest}{'' if nearest is Environment.PRODUCTION else ' or nearer to use'}"
    )
    if where is None:
        unsaid = f"{got.message}; where that was observed is not said, and {wanted}"
        return unsaid if got.probe == "answer" else ""
    if where.nearness >= nearest.nearness:
        return ""
    return f"{got.message}; that is {where} evidence, and {wanted}"


def _field(name: str, measure: Measure, rest: list[str]) -> Scalar | Missing:
    if len(rest) > 1 or (rest and rest[0] not in FIELDS):
        return Missing(f"'{name}' is not a measure; its fields are {', '.join(FIELDS)}")
    if measure.undefined:
        return Missing(f"{name} is undefined: {measure.undefined}")
    value: Scalar | None = getattr(measure, rest[0] if rest else "value")
    return Missing(f"{name} was not given") if value is None else value
