"""Registers: every wrong line is told with its place; what they compute obeys its laws."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trl4ml.asking import ask, parse_yaml
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Outcome
from trl4ml.core.obligations import obligations
from trl4ml.core.registers import REGISTERS
from trl4ml.core.registers.assumptions import Assumption, AssumptionKind
from trl4ml.core.registers.datasets import BANDS, band_rank
from trl4ml.core.registers.entry import older_from
from trl4ml.core.registers.error_analysis import ErrorType
from trl4ml.core.registers.requirements import (
    NUMBER,
    Requirement,
    RequirementKind,
    missing_numbers,
)
from trl4ml.errors import Complaints
from trl4ml.load.registers import Register, check
from trl4ml.loading import all_probes, load_all
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views
from trl4ml.testing import find

HEAD = "name: p\ncomponents: [{name: model}, {name: pipeline}]\nchecklists: [mltrl]\n"
TODAY = date(2026, 11, 21)
NUL = "0" * 64
PRODUCT = RequirementKind.PRODUCT


def complaints(folder: Path, register: str, text: str) -> list[str]:
    (folder / "trl4ml.yaml").write_text(f"{HEAD}registers: {{{register}: r.yaml}}\n")
    (folder / "r.yaml").write_text(text)
    with pytest.raises(Complaints) as caught:
        load_all(folder, {})
    return str(caught.value).splitlines()


def asked(folder: Path, probe: str, text: str, component: str = "") -> tuple[Finding, Views]:
    (folder / "trl4ml.yaml").write_text(f"{HEAD}registers:\n{text}")
    loaded = load_all(folder, {})
    views = Views(Part(Tree(folder), component, declared=loaded.registers, today=TODAY), parse_yaml)
    return ask(all_probes()[probe], views, {}), views


@pytest.mark.parametrize(
    ("register", "entry", "says"),
    [
        ("requirements", "id: 1, statement: s, kind: product, p: @1.5",
         "entries.1.p: p (the chance of failure) should be between 0 and 1, not 1.5"),
        ("requirements", "id: 1, statement: s, kind: product, p: @-0.1",
         "entries.1.p: p (the chance of failure) should be between 0 and 1, not -0.1"),
        ("requirements", "id: 1, statement: s, kind: product, value: @11",
         "entries.1.value: value (what is at stake) should be a whole number from 1 to 10, not 11"),
        ("requirements", "id: 1, statement: s, kind: product, value: @2.5",
         "entries.1.value: should be a whole number"),
        ("requirements", "id: 1, statement: s, kind: product, p: 0.3, value: 8, risk: @11",
         "entries.1.risk: risk is 2.4 (0.3 × 8), not 11"),
        ("requirements", "id: 1, statement: s, kind: product, p: 0.3, risk: @2.4",
         "entries.1.risk: risk is p × value: give both"),
        ("requirements", "id: @9, statement: s, kind: product",
         "entries.1.id: the id '9' is used twice"),
        ("requirements", "id: @1.0, statement: s, kind: product",
         "entries.1.id: '1.0' should be a number such as 1, 1.2 or 4.2.1"),
        ("requirements", "id: @R-1, statement: s, kind: product",
         "entries.1.id: 'R-1' should be a number such as 1, 1.2 or 4.2.1"),
        ("requirements", "id: 1, kind: product",
         "entries.1.statement: is missing"),
        ("requirements", "id: 1, statement: s, kind: @prodct",
         "entries.1.kind: should be 'technical' or 'product'; did you mean 'product'?"),
        ("requirements", "id: 1, statement: s, kind: product, @ownr: Ada",
         "unknown key 'ownr'; did you mean 'owner'?"),
        ("requirements", "id: 1, statement: s, kind: product, component: @modl",
         "no component is called 'modl'; did you mean 'model'?"),
        ("requirements", "id: 1, statement: s, kind: product, verification: @review",
         "entries.1.verification: should be a mapping of keys to values"),
        ("assumptions", "id: a, statement: s, kind: data, level: 4, expires: @2026-01-01, last_verified: 2026-01-02",
         "entries.1.expires: expires 2026-01-01 is before it was last verified, 2026-01-02"),
        ("assumptions", "id: a, statement: s, kind: data, level: 4, expires: @2026-02-30",
         "entries.1.expires: should be a date as in 2027-01-31"),
        ("assumptions", "id: a, statement: s, kind: data",
         "entries.1.level: is missing"),
        ("assumptions", "id: a, statement: s, kind: data, level: 4, check: @open('x')",
         "entries.1.check: 'open('x')' is no expression: column 1: a gate is made of comparisons and names of probes"),
        ("assumptions", f"id: a, statement: s, kind: data, level: 4, check: @{'coverage and ' * 29}coverage > 0.25",
         "entries.1.check: is longer than 380 characters"),
        ("assumptions", "id: a, statement: s, kind: data, level: 4, check: @covrage.line_rate > 0.5",
         "its check asks the probe 'covrage'; did you mean 'coverage'?"),
        ("second-order-effects", "id: a, effect: e, affected: a, likelihood: @lots",
         "entries.1.likelihood: should be 'low', 'medium' or 'high'"),
        ("datasets", "id: a, kind: real, band: @A2",
         "entries.1.band: a band-A claim names its task: add `task`"),
        ("datasets", "id: a, kind: real, band: @A2, task: none",
         "entries.1.band: a band-A claim names its task: add `task`"),
        ("datasets", "id: a, kind: real, band: @B5",
         "entries.1.band: 'B5' should be a readiness band, from C4 (hearsay) to A1 (in use)"),
        ("datasets", "id: a, kind: real, digest: @ABC",
         "entries.1.digest: should be a SHA-256 digest: 64 of 0-9 and a-f, as sha256sum prints it"),
        ("datasets", "id: a, kind: real, paths: [@../x]",
         "entries.1.paths.0: '../x' should be a path below trl4ml.yaml, with / and without .."),
        ("error-analysis", "id: a, type: T, accuracy: @101, share: 5",
         "entries.1.accuracy: should be a percentage from 0 to 100, not 101"),
        ("error-analysis", "id: a, type: T, accuracy: 10, share: @-5",
         "entries.1.share: should be a percentage from 0 to 100, not -5"),
        ("error-analysis", "id: a, type: @Z, accuracy: 10, share: 5",
         "entries.1.type: the type 'Z' is listed twice"),
        ("guardrails", "id: a, hazard: h, rule: r, layer: @cod",
         "entries.1.layer: should be 'code', 'non-ml', 'hardware' or 'model'; did you mean 'code'?"),
        ("incidents", "id: a, what: w, date: @soon",
         "entries.1.date: should be a date as in 2027-01-31"),
        ("goals", "id: a, goal: g, outcomes: [@{metrics: []}]",
         "entries.1.outcomes.0.outcome: is missing"),
        ("deployment", "id: a, pattern: ab, version: v1, returns_to: @8",
         "entries.1.returns_to: a change to a deployed version returns it to level 7 or earlier"),
        ("deployment", "id: a, pattern: ab, version: v1, live: @true",
         "entries.1.live: what is live says since when: add `since`"),
        ("deployment", "id: a, pattern: ab, version: v1, artefacts: @{/etc/passwd: NUL}",
         "entries.1.artefacts: '/etc/passwd' should be a path below trl4ml.yaml, with / and without .."),
        ("deployment", "id: a, pattern: ab, version: v1, artefacts: {m.bin: @12}",
         "entries.1.artefacts.m.bin: should be a SHA-256 digest: 64 of 0-9 and a-f, as sha256sum prints it"),
        ("deployment", "id: a, pattern: ab, version: v1, rollback: {drilled: 2026-01-01, seconds: @-1}",
         "entries.1.rollback.seconds: should be a number of seconds from 0 to 86400, not -1"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_one_sentence_with_its_line(
    register: str, entry: str, says: str, tmp_path: Path
) -> None:
    """An `@` stands before what the complaint points at, if that is not the entry itself."""
    first = {
        "requirements": "id: 9, statement: s, kind: technical",
        "assumptions": "id: z, statement: s, kind: world, level: 0",
        "second-order-effects": "id: z, effect: e, affected: a",
        "datasets": "id: z, kind: real",
        "error-analysis": "id: z, type: Z, accuracy: 90, share: 95",
        "guardrails": "id: z, hazard: h, rule: r, layer: code",
        "incidents": "id: z, date: 2026-01-01, what: w",
        "goals": "id: z, goal: g",
        "deployment": "id: z, pattern: canary, version: v1",
    }[register]
    line = f"- {{{entry}}}".replace("NUL", NUL)
    found = complaints(tmp_path, register, f"- {{{first}}}\n{line.replace('@', '')}\n")
    at = line.index("@") if "@" in line else line.index("{")
    assert found == [f"r.yaml:2:{at + 1}: {says}"]


@pytest.mark.parametrize("register", ["second-order-effects", "incidents"])
def test_none_found_and_entries_contradict_each_other(register: str, tmp_path: Path) -> None:
    entry = "{id: a, effect: e, affected: a}" if register[0] == "s" else "{id: a, date: 2026-01-01, what: w}"  # fmt: skip
    text = f"entries: [{entry}]\nnone_found: {{method: m, by: Ada, on: 2026-01-01}}\n"
    says = "none_found: none_found stands beside entries; drop one of them"
    assert complaints(tmp_path, register, text) == [f"r.yaml:2:13: {says}"]


@pytest.mark.parametrize("register", ["second-order-effects", "incidents"])
@pytest.mark.parametrize("word", ["none", "nobody", "TBD", "?", "n/a"])
def test_nobody_who_looked_in_no_way_found_nothing(
    register: str, word: str, tmp_path: Path
) -> None:
    text = f"none_found: {{method: '{word}', by: '{word}', on: 2026-01-01}}\n"
    says = f"'{word}' says nothing: somebody looked, so say how and who"
    assert complaints(tmp_path, register, text) == [
        f"r.yaml:1:22: none_found.method: {says}",
        f"r.yaml:1:{28 + len(word) + 2}: none_found.by: {says}",
    ]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "- {id: 1, statement: s, kind: product, p: 2}\n"
        "- {id: 1, statement: '', kind: product, value: 0}\n"
    )
    found = complaints(tmp_path, "requirements", text)
    assert [line.split(": ")[0] for line in found] == ["r.yaml:1:43", "r.yaml:2:22", "r.yaml:2:48"]


def test_a_number_is_read_as_it_is_written() -> None:
    every = ["1", "1.10", "4.2.1", "999"]
    refused = ["0", "1.", ".1", "01", "1.0", "1..2", "-1", "1e3", "١", "1000", "1 "]
    assert [bool(NUMBER.fullmatch(text)) for text in (*every, *refused)] == [True] * 4 + [
        False
    ] * 11


@pytest.mark.parametrize("said", ["none", "None.", " TBD ", "?", "-", "n/a", "nobody", "", "  "])
def test_a_word_for_nothing_is_nothing(said: str) -> None:
    made = Requirement(id="1", statement="s", kind=PRODUCT, owner=said, mitigation=said)
    assert (made.owner, made.mitigation) == ("", "")


def test_a_check_names_the_probes_that_it_asks() -> None:
    check = "type_checking_configured and (coverage.line_rate > policy.line_rate or coverage.n > 3)"
    made = Assumption(id="a", statement="s", kind=AssumptionKind.DATA, level=3, check=check)
    assert made.probes == ("type-checking-configured", "coverage")


def test_the_longest_check_of_the_longest_id_still_makes_a_gate() -> None:
    check = f"{'coverage and ' * 28}coverage > 0.250"
    made = Assumption(id="a" * 80, statement="s", kind=AssumptionKind.DATA, level=3, check=check)
    gate = obligations([made], [])
    assert len(check) == 380
    assert gate and "assumptions" in gate.items[0].probes


def test_every_register_is_named_once_and_has_entries() -> None:
    assert len(REGISTERS) == 10
    assert all("entries" in noun.model_fields and noun.__doc__ for noun in REGISTERS.values())


@pytest.mark.parametrize(
    ("entries", "where"),
    [
        ("{id: a, kind: synthetic, used_for: [training]}", Environment.SYNTHETIC),
        ("{id: a, kind: simulated, used_for: [test]}", Environment.SIMULATION),
        ("{id: a, kind: benchmark, used_for: [metrics]}", Environment.SIMULATION),
        ("{id: a, kind: real, used_for: [metrics]}", Environment.LAB),
        ("{id: a, kind: synthetic, used_for: [training]}, {id: b, kind: real, used_for: [test]}",
         Environment.LAB),
        ("{id: a, kind: synthetic, used_for: [metrics]}, {id: b, kind: real, used_for: [exploration]}",
         Environment.SYNTHETIC),
        ("{id: a, kind: benchmark, used_for: [test]}, {id: b, kind: real, used_for: [metrics]}",
         Environment.SIMULATION),
        ("{id: a, kind: synthetic, used_for: [training]}, {id: b, kind: real, used_for: [validation]}",
         Environment.SYNTHETIC),
        ("{id: a, kind: synthetic, used_for: [training]}, {id: b, kind: real}",
         Environment.SYNTHETIC),
        ("{id: a, kind: synthetic}, {id: b, kind: real}", Environment.SYNTHETIC),
    ],
)  # fmt: skip
def test_data_count_as_near_to_use_as_the_furthest_that_figures_rest_on(
    entries: str, where: Environment, tmp_path: Path
) -> None:
    finding, _ = asked(tmp_path, "datasets", f"  datasets: [{entries}]\n")
    assert finding.environment is where


def test_a_component_answers_for_its_own_entries_and_those_of_all(tmp_path: Path) -> None:
    text = (
        "  goals:\n"
        "    - {id: a, goal: g, component: model}\n"
        "    - {id: b, goal: g, component: pipeline}\n"
        "    - {id: c, goal: g}\n"
    )
    finding, _ = asked(tmp_path, "goals", text, "model")
    assert finding.measures["system_goals"].value == 2
    assert [str(place) for place in finding.places] == ["trl4ml.yaml:6", "trl4ml.yaml:8"]


def test_the_numbers_of_other_components_fill_the_gaps(tmp_path: Path) -> None:
    more = "statement: s, kind: product, verification: {method: m}, validation: {method: m}, p: 0, value: 1"
    text = (
        f"  requirements:\n    - {{id: 1, {more}, component: pipeline}}\n"
        f"    - {{id: 2, {more}, component: model}}\n"
    )
    finding, _ = asked(tmp_path, "requirements", text, "model")
    assert (finding.outcome, finding.message) == (Outcome.YES, "1 requirement")


def test_the_figures_over_all_are_not_compared_with_a_part(tmp_path: Path) -> None:
    text = (
        "  error-analysis:\n    overall: {accuracy: 50, human_level: 90}\n    entries:\n"
        "      - {id: a, type: A, accuracy: 90, human_level: 95, share: 100, component: model}\n"
        "      - {id: b, type: B, accuracy: 90, human_level: 95, share: 100, component: pipeline}\n"
    )
    finding, _ = asked(tmp_path, "error-analysis", text, "model")
    assert (finding.outcome, finding.measures["wrong_sums"].value) == (Outcome.YES, 0)


def test_a_day_still_to_come_is_remembered(tmp_path: Path) -> None:
    text = "  assumptions: [{id: a, statement: s, kind: data, level: 1, status: holds, last_verified: 2026-11-01, expires: 2026-11-22}]\n"
    _, views = asked(tmp_path, "assumptions", text)
    assert views.trace().days == {"2026-11-22": False, "2026-11-01": True}


@pytest.mark.parametrize("probe", ["fairness", "slice-performance"])
@pytest.mark.parametrize(("said", "where"), [({}, "lab"), ({"environment": "shadow"}, "shadow")])
def test_predictions_count_where_they_are_said_to_be_made(
    probe: str, said: dict[str, str], where: str, tmp_path: Path
) -> None:
    (tmp_path / "test.csv").write_text("y,p,group\n" + "1,1,a\n0,0,a\n1,1,b\n0,1,b\n" * 20)
    options = {
        "predictions": ["test.csv"], "label": "y", "prediction": "p", "by": ["group"], "min_n": 1,
        "replicates": 0, **({"limits": {"accuracy": 0.5}} if probe == "slice-performance" else {}),
    }  # fmt: skip
    finding = find(probe, tmp_path, {**options, **said})
    assert (finding.outcome, finding.environment) == (Outcome.YES, Environment(where))
    assert "tables.json" in finding.attachments


@pytest.mark.parametrize("probe", ["fairness", "slice-performance"])
def test_an_environment_that_does_not_exist_is_refused(probe: str, tmp_path: Path) -> None:
    (tmp_path / "trl4ml.yaml").write_text(f"{HEAD}probes: {{{probe}: {{environment: prod}}}}\n")
    with pytest.raises(Complaints) as caught:
        load_all(tmp_path, {})
    says = "should be 'synthetic', 'simulation', 'lab', 'shadow' or 'production'"
    assert says in str(caught.value)
    assert str(caught.value).startswith("trl4ml.yaml:4:")


@given(st.dates())
def test_a_year_old_is_what_was_done_more_than_365_days_before(day: date) -> None:
    first = older_from(day)
    assert first == date.max or (first - day).days == 366


NUMBERS = st.lists(st.integers(1, 12), min_size=1, max_size=3).map(lambda n: ".".join(map(str, n)))


@given(st.lists(NUMBERS, min_size=1, max_size=8, unique=True))
def test_with_the_missing_numbers_none_is_missing(ids: list[str]) -> None:
    gaps = missing_numbers(ids)
    assert not set(gaps) & set(ids)
    assert gaps == missing_numbers(reversed(ids))
    assert missing_numbers([*ids, *gaps]) == []


@given(st.floats(0, 1), st.integers(1, 10), st.floats(-1, 11))
def test_risk_is_p_times_value_and_nothing_else(p: float, value: int, other: float) -> None:
    def made(**risk: Any) -> Requirement:
        return Requirement(id="1", statement="s", kind=PRODUCT, p=p, value=value, **risk)

    score = made(risk=p * value).score
    assert score is not None and math.isclose(score, p * value, abs_tol=1e-6) and 0 <= score <= 10
    if abs(other - p * value) > 1e-5:
        with pytest.raises(ValidationError, match="risk is"):
            made(risk=other)


@given(st.sampled_from(BANDS), st.sampled_from(BANDS))
def test_a_better_band_ranks_higher_and_a_letter_lowest(one: str, other: str) -> None:
    better = (one[0] < other[0]) or (one[0] == other[0] and one[1] < other[1])
    assert (band_rank(one) > band_rank(other)) is better
    assert band_rank(one[0]) <= band_rank(one)


PERCENT = st.floats(0, 100)


@given(st.lists(st.tuples(PERCENT, PERCENT, PERCENT), min_size=1, max_size=6))
def test_the_potential_sums_to_the_gap_over_all(rows: list[tuple[float, float, float]]) -> None:
    every = [ErrorType(id="a", type="t", accuracy=a, human_level=h, share=s) for a, h, s in rows]
    total = math.fsum(one.computed_potential or 0 for one in every)
    over_all = math.fsum(h * s / 100 for _, h, s in rows) - math.fsum(
        a * s / 100 for a, _, s in rows
    )
    assert math.isclose(total, over_all, abs_tol=1e-4)


def test_more_strangers_than_anybody_reads_are_only_counted() -> None:
    entry = "- {id: a-%d, component: other, statement: It holds., kind: data, level: 4}\n"
    text = "".join(entry % n for n in range(1_500))
    register = Register("assumptions", "assumptions.yaml", text, ())
    with pytest.raises(Complaints) as wrong:
        check({"assumptions": register}, "name: p\n", ["model"], [])
    assert str(wrong.value) == (
        "assumptions.yaml:1:1: has more than 1000 mistakes, too many to tell; is it the right file?"
    )
