"""Laws of the judgement, over random checklists and evidence."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.making import evidence, item, report
from trl4ml.core.canonical import canonical, digest
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import EXACT, Evidence, Outcome
from trl4ml.core.noun import Scalar
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status

PROBES = ("a", "b", "c", "d")
WANTS = (
    "probe_{p}", "not probe_{p}", "probe_{p}.rate >= 0.5", "probe_{p} and probe_{q}.rate >= 0.2",
    "probe_{p} or probe_{q}", "probe_{p}.rate >= 0.9 or not probe_{q}",
)  # fmt: skip
RISING = tuple(w for w in WANTS if "not" not in w)


def items_of(wants: Sequence[str]) -> st.SearchStrategy[list[Item]]:
    one = st.builds(
        lambda level, gate, want, p, q: (level, gate, want.format(p=p, q=q)),
        st.integers(0, 4), st.booleans(), st.sampled_from(wants),
        st.sampled_from(PROBES), st.sampled_from(PROBES),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=12).map(
        lambda made: [item(f"i{n}", lv, w, gate=g) for n, (lv, g, w) in enumerate(made)]
    )


found = st.lists(
    st.builds(
        lambda p, outcome, rate: evidence(f"probe-{p}", outcome, rate=rate),
        st.sampled_from(PROBES),
        st.sampled_from([Outcome.YES, Outcome.NO, Outcome.UNKNOWN, Outcome.ERROR]),
        st.sampled_from([0.0, 0.3, 0.6, 1.0]),
    ),
    max_size=4,
    unique_by=lambda e: e.probe,
)


def height(done: Report) -> int:
    return -1 if done.supported is None else done.supported


@given(items_of(WANTS))
def test_silence_is_never_met(items: list[Item]) -> None:
    done = report(items, [])
    assert done.supported is None
    assert all(v.status is Status.UNKNOWN for v in done.components[0].verdicts)


@given(items_of(WANTS), found, st.randoms(use_true_random=False))
def test_order_does_not_matter(items: list[Item], known: list[Evidence], chance: object) -> None:
    mixed, shuffled = list(items), list(known)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = report(items, known), report(mixed, shuffled)
    assert one.components[0].gates == other.components[0].gates
    by_item = {v.item: v for v in other.components[0].verdicts}
    assert all(by_item[v.item] == v for v in one.components[0].verdicts)


@given(items_of(RISING), found, st.sampled_from(PROBES))
def test_better_evidence_never_lowers_a_level(
    items: list[Item], known: list[Evidence], better: str
) -> None:
    best = evidence(f"probe-{better}", rate=1.0)
    others = [e for e in known if e.probe != best.probe]
    assert height(report(items, [*others, best])) >= height(report(items, known))


@given(items_of(WANTS), found)
def test_less_evidence_never_raises_a_level(items: list[Item], known: list[Evidence]) -> None:
    for gone in known:
        fewer = [e for e in known if e is not gone]
        if not any(e.outcome is Outcome.NOT_APPLICABLE for e in known):
            assert height(report(items, fewer)) <= height(report(items, known))


@given(items_of(WANTS), found, items_of(WANTS))
def test_adding_an_item_to_a_gate_that_asks_something_never_raises_a_level(
    items: list[Item], known: list[Evidence], more: list[Item]
) -> None:
    asked = {i.level for i in items if i.gate}
    added = [i.model_copy(update={"id": f"x{n}"}) for n, i in enumerate(more) if i.level in asked]
    assert height(report([*items, *added], known)) <= height(report(items, known))


@given(items_of(WANTS), found)
def test_a_report_is_the_same_twice_and_so_is_its_digest(
    items: list[Item], known: list[Evidence]
) -> None:
    assert digest(report(items, known)) == digest(report(items, list(reversed(known))))


@given(items_of(WANTS), found)
def test_a_report_survives_its_own_json(items: list[Item], known: list[Evidence]) -> None:
    done = report(items, known)
    assert Report.model_validate_json(done.model_dump_json()) == done


@given(st.one_of(st.floats(-EXACT, EXACT), st.integers(-EXACT, EXACT),
                 st.booleans(), st.text(st.characters(codec="utf-8"))))  # fmt: skip
def test_evidence_reads_back_from_the_store_as_it_was(value: Scalar) -> None:
    one = evidence("probe-a", rate=value)
    again = Evidence.model_validate_json(canonical(one))
    assert again == one
    assert again.model_dump_json() == one.model_dump_json()


@given(st.one_of(st.integers(min_value=EXACT + 1), st.floats(min_value=1e16, allow_infinity=False)))
def test_a_number_that_json_cannot_hold_exactly_is_refused(value: float) -> None:
    for number in (value, -value):
        with pytest.raises(ValidationError, match=r"more than JSON holds exactly|should be"):
            evidence("probe-a", rate=number)
