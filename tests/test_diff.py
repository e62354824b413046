"""`diff`: what changed between two audits."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from tests.making import evidence, item, report
from trl4ml.core.comparing import compare
from trl4ml.core.diff import ReportDiff
from trl4ml.core.evidence import Evidence, Measure, Outcome
from trl4ml.core.noun import Noun
from trl4ml.core.project import Component, Criticality, Waiver
from trl4ml.core.report import Report
from trl4ml.errors import WrongInput
from trl4ml.load.reports import report as read
from trl4ml.render.diff import LARGEST, diff_json, diff_markdown, diff_text, headline
from trl4ml.render.jsonfile import jsonfile
from trl4ml.resources import folder

LATE = date(2027, 1, 1)


def components(*names: str) -> list[Component]:
    return [Component(name=name) for name in names]


def waiver(item: str, owner: str = "Ada") -> Waiver:
    return Waiver(item=item, owner=owner, reason="a reason long enough", until=LATE)


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────

ITEMS = [
    item("i0", 0, "probe_a"),
    item("i1", 1, "probe_a.rate >= 0.5"),
    item("i2", 1, "not probe_b", gate=False),
    item("i3", 2, "probe_b.rate >= 0.2 or probe_a"),
]
rates = st.sampled_from([0.1, 0.5, Measure(value=0.5, unit="share", n=3), "text", True])
facts = st.lists(
    st.builds(
        lambda probe, outcome, rate: evidence(probe, outcome, rate=rate),
        st.sampled_from(["probe-a", "probe-b"]),
        st.sampled_from([Outcome.YES, Outcome.NO, Outcome.UNKNOWN]),
        rates,
    ),
    max_size=2,
    unique_by=lambda one: one.probe,
)
reports = st.builds(
    lambda items, found, names, waived, level: report(
        items, found, components=components(*names), waivers=[waiver(one) for one in waived],
        level=level,
    ),
    st.lists(st.sampled_from(ITEMS), min_size=1, unique_by=lambda one: one.id),
    facts,
    st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["i0", "i1"]), max_size=1),
    st.sampled_from([None, 1, 4]),
)  # fmt: skip


@given(reports)
def test_a_report_and_itself_do_not_differ(one: Report) -> None:
    diff = compare(one, one)
    assert diff.empty
    assert not diff.fell
    assert headline(diff) == "no level changed, nor anything else"


@given(reports, reports)
def test_the_way_back_is_the_mirror_of_the_way_there(one: Report, other: Report) -> None:
    there, back = compare(one, other), compare(other, one)
    assert mirrored(there) == back
    assert there.empty is back.empty


@given(reports, reports)
def test_a_level_fell_exactly_where_it_rose_on_the_way_back(one: Report, other: Report) -> None:
    there, back = compare(one, other), compare(other, one)
    assert [c.component for c in there.levels if c.fell] == [
        c.component for c in back.levels if not c.fell
    ]


@given(reports, reports)
def test_a_difference_is_a_value_that_survives_its_own_json(one: Report, other: Report) -> None:
    diff = compare(one, other)
    assert ReportDiff.model_validate_json(diff.model_dump_json()) == diff


def mirrored(diff: ReportDiff) -> ReportDiff:
    """The difference seen from the other side."""

    def other_side(change: Any) -> Any:
        if not isinstance(change, Noun) or not {"before", "after"} <= change.model_fields_set:
            return change
        return change.model_copy(update={"before": change.after, "after": change.before})  # type: ignore[attr-defined]

    swapped = dict(other_side(diff))
    for field, value in swapped.items():
        if isinstance(value, tuple):
            swapped[field] = tuple(other_side(one) for one in value)
    for kind in ("items", "components", "waivers"):
        added, removed = swapped[f"{kind}_added"], swapped[f"{kind}_removed"]
        swapped[f"{kind}_added"], swapped[f"{kind}_removed"] = removed, added
    return ReportDiff.model_construct(**swapped)


# ── worked cases ─────────────────────────────────────────────────────────────────────────────────


def test_the_verdict_names_the_component_whose_level_fell() -> None:
    items = [item("i0", 0, "probe_a"), item("i1", 1, "probe_b")]
    before = report(items, [evidence("probe-a"), evidence("probe-b")])
    after = report(items, [evidence("probe-a"), evidence("probe-b", Outcome.NO, "gone")])
    assert headline(compare(before, after)) == "level fell from 1 to 0 (component model)"
    assert headline(compare(after, before)) == "level rose from 0 to 1 (component model)"
    assert compare(before, after).fell
    assert not compare(after, before).fell


def test_below_entry_is_the_lowest_level() -> None:
    items = [item("i0", 0, "probe_a")]
    before, after = report(items, [evidence("probe-a")]), report(items, [])
    assert headline(compare(before, after)) == "level fell from 0 to below entry (component model)"


def test_a_new_component_can_make_the_system_fall() -> None:
    items = [item("i0", 0, "probe_a", applies="component.name == 'x'"),
             item("i1", 0, "probe_b", applies="component.name == 'y'")]  # fmt: skip
    before = report(items, [evidence("probe-a")], components=components("x"))
    after = report(items, [evidence("probe-a")], components=components("x", "y"))
    diff = compare(before, after)
    assert headline(diff) == "level fell from 0 to below entry (the system)"
    assert diff.components_added == ("y",)
    assert "Components:\n  y: added\n" in diff_text(diff)


def test_a_component_that_is_gone_is_a_fall_though_the_system_rose() -> None:
    """Else a team could lift its system by renaming what holds it back."""
    items = [item("i0", 0, "probe_a", applies="component.name == 'x'"),
             item("i1", 0, "probe_b", applies="component.name == 'y'")]  # fmt: skip
    before = report(items, [evidence("probe-a")], components=components("x", "y"))
    after = report(items, [evidence("probe-a")], components=components("x"))
    diff = compare(before, after)
    assert headline(diff) == ("component y is gone; level rose from below entry to 0 (the system)")
    assert diff.fell
    assert json.loads(diff_json(diff))["fell"] is True
    assert headline(compare(after, before)).startswith("level fell from 0 to below entry")


def test_of_a_partial_report_no_component_is_gone() -> None:
    before = report([item("a", 0)], [], components=components("x", "y"))
    after = report([item("a", 0)], [], components=components("x"))
    diff = compare(before.model_copy(update={"partial": True}), after)
    assert diff.components_removed == ("y",)
    assert (diff.gone, diff.fell) == ((), False)


def test_falls_and_rises_are_told_together() -> None:
    items = [item("i0", 0, "probe_a", applies="component.name == 'x'"),
             item("i1", 0, "probe_b", applies="component.name == 'y'")]  # fmt: skip
    both = components("x", "y")
    before = report(items, [evidence("probe-a")], components=both)
    after = report(items, [evidence("probe-b")], components=both)
    says = "level fell from 0 to below entry (component x); "
    says += "level rose from below entry to 0 (component y)"
    assert headline(compare(before, after)) == says


def test_every_kind_of_change_is_told_once() -> None:
    before = report(
        [item("kept", 0, "probe_a"), item("worded", 1, "probe_a.rate >= 0.8"), item("gone", 2)],
        [evidence("probe-a", rate=Measure(value=0.81, lower=0.7, upper=0.9, unit="share", n=10))],
        waivers=[waiver("gone")],
    )  # fmt: skip
    newer = evidence("probe-a", Outcome.NO, "not any more", rate=0.79, extra=1)
    after = report(
        [item("kept", 0, "probe_a"), item("worded", 1, "probe_a.rate >= 0.7"), item("new", 3)],
        [newer.model_copy(update={"version": 2})],
        waivers=[waiver("kept", "Bob")], criticality=Criticality.LOW,
    )  # fmt: skip
    assert diff_text(compare(before, after)).splitlines() == [
        "level fell from 2 to 1 (component model)",
        "",
        "Otherwise changed:",
        "  kept (model, level 0): met → waived",
        "      was: said; now: waived by Bob until 2027-01-01: a reason long enough (not",
        "      any more)",
        "",
        "Items added:",
        "  new, level 3, gate: not met (model)",
        "      Is it?",
        "",
        "Items removed:",
        "  gone, level 2, gate: met (model)",
        "      Is it?",
        "",
        "Items that ask otherwise:",
        "  worded, wants: probe_a.rate >= 0.8 → probe_a.rate >= 0.7",
        "",
        "Measures:",
        "  probe-a.extra (model): not given → 1",
        "  probe-a.rate (model): 0.81 share (0.7 to 0.9, n 10) → 0.79",
        "",
        "Probes, checklists, settings:",
        "  probe-a (model): answers yes → no; version 1 → 2",
        "  criticality: none → low",
        "  required level: none → 4",
        "  model, wanted: none → 4",
        "",
        "Waivers:",
        "  kept: added, until 2027-01-01",
        "      Bob: a reason long enough",
        "  gone: removed, until 2027-01-01",
        "      Ada: a reason long enough",
    ]


def test_what_is_lost_comes_first_with_both_messages() -> None:
    items = [item("a", 0, "probe_a"), item("b", 0, "probe_b"), item("c", 0, "probe_c")]
    before = report(items, [evidence("probe-a", message="fine"), evidence("probe-b", Outcome.NO)])
    after = report(items, [evidence("probe-b"), evidence("probe-c", Outcome.NO, "none")])
    text = diff_text(compare(before, after))
    assert text.index("Lost:\n  a (model, level 0): met → unknown\n") < text.index("Gained:\n  b")
    assert "      was: fine; now: no evidence from probe-a\n" in text
    assert "Otherwise changed:\n  c (model, level 0): unknown → not met\n" in text


def test_what_is_waived_is_let_pass_and_not_gained() -> None:
    before = report([item("a", 0)], [evidence("probe-a", Outcome.NO, "none")])
    after = report([item("a", 0)], [evidence("probe-a", Outcome.NO, "none")], waivers=[waiver("a")])
    text = diff_text(compare(before, after))
    assert "Let pass by a waiver:\n  a (model, level 0): not met → waived\n" in text
    assert "Gained" not in text


def test_waivers_that_are_alike_are_one_row_with_the_first_of_them() -> None:
    items, found = [item(f"i{n}", 0) for n in range(7)], [evidence("probe-a")]
    before = report(items, found, waivers=[waiver("i6")])
    after = report(items, found, waivers=[waiver(one.id) for one in items])
    later = [one.model_copy(update={"until": date(2027, 3, 1)}) for one in after.waivers]
    assert diff_text(compare(before, after)).endswith(
        "Waivers:\n  i0, i1, i2, i3, i4 and 1 more: added, until 2027-01-01\n"
        "      Ada: a reason long enough\n"
    )
    text = diff_text(compare(after, report(items, found, waivers=later)))
    assert "i4 and 2 more: added, until 2027-03-01\n" in text
    assert "i4 and 2 more: removed, until 2027-01-01\n" in text


def test_a_measure_shared_by_components_is_told_once() -> None:
    items = [item("a", 0, "probe_a.rate >= 0.5")]
    both = components("x", "y")
    before = report(items, [evidence("probe-a", rate=0.9)], components=both)
    after = report(items, [evidence("probe-a", rate=0.8)], components=both)
    (change,) = compare(before, after).measures
    assert change.components == ("x", "y")


def test_a_change_behind_the_sixth_digit_is_still_seen() -> None:
    items = [item("a", 0, "probe_a.rate >= 0.5")]
    before = report(items, [evidence("probe-a", rate=0.91234567)])
    after = report(items, [evidence("probe-a", rate=0.91234568)])
    assert "probe-a.rate (model): 0.91234567 → 0.91234568" in diff_text(compare(before, after))


def test_what_became_undefined_says_why() -> None:
    items = [item("a", 0, "probe_a.rate >= 0.5")]
    before = report(items, [evidence("probe-a", rate=0.9)])
    after = report(items, [evidence("probe-a", rate=Measure(undefined="nobody asked"))])
    assert "probe-a.rate (model): 0.9 → undefined: nobody asked" in diff_text(
        compare(before, after)
    )


def test_a_checklist_that_changed_under_one_version_is_told_apart() -> None:
    one = report([item("a")], [evidence("probe-a")])
    used = one.checklists[0]
    newer = one.model_copy(update={"checklists": (used.model_copy(update={"version": "2"}),)})
    edited = one.model_copy(update={"checklists": (used.model_copy(update={"digest": "f" * 64}),)})
    gone = one.model_copy(update={"checklists": (), "config_digest": "e" * 64})
    assert "checklist own: 1 → 2\n" in diff_text(compare(one, newer))
    assert "checklist own: its text changed within 1\n" in diff_text(compare(one, edited))
    text = diff_text(compare(one, gone))
    assert "checklist own: no longer\n" in text
    assert "trl4ml.yaml: changed\n" in text


def test_where_only_some_items_were_asked_no_level_is_compared() -> None:
    one = report([item("a")], [evidence("probe-a")])
    partial = report([item("a")], []).model_copy(update={"partial": True, "supported": None})
    diff = compare(one, partial)
    assert not diff.fell
    assert headline(diff) == "no level is compared, for one of the two was made with --only"
    assert "a (model, level 0): met → unknown" in diff_text(diff)


# ── text from outside ────────────────────────────────────────────────────────────────────────────

HOSTILE = "<script>alert(1)</script> | `x` **b** [l](http://x) @all #1\n\x1b[31m\u202e"


def hostile(times: int = 1) -> ReportDiff:
    items = [item(f"i{n}", n % 10, "probe_a") for n in range(times)]
    said = HOSTILE * min(times, 20)

    def found(outcome: Outcome) -> list[Evidence]:
        measures = {f"{HOSTILE}{n}": f"{outcome}{said}" for n in range(times)}
        return [evidence("probe-a", outcome, f"{outcome}{said}", **measures)]

    names = components(*(f"c{n}" for n in range(min(times, 10))))
    before = report(items, found(Outcome.YES), components=names)
    after = report(items, found(Outcome.NO), components=names)
    return compare(before, after)


def test_nothing_from_outside_is_markup_in_a_comment() -> None:
    text = diff_markdown(hostile(), folder("templates"))
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert set(re.findall("<[^>]*>", text)) == {"<code>", "</code>"}
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.count("|") == 4, line
    assert "@all" not in text


def test_notes_stand_under_the_verdict_and_are_text(pair: tuple[Path, Path]) -> None:
    same = compare(ONE, ONE)
    text = diff_markdown(same, folder("templates"), [HOSTILE, "é" * 1000])
    first, _, note, _, long, *_ = text.splitlines()
    assert first == "### trl4ml: no level changed, nor anything else"
    assert set(re.findall("<[^>]*>", text)) == set()
    assert "@all" not in note and "\x1b" not in note and note.isprintable()
    assert len(long) == 300
    assert json.loads(diff_json(same, ["a"]))["notes"] == ["a"]


def test_nothing_from_outside_reaches_the_terminal() -> None:
    text = diff_text(hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x1b[31mlevel fell" in diff_text(hostile(), colour=True)


def test_a_comment_fits_however_much_changed() -> None:
    text = diff_markdown(hostile(300), folder("templates"))
    assert len(text.encode()) < LARGEST
    assert text.startswith("### trl4ml: level fell from 9 to below entry ")
    assert re.search(r"… and \d+ more", text)


# ── files ────────────────────────────────────────────────────────────────────────────────────────

ONE = report([item("a")], [evidence("probe-a")])


def edited(change: Callable[[dict[str, Any]], object]) -> str:
    whole = json.loads(jsonfile(ONE))
    change(whole)
    return json.dumps(whole)


MAKE = "make one with: trl4ml audit --output-format json=FILE"
BAD: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", f"not JSON (line 1, column 1: Expecting value (is the file cut off?)); {MAKE}"),
    "no JSON": ("name: x", f"not JSON (line 1, column 1: Expecting value); {MAKE}"),
    "bytes": (b'{"a": "\xff"}', f"not JSON (it is not UTF-8 text); {MAKE}"),
    "NaN": ('{"report": NaN}', f"not JSON (NaN is not a JSON number); {MAKE}"),
    "too deep": ("[" * 200_000, f"not JSON (it is nested too deeply); {MAKE}"),
    "a list": ("[]", f"not a report of trl4ml; {MAKE}"),
    "another tool's": ('{"version": "2.1.0", "runs": []}', f"not a report of trl4ml; {MAKE}"),
    "another version": (
        edited(lambda w: w.update(schema_version="2")),
        "a report of schema version 2; this trl4ml reads version 1, so make it again with this one",
    ),
    "tampered": (
        edited(lambda w: w["report"].update(supported=9)),
        "its digest does not match its content: it was changed after trl4ml wrote it; make it again",
    ),
    "a report that is none": (
        json.dumps({"schema_version": "1", "report": {},
                    "digest": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}),
        f"not a report of trl4ml (tool: Field required); {MAKE}",
    ),
    "a number beyond JSON": (
        edited(lambda w: w["report"].update(supported=10**40)), "not a report of trl4ml (",
    ),
}  # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    worse = report([item("a")], [evidence("probe-a", Outcome.NO)])
    for name, one in (("a.json", ONE), ("b.json", worse)):
        (tmp_path / name).write_text(jsonfile(one))
    return tmp_path / "a.json", tmp_path / "b.json"


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_report_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    content, says = BAD[name]
    path = tmp_path / "bad.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WrongInput) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: {says}")
    assert "\n" not in str(error.value)


def test_a_report_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole, path = jsonfile(ONE), tmp_path / "cut.json"
    for length in range(0, len(whole) - 2, 97):
        path.write_text(whole[:length])
        with pytest.raises(WrongInput, match="not JSON"):
            read(path)


def test_a_report_is_read_as_it_was_written(pair: tuple[Path, Path]) -> None:
    assert read(pair[0]) == ONE


def test_a_huge_file_is_not_read_to_its_end(trl4ml: Run, pair: tuple[Path, Path]) -> None:
    with pair[1].open("wb") as file:
        file.truncate(1_000_000_000)
    done = trl4ml("diff", *pair)
    assert done.returncode == 2
    says = f"trl4ml: {pair[1]}: larger than 50 MB, and no more is read; is it a report of trl4ml?\n"
    assert done.stderr == says


def test_a_file_that_is_missing_is_named(trl4ml: Run, tmp_path: Path) -> None:
    done = trl4ml("diff", "no.json", "no.json")
    assert done.returncode == 2
    assert done.stderr == f"trl4ml: no.json: cannot be read (No such file or directory); {MAKE}\n"
    done = trl4ml("diff", ".", ".")
    assert done.stderr == f"trl4ml: .: cannot be read (Is a directory); {MAKE}\n"


def test_the_exit_code_is_1_when_a_level_fell_else_0(trl4ml: Run, pair: tuple[Path, Path]) -> None:
    fell, rose, same = (trl4ml("diff", *files) for files in (pair, pair[::-1], (pair[0], pair[0])))
    assert (fell.returncode, rose.returncode, same.returncode) == (1, 0, 0)
    assert fell.stdout.startswith("level fell from 0 to below entry (component model)\n\nLost:\n")
    assert rose.stdout.startswith("level rose from below entry to 0 (component model)\n")
    assert same.stdout == "no level changed, nor anything else\n"
    assert fell.stderr == rose.stderr == same.stderr == ""


def test_each_format_says_the_same_first(trl4ml: Run, pair: tuple[Path, Path]) -> None:
    says = "level fell from 0 to below entry (component model)"
    whole = json.loads(trl4ml("diff", *pair, "--format", "json").stdout)
    assert (whole["verdict"], whole["fell"]) == (says, True)
    assert whole["diff"]["levels"] == [{"component": "model", "before": 0, "after": None}]
    comment = trl4ml("diff", *pair, "--format", "markdown")
    assert comment.returncode == 1
    assert comment.stdout.startswith(f"### trl4ml: {says}\n\n**Lost**\n")


def test_two_audits_of_one_project_are_compared(trl4ml: Run, tmp_path: Path) -> None:
    (tmp_path / "trl4ml.yaml").write_text("name: tiny\nchecklists: [mini.yaml]\n")
    (tmp_path / "mini.yaml").write_text(
        "checklist: mini\nversion: '1'\ntitle: t\nabout: a\nitems:\n"
        "  - {id: a, level: 0, ask: a, why: w, wants: license_file,"
        " if_not: {remedy: r, effort: hours}}\n"
    )
    (tmp_path / "LICENSE").write_text("ours")
    assert trl4ml("audit", "--format", "json=a.json").returncode == 0
    (tmp_path / "LICENSE").unlink()
    trl4ml("audit", "--format", "json=b.json")
    done = trl4ml("diff", "a.json", "b.json")
    assert done.returncode == 1
    assert "license-file (tiny): answers yes → no" in done.stdout
