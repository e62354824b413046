"""The checklists that come with trl4ml: whole, in our own words, and asking only what is measured."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from trl4ml import catalogue, resources
from trl4ml.core.checklist import CONSTANTS, DERIVED, Checklist, Item
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Evidence, Measure, Outcome, found
from trl4ml.core.expression import LookUp, Missing, parse
from trl4ml.core.lifecycle import TAGS
from trl4ml.core.noun import Scalar
from trl4ml.core.obligations import obligations
from trl4ml.core.registers.deployment import Deployment, Pattern
from trl4ml.core.score import SECTIONS
from trl4ml.core.verdict import Status, judge
from trl4ml.load.files import checklist, document
from trl4ml.probes import own, own_ids
from trl4ml.testing import cases

HERE = Path(__file__).parent
FOLDER = resources.folder("checklists")
LISTS = {p.stem: checklist(p.read_text(encoding="utf-8"), p.name) for p in FOLDER.glob("*.yaml")}
ITEMS = {item.id: item for one in LISTS.values() for item in one.items}
EACH = pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
PRACTICES = document((HERE / "practices.yaml").read_text("utf-8"), "practices.yaml").data
LEVELS = range(10)
REVIEWS = {
    0: "lead-signoff", 1: "team-review", 2: "research-review", 3: "engineering-review",
    4: "product-review", 5: "working-group", 6: "application-review", 7: "qa-pm-review",
    8: "go-no-go", 9: "next-review-dated",
}  # fmt: skip
STANDS = "answer.against == 0"
DRILLS = {
    "rollback-drill", "fallback-tested", "guardrails-tested", "load-test", "detector-calibrated",
    "explanation-by-id", "telemetry", "mlts-i7-rollback", "mlts-n6-compute-regression",
}  # fmt: skip
IN_USE = {
    "shadow-report", "safe-exploration", "mlts-m2-offline-online", "mlts-i6-canary",
}  # fmt: skip
DEON = {f"{part}.{n}" for part, last in zip("ABCDE", (4, 3, 5, 5, 4), strict=True)
        for n in range(1, last + 1)}  # fmt: skip
TESTS = {f"{part}{n}" for part in "DMIN" for n in range(1, 8)}
NIST = {
    f"{part}-{category}.{n}"
    for part, counts in {
        "GOVERN": (7, 3, 2, 3, 2, 2), "MAP": (6, 3, 5, 2, 2), "MEASURE": (3, 13, 3, 3),
        "MANAGE": (4, 4, 2, 3),
    }.items()
    for category, last in enumerate(counts, 1)
    for n in range(1, last + 1)
}  # fmt: skip
ISO = {
    *(f"A.{g}.{n}" for g, last in {2: 4, 3: 3, 4: 6, 5: 5, 7: 6, 8: 5, 9: 4, 10: 4}.items()
      for n in range(2, last + 1)),
    "A.6.1.2", "A.6.1.3", *(f"A.6.2.{n}" for n in range(2, 9)),
}  # fmt: skip


EU = re.compile(
    r"art\. ([459]|50|1[0-57]|20|26|72|73|10\(2\)\([a-h]\)|10\([56]\)|15\(4\)|26\(6\))|"
    r"Annex IV ([3-9]|[12]\([a-h]\))|Annex XI 1\(2\)\([de]\)"
)


def refs(source: str) -> set[str]:
    """What the items refer to in one source, without its name."""
    every = (ref for item in ITEMS.values() for ref in item.refs)
    return {ref.removeprefix(source + " ") for ref in every if ref.startswith(source + " ")}


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_checklist_is_named_as_its_file() -> None:
    assert {name: one.checklist for name, one in LISTS.items()} == {name: name for name in LISTS}
    assert set(LISTS) == {"mltrl", "ethics", "data", "ml-test-score", "engineering", "secure"}


def test_ids_and_thresholds_are_unique_across_the_checklists() -> None:
    assert len(ITEMS) == sum(len(one.items) for one in LISTS.values()) >= 120
    names = Counter(name for one in LISTS.values() for name in one.thresholds)
    assert not [name for name, times in names.items() if times > 1]


def test_no_two_items_ask_the_same_question() -> None:
    asked = Counter(words(item.ask).lower() for item in ITEMS.values())
    assert not [question for question, times in asked.items() if times > 1]


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_asks_at_least_eight_things_and_five_of_them_hold_it_back(level: int) -> None:
    asked = [item for item in LISTS["mltrl"].items if item.level == level]
    assert len(asked) >= 8
    assert sum(item.gate for item in asked) >= 5


@pytest.mark.parametrize("one", LISTS.values(), ids=LISTS)
def test_items_stand_by_level_in_the_file(one: Checklist) -> None:
    if one.checklist != "ml-test-score":
        assert [item.level for item in one.items] == sorted(item.level for item in one.items)


def test_in_the_levels_gates_come_before_what_is_advisory() -> None:
    order = [(item.level, not item.gate) for item in LISTS["mltrl"].items]
    assert order == sorted(order)


@EACH
def test_an_item_says_whole_sentences(item: Item) -> None:
    assert words(item.ask).endswith("?")
    assert words(item.ask).count("?") == 1
    assert words(item.why).endswith(".")
    assert words(item.if_not.remedy).endswith((".", "…"))
    assert item.if_not.effort
    assert item.refs
    assert item.tags
    assert item.since == "2026.1"


@EACH
def test_a_remedy_names_the_commands_and_marks_of_its_own_item(item: Item) -> None:
    remedy = words(item.if_not.remedy)
    assert set(re.findall(r"trl4ml answer ([\w-]+)", remedy)) <= {item.id}
    for mark in re.findall(r"trl4ml=([\w-]+)", remedy):
        assert f"test_results.item_{mark.replace('-', '_')}" in item.names
    if item.wants == "answer":
        assert f"trl4ml answer {item.id} yes" in remedy
        assert item.environment is None or f"--environment {item.environment}" in remedy
    if not item.answered:
        assert "trl4ml answer" not in remedy


@pytest.mark.parametrize("one", LISTS.values(), ids=LISTS)
def test_every_threshold_is_used(one: Checklist) -> None:
    named = {name for item in one.items for name in item.names}
    assert {f"policy.{name}" for name in one.thresholds} == {
        name for name in named if name.startswith("policy.")
    }


def test_every_challenge_of_the_lifecycle_is_asked_about() -> None:
    assert {tag for item in ITEMS.values() for tag in item.tags} == set(TAGS)


# ── What is asked at which level ────────────────────────────────────────────────────────────────
def test_no_coverage_is_demanded_of_research_code() -> None:
    levels = {item.level for item in ITEMS.values() if "coverage" in item.probes}
    demanded = {item.level for item in ITEMS.values() if "policy.line_rate" in item.names}
    assert min(levels) > 2
    assert demanded == {6}


@pytest.mark.parametrize(("level", "id"), REVIEWS.items())
def test_every_level_ends_with_a_review_and_from_level_4_on_by_somebody_else(
    level: int, id: str
) -> None:
    review = ITEMS[id]
    assert (review.level, review.gate) == (level, True)
    others = {range(4): "", range(4, 8): ">= 1", range(8, 9): ">= 2", range(9, 10): ">= 1"}
    wanted = next(count for levels, count in others.items() if level in levels)
    needed = f"answer and answer.independent {wanted} and {STANDS}" if wanted else "answer"
    assert words(review.wants) == needed


@EACH
def test_where_others_must_agree_the_no_of_one_of_them_stands(item: Item) -> None:
    wants = words(item.wants)
    assert wants.count("answer.independent") == wants.count(STANDS)


@pytest.mark.parametrize("id", sorted(DRILLS))
def test_a_drill_at_level_8_may_be_held_in_the_lab_and_no_further_from_use(id: str) -> None:
    assert (ITEMS[id].level, ITEMS[id].environment) == (8, Environment.LAB)


@pytest.mark.parametrize("id", sorted(IN_USE))
def test_behaviour_at_level_8_is_seen_in_shadow_or_production(id: str) -> None:
    assert (ITEMS[id].level, ITEMS[id].environment) == (8, Environment.SHADOW)


@EACH
def test_who_answers_where_the_place_counts_is_told_to_name_it(item: Item) -> None:
    if item.answered and item.environment:
        assert "--environment" in item.if_not.remedy


@EACH
def test_evidence_must_be_near_to_use_from_the_level_at_which_that_is_possible(item: Item) -> None:
    if item.environment is not None:
        behaviour = {8: Environment.SHADOW, 9: Environment.PRODUCTION}.get(item.level)
        of_data = item.level < 9 and (behaviour is None or "datasets" in item.probes)
        of_data = of_data or item.id in DRILLS
        assert item.level >= 4
        assert item.environment is (Environment.LAB if of_data else behaviour)


@pytest.mark.parametrize(
    "id", ["real-data", "data-band-again", "slices-reported", "metric-families"]
)
def test_synthetic_data_alone_never_meets_what_level_4_asks_of_data(id: str) -> None:
    assert (ITEMS[id].level, ITEMS[id].environment) == (4, Environment.LAB)


# ── What is measured and what people say ──────────────────────────────────────────────────────────
def evidence(probe: str, outcome: Outcome, **measures: Measure | Scalar) -> Evidence:
    made = found(outcome, f"what {probe} says", (), **measures)
    return Evidence(probe=probe, version=1, distribution="x", **dict(made))


def said(**counts: Scalar) -> Evidence:
    whole: dict[str, Scalar] = {"people": 1, "independent": 2, "against": 0, "documented": True}
    by: dict[str, Scalar] = {"by": "Bo", "on": "2026-11-21", "excused": 0}
    return evidence("answer", Outcome.YES, **{**whole, **by, **counts})


def status(id: str, *given: Evidence) -> Status:
    known: dict[str, Scalar] = {"component.kind": "model", "policy.group_gap": 0.2}
    return judge(ITEMS[id], {one.probe: one for one in given}, known).status


def gap(value: float, upper: float | None) -> Evidence:
    return evidence(
        "fairness", Outcome.YES, equalized_odds_difference=Measure(value=value, upper=upper)
    )


SLICES = evidence("slice-performance", Outcome.YES, slices=4, below=0, fell=0)
PASSED = evidence("test-results", Outcome.YES, item_group_errors=1)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([gap(0.1, 0.15)], Status.MET),
        ([gap(0.1, 0.25), SLICES, PASSED], Status.NOT_MET),
        ([gap(0.1, 0.25), SLICES, PASSED, said()], Status.NOT_MET),
        ([gap(0.3, None), SLICES, said()], Status.NOT_MET),
        ([gap(0.1, None)], Status.UNKNOWN),
        ([SLICES], Status.UNKNOWN),
        ([SLICES, said()], Status.MET),
        ([SLICES, said(independent=0)], Status.UNKNOWN),
        ([SLICES, said(against=1)], Status.UNKNOWN),
    ],
)
def test_a_gap_between_groups_that_was_measured_counts_whatever_else_is_said(
    given: list[Evidence], wanted: Status
) -> None:
    assert status("group-errors", *given) is wanted


@pytest.mark.parametrize("id", ["claims-reproduced", "mlts-i1-training-repeatable"])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([evidence("reproducible", Outcome.NO, same=False), said()], Status.NOT_MET),
        ([evidence("reproducible", Outcome.YES, same=True)], Status.MET),
        ([evidence("reproducible", Outcome.UNKNOWN), said()], Status.MET),
    ],
)
def test_runs_that_differ_are_not_made_the_same_by_an_answer(
    id: str, given: list[Evidence], wanted: Status
) -> None:
    assert status(id, *given) is wanted


@pytest.mark.parametrize(("below", "fell"), [(1, 0), (0, 1)])
def test_a_slice_that_misses_its_limit_is_not_answered_away(below: int, fell: int) -> None:
    missed = evidence("slice-performance", Outcome.NO, below=below, fell=fell)
    assert status("mlts-m6-slice-quality", missed, said()) is Status.NOT_MET
    assert status("mlts-m6-slice-quality", SLICES) is Status.MET


@pytest.mark.parametrize("id", [id for id in REVIEWS.values() if STANDS in ITEMS[id].wants])
def test_a_review_that_one_of_the_reviewers_is_against_is_not_met(id: str) -> None:
    assert status(id, said()) is Status.MET
    assert status(id, said(against=1)) is Status.NOT_MET


@pytest.mark.parametrize(("without_vv", "wanted"), [(0, Status.MET), (1, Status.NOT_MET)])
def test_a_requirement_that_says_no_check_was_not_validated(
    without_vv: int, wanted: Status
) -> None:
    given = evidence("requirements", Outcome.NO, total=2, open=0, tested=2, without_vv=without_vv)
    assert status("requirements-validated", given) is wanted


@pytest.mark.parametrize("fault", ["wrong_rows", "wrong_sums", "without_human_level"])
def test_an_error_analysis_holds_only_without_any_of_its_faults(fault: str) -> None:
    whole: dict[str, Scalar] = {
        "rows": 3, "wrong_rows": 0, "wrong_sums": 0, "without_human_level": 0,
    }  # fmt: skip
    for faults, wanted in ((0, Status.MET), (1, Status.NOT_MET)):
        given = evidence("error-analysis", Outcome.NO, **{**whole, fault: faults})
        assert status("error-analysis", given) is wanted


# ── What is asked of probes ─────────────────────────────────────────────────────────────────────
def given(name: str) -> list[Scalar]:
    """The values that the case tables give for a name such as `datasets.real`; one is required."""
    probe, *rest = name.split(".")
    if not rest:
        return [True, False]
    if rest[-1] in ("lower", "upper", "n"):
        return [0.5]
    if rest[0].startswith("item_") and rest[0][5:].replace("_", "-") in ITEMS:
        return [0.5]
    table = cases(HERE / "cases" / f"{probe.replace('_', '-')}.yaml")
    found = [(case.data.get("measures") or {}).get(rest[0]) for case in table]
    return [one for one in found if one not in (None, "undefined")]


def only(name: str, value: Scalar) -> LookUp:
    """One fact is known, and nothing else."""
    return lambda asked: value if asked == name else Missing("not asked")


@EACH
def test_an_item_wants_only_measures_that_its_probe_gives_and_compares_like_with_like(
    item: Item,
) -> None:
    ours = {"answer": [True, False], "answer.documented": [True, False]}
    for name in item.names:
        if name.split(".")[0] in CONSTANTS:
            continue
        derived = name.split(".")[0].replace("_", "-") in DERIVED
        values = ours.get(name, [1]) if derived else given(name)
        assert values, f"no case gives {name}"
        for value in values:
            parse(item.wants).evaluate(only(name, value))


def test_every_probe_is_asked_by_some_item() -> None:
    since = date(2026, 1, 1)
    live = Deployment(id="first", pattern=Pattern.CANARY, version="1", live=True, since=since)
    declared = obligations([], [live])
    items = (*ITEMS.values(), *(declared.items if declared else ()))
    assert set(own_ids()) == {probe for item in items for probe in item.probes}


@pytest.mark.parametrize("id", own_ids())
def test_a_probe_says_why_how_what_and_which_version(id: str) -> None:
    probe = own(id)
    assert probe is not None
    why, how, *_ = probe.why_and_how.split("\n\n")
    assert why.endswith(".")
    assert how.strip()
    assert probe.asks.endswith(".")
    assert probe.version == probe.module.version
    told = {option["name"]: option["about"] for option in catalogue.said_by(probe)["options"]}
    fields = set(probe.options.model_fields) if probe.options else set()
    assert {name for name, about in told.items() if about} == fields


# ── What others ask ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", PRACTICES["practices"], ids=lambda row: row["row"])
def test_every_technique_that_the_sources_name_is_covered(
    row: dict[str, dict[str, list[str]]],
) -> None:
    assert row["covers"]
    for technique, ids in row["covers"].items():
        assert ids, technique
        assert set(ids) <= set(ITEMS), technique


def test_the_map_of_practices_has_every_row_of_the_five_sources_once() -> None:
    rows = [row["row"] for row in PRACTICES["practices"]]
    assert len(rows) == len(set(rows)) == 55


def test_what_a_level_was_drawn_up_from_is_asked_under_its_own_name_or_another() -> None:
    for candidate, ids in PRACTICES["candidates"].items():
        assert candidate not in ITEMS
        assert ids
        assert set(ids) <= set(ITEMS), candidate


def test_all_28_tests_of_the_ml_test_score_are_asked_and_none_holds_a_level_back() -> None:
    score = LISTS["ml-test-score"].items
    assert Counter(item.section for item in score) == dict.fromkeys(SECTIONS, 7)
    named = [item.id.split("-")[1].upper() for item in score]
    assert sorted(named) == sorted(TESTS)
    assert all(
        f"ML Test Score {name}" in item.refs for name, item in zip(named, score, strict=True)
    )
    assert not any(item.gate for item in score)
    assert all(item.answered for item in score)


def test_the_score_is_judged_at_levels_7_8_and_9() -> None:
    asking = {item.id: item.level for item in ITEMS.values() if "ml-test-score" in item.asked}
    assert asking == {"test-score-published": 7, "test-score-bar": 8, "test-score-critical": 9}


def test_all_21_questions_of_deon_are_asked() -> None:
    assert refs("deon") == DEON


def test_standards_are_cited_by_numbers_that_they_have() -> None:
    assert len(NIST) == 72
    assert len(ISO) == 38
    assert refs("NIST AI RMF") <= NIST
    assert refs("ISO/IEC 42001") <= ISO
    assert refs("ML Test Score") <= TESTS
    assert [ref for ref in refs("EU AI Act") if not EU.fullmatch(ref)] == []
    assert {ref for ref in refs("MLTRL") if ref != "TRL card"} <= {f"L{n}" for n in LEVELS}


@EACH
def test_an_item_that_cites_a_level_cites_its_own(item: Item) -> None:
    cited = {ref for ref in item.refs if re.fullmatch(r"MLTRL L\d", ref)}
    assert not cited or f"MLTRL L{item.level}" in cited
