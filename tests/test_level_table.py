"""Worked cases of gates and levels, by hand."""

from datetime import date

import pytest

from tests.making import TODAY, evidence, item, report
from trl4ml.core.evidence import Outcome
from trl4ml.core.level import gate, supported
from trl4ml.core.project import Component, ComponentKind, Criticality, Waiver
from trl4ml.core.report import next_steps
from trl4ml.core.verdict import Status, Verdict

M, N, U, X, W = (
    Status.MET, Status.NOT_MET, Status.UNKNOWN, Status.NOT_APPLICABLE, Status.WAIVED,
)  # fmt: skip


def verdicts(level: int, *statuses: Status, gate: bool = True) -> list[Verdict]:
    return [
        Verdict(item=f"i{n}", level=level, gate=gate, status=status, message="")
        for n, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "wanted", "asked"),
    [
        ((M,), M, 1),
        ((M, M), M, 2),
        ((M, N), N, 2),
        ((M, U), U, 2),
        ((N, U), N, 2),
        ((W,), M, 1),
        ((M, W), M, 2),
        ((M, X), M, 1),
        ((X,), U, 0),
        ((), U, 0),
        ((X, N), N, 1),
    ],
)
def test_a_gate_is_the_fold_of_its_verdicts(
    statuses: tuple[Status, ...], wanted: Status, asked: int
) -> None:
    folded = gate(3, verdicts(3, *statuses))
    assert (folded.status, folded.asked) == (wanted, asked)


def test_advisory_items_and_other_levels_do_not_touch_a_gate() -> None:
    mixed = [*verdicts(3, M), *verdicts(3, N, gate=False), *verdicts(4, N)]
    assert gate(3, mixed).met


@pytest.mark.parametrize(
    ("entry", "met", "level"),
    [
        (0, {0, 1, 2}, 2),
        (0, {0, 1, 3}, 1),
        (0, set(), None),
        (0, {1, 2}, None),
        (3, {3, 4}, 4),
        (3, {4}, None),
        (3, {0, 1, 2}, None),
        (0, set(range(10)), 9),
        (9, {9}, 9),
    ],
)
def test_a_level_needs_its_gate_and_every_gate_down_to_entry(
    entry: int, met: set[int], level: int | None
) -> None:
    gates = [gate(n, verdicts(n, M if n in met else U)) for n in range(10)]
    assert supported(entry, gates) == level


def test_the_system_has_the_level_of_its_weakest_component_and_names_it() -> None:
    items = [
        item("a", 0),
        item("b", 1, "probe_b", applies="component.kind == 'model'"),
        item("c", 1, applies="component.kind == 'data'"),
    ]
    parts = (Component(name="model"), Component(name="data", kind=ComponentKind.DATA))
    done = report(items, [evidence("probe-a")], components=parts)
    assert [(c.name, c.supported) for c in done.components] == [("model", 0), ("data", 1)]
    assert (done.supported, done.weakest) == (0, "model")


@pytest.mark.parametrize(
    ("claims", "criticality", "level", "wanted", "met"),
    [
        (None, None, None, None, True),
        (1, None, None, 1, True),
        (2, None, None, 2, False),
        (1, Criticality.LOW, None, 4, False),
        (5, Criticality.LOW, None, 5, False),
        (5, Criticality.HIGH, 1, 1, True),
        (None, None, 2, 2, False),
    ],
)
def test_what_is_wanted_is_the_higher_of_claim_and_requirement_or_what_is_asked_for(
    claims: int | None, criticality: Criticality | None, level: int | None, wanted: int, met: bool
) -> None:
    items = [item("a", 0), item("b", 1), item("c", 2, "probe_b")]
    parts = (Component(name="model", claims=claims),)
    done = report(
        items, [evidence("probe-a")], components=parts, criticality=criticality, level=level
    )
    assert (done.components[0].wanted, done.supported, done.met) == (wanted, 1, met)


def test_levels_below_entry_are_not_judged_at_all() -> None:
    part = Component(name="model", entry_level=3, entry_reason="an off-the-shelf model")
    done = report([item("a", 1, "probe_b"), item("b", 3)], [evidence("probe-a")], components=[part])
    assert [v.item for v in done.components[0].verdicts] == ["b"]
    assert done.supported == 3


def test_a_waiver_for_one_component_does_not_help_the_other() -> None:
    parts = (Component(name="one"), Component(name="two"))
    waiver = Waiver(item="a", component="one", owner="Ada", reason="until the move", until=TODAY)
    done = report(
        [item("a")], [evidence("probe-a", Outcome.NO)], components=parts, waivers=[waiver]
    )
    assert [c.supported for c in done.components] == [0, None]


def test_of_two_waivers_the_one_for_the_component_counts_and_then_the_longer_one() -> None:
    def until(day: int, component: str | None = None) -> Waiver:
        return Waiver(item="a", component=component, owner="Ada", reason="until the move",
                      until=date(2026, 11, day))  # fmt: skip

    done = report([item("a")], [evidence("probe-a", Outcome.NO)],
                  waivers=[until(30), until(22, "model"), until(25, "model")])  # fmt: skip
    assert done.components[0].verdicts[0].waiver == until(25, "model")


def test_a_waiver_that_is_no_longer_needed_fails_the_gate_but_not_the_level() -> None:
    waiver = Waiver(item="a", owner="Ada", reason="until the move", until=TODAY)
    done = report([item("a")], [evidence("probe-a")], waivers=[waiver])
    assert done.supported == 0
    assert not done.met


def test_a_waiver_that_one_component_needs_is_not_idle_because_another_does_not() -> None:
    parts = (Component(name="one"), Component(name="two", kind=ComponentKind.DATA))
    waiver = Waiver(item="a", owner="Ada", reason="until the move", until=TODAY)
    items = [item("a", applies="component.kind == 'model'"), item("b", wants="probe_b")]
    found = [evidence("probe-a", Outcome.NO), evidence("probe-b")]
    done = report(items, found, components=parts, waivers=[waiver])
    assert (done.lapsed_waivers, done.met) == ((), True)


def test_next_steps_are_what_blocks_the_next_gate_easiest_first() -> None:
    def hard(id: str, effort: str, level: int = 1, gate: bool = True) -> object:
        return item(id, level, "probe_b", gate=gate, if_not={"remedy": "r", "effort": effort})

    items = [item("a", 0), hard("w", "weeks"), hard("m", "minutes"), hard("h", "hours"),
             hard("later", "minutes", 2), hard("advice", "minutes", gate=False)]  # fmt: skip
    done = report(items, [evidence("probe-a")])  # type: ignore[arg-type]
    assert [s.item.id for s in next_steps(done)] == ["m", "h", "w"]
