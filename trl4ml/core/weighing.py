"""Where what people say and what was measured meet in one item, and neither may silence the other."""

from trl4ml.core.checklist import CONSTANTS, Item
from trl4ml.core.evidence import Evidence
from trl4ml.core.expression import Comparison, LookUp, Missing, Result, parse
from trl4ml.core.noun import Scalar

NOT_ASKED = Missing("not asked")


def root(name: str) -> str:
    return name.partition(".")[0]


def not_excused(item: Item, answer: Evidence) -> str:
    """Why 'not applicable' is no answer to the item; empty where it is one.

    Where a yes needs people who do not own it, so does 'not applicable'; where a yes is counted by
    heads (`answer.people`), it is a thing to do, and not to excuse.
    """
    if "answer.people" in item.names:
        return f"{answer.message}; but this cannot be answered with not applicable"
    if "answer.independent" not in item.names:
        return ""
    excused = answer.measures["excused"]

    def people_alone(name: str) -> Scalar | Missing:
        counts = {"answer.independent": excused.value, "answer.against": 0}
        value = counts.get(name)
        return NOT_ASKED if value is None else value

    if excused.undefined or parse(item.wants).evaluate(people_alone).holds is False:
        return f"{answer.message}; but it takes as many who do not own it as a yes would"
    return ""


def people_suffice(item: Item) -> bool:
    """Whether the item can be met by what people say alone, as `probe or answer` can."""

    def everyone_says_yes(name: str) -> Scalar | Missing:
        first, _, measure = name.partition(".")
        if first != "answer":
            return NOT_ASKED
        return {"": True, "documented": True, "against": 0}.get(measure, 99)

    return item.answered and parse(item.wants).evaluate(everyone_says_yes).holds is True


def failing(item: Item, result: Result) -> tuple[Comparison, ...]:
    """The measures that fail in an item that people may meet alone: a yes does not outweigh them.

    What a probe merely did not find (a bare `probe` that is NO) may be shown by a person.
    """
    failed = tuple(
        c for c in result.comparisons
        if c.sign != "is" and c.holds is False and root(c.name) not in ("answer", *CONSTANTS)
    )  # fmt: skip
    return failed if failed and people_suffice(item) else ()


def without_people(item: Item, look_up: LookUp) -> bool | None:
    """What the item comes to if nobody says yes."""

    def nobody_says_yes(name: str) -> Scalar | Missing:
        first, _, measure = name.partition(".")
        if first != "answer":
            return look_up(name)
        return {"": False, "documented": False, "against": 99}.get(measure, 0)

    return parse(item.wants).evaluate(nobody_says_yes).holds
