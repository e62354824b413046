"""Waivers and baselines: written by a command, shown in each report, ended by their day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run, git
from trl4ml import run
from trl4ml.amending import entered
from trl4ml.core.baseline import Baseline, Exempt
from trl4ml.core.verdict import Status
from trl4ml.errors import WrongInput
from trl4ml.load import files
from trl4ml.load.files import document
from trl4ml.testing import lay_out
from trl4ml.waiving import _reads, _written, day

TODAY = date(2026, 11, 21)
OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
""" + "".join(
    f"  - {{id: {id}, level: 0, ask: Is it?, why: So., wants: {wants}, if_not: {{remedy: Do it., effort: hours}}}}\n"
    for id, wants in (("licensed", "license_file"), ("read", "readme"), ("owned", "codeowners"))
)  # fmt: skip
CONFIG = """# ours
name: shop   # the shop
criticality: low
checklists: [own.yaml]
"""
ASSUMPTIONS = (
    "- {id: a-1, statement: It stays so., kind: data, level: 0, owner: Ada, status: open}\n"
)
REASON = "legal decides on it in January"
SOON = str(datetime.now(UTC).date() + timedelta(days=30))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    own = OWN.replace("readme", "answer").replace("codeowners", "answer")
    lay_out(tmp_path, {"trl4ml.yaml": CONFIG, "own.yaml": own})
    return tmp_path


def waive(trl4ml: Run, item: str, *more: str, until: str = SOON) -> Any:
    return trl4ml("waive", item, "--owner", "Ada", "--reason", REASON, "--until", until, *more)


def statuses(shop: Path, today: date | None = None) -> dict[str, Status]:
    report = run.audit(shop, today=today).report
    return {v.item: v.status for c in report.components for v in c.verdicts}


def test_a_waiver_is_written_and_nothing_else_changes(shop: Path, trl4ml: Run) -> None:
    done = waive(trl4ml, "licensed")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"licensed is waived until {SOON}; every report says so. See trl4ml.yaml\n"
    )
    text = (shop / "trl4ml.yaml").read_text()
    assert text.startswith(CONFIG)
    assert statuses(shop)["licensed"] is Status.WAIVED
    assert waive(trl4ml, "read").returncode == 0
    assert statuses(shop)["read"] is Status.WAIVED
    assert (shop / "trl4ml.yaml").read_text().count("policy:") == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["nothing"], "nothing: no item in force is called so"),
        (["licenced"], "did you mean 'licensed'?"),
        (["licensed", "--component", "shp"], "did you mean 'shop'?; it has shop"),
        (["licensed", "--until", "1m"], "--until: '1m' is no day; give one as in 2027-01-31"),
        (["licensed", "--until", ""], "--until: is missing; give one as in 2027-01-31"),
        (["licensed", "--until", "2020-01-01"], "--until: 2020-01-01 is not between today and"),
        (["licensed", "--until", "9999d"], "a year from now"),
        (["licensed", "--reason", "soon"], "--reason: say in at least 10 characters"),
        (["licensed", "--owner", " "], "--owner: say who answers for it"),
    ],
)
def test_what_is_wrong_with_a_waiver_is_said_and_nothing_is_written(
    shop: Path, trl4ml: Run, more: list[str], says: str
) -> None:
    done = waive(trl4ml, *more)
    assert done.returncode == 2
    assert says in done.stderr
    assert (shop / "trl4ml.yaml").read_text() == CONFIG


def test_a_configuration_that_is_a_link_stays_one(shop: Path, trl4ml: Run) -> None:
    (shop / "trl4ml.yaml").rename(shop / "real.yaml")
    (shop / "trl4ml.yaml").symlink_to("real.yaml")
    done = waive(trl4ml, "licensed")
    assert done.returncode == 2
    assert "trl4ml.yaml: is a link, which would be lost; put the file itself there" in done.stderr
    assert (shop / "trl4ml.yaml").is_symlink()
    assert (shop / "real.yaml").read_text() == CONFIG


def test_a_second_waiver_of_the_same_item_is_refused(shop: Path, trl4ml: Run) -> None:
    assert waive(trl4ml, "licensed").returncode == 0
    done = waive(trl4ml, "licensed")
    assert done.returncode == 2
    assert f"licensed: is waived already, by Ada until {SOON}" in done.stderr


def test_a_day_is_a_date_or_a_number_of_days() -> None:
    assert day("90d", TODAY) == date(2027, 2, 19)
    assert day("0d", TODAY) == TODAY
    assert day("2027-11-22", TODAY) == date(2027, 11, 22)
    for text in ("2027-11-23", "-1d", "d", "1e2d", "٣d", "", "2027-02-30", "99999d"):
        with pytest.raises(WrongInput, match=r"^--until: "):
            day(text, TODAY)


STYLES = [
    "name: shop\n",
    "name: shop",
    "name: shop\npolicy:\n  required_level: 4\n",
    "name: shop\npolicy:\n  # why\n  waivers:\n  - item: a\n    owner: B\n    until: 2027-01-01\n    reason: >-\n      long\n      text\n  # end\nprobes: {}\n",
    "name: shop\npolicy:\n    waivers:\n        - {item: a, owner: B}\n# tail",
    "name: shop\npolicy: # ours\n  waivers: []\n",
    "name: shop\npolicy: {required_level: 4}\n",
    "name: shop\npolicy:\n",
    "---\nname: shop\n...\n",
    "{name: shop}\n",
    "name: shop\r\npolicy:\r\n  required_level: 4\r\n",
]
ENTRY = {"item": "x", "owner": "no", "reason": "it: is # so\nor 'so'", "until": "2027-01-31"}


@pytest.mark.parametrize("text", STYLES, ids=range(len(STYLES)))
def test_an_entry_is_added_to_any_style_or_refused_with_lines_to_paste(text: str) -> None:
    before = document(text, "t").data
    try:
        after = document(entered(text, ("policy", "waivers"), ENTRY), "t").data
    except WrongInput as error:
        assert "put this there:\npolicy:\n  waivers:\n  - item: x\n" in str(error)
        return
    old = (before.get("policy") or {}).get("waivers") or []
    assert after == {**before, "policy": {**(before.get("policy") or {}), "waivers": [ENTRY, *old]}}


def test_the_usual_styles_are_added_to() -> None:
    for text in STYLES[:6]:
        lines = text.splitlines()
        assert [x for x in entered(text, ("policy", "waivers"), ENTRY).splitlines() if x in lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("policy: {required_level: 4} # ours\n", "policy: {baseline: b.yaml, required_level: 4} # ours\n"),
        ("policy: {}\n", "policy: {baseline: b.yaml}\n"),
        ("{name: é}\n", "{policy: {baseline: b.yaml}, name: é}\n"),
    ],
)  # fmt: skip
def test_what_is_written_in_brackets_is_added_to_within_them(text: str, expected: str) -> None:
    assert entered(text, ("policy", "baseline"), "b.yaml") == expected


@given(
    st.dictionaries(st.sampled_from(["owner", "reason", "item"]), st.text(min_size=1), min_size=1)
)
def test_whatever_is_said_reads_back_as_it_was_said_or_is_refused(entry: dict[str, str]) -> None:
    try:
        text = entered("name: shop\n", ("policy", "waivers"), entry)
    except WrongInput:
        return
    assert document(text, "t").data["policy"]["waivers"] == [entry]


@pytest.mark.parametrize(
    ("waivers", "says"),
    [
        (["{item: licensed, component: data"], "yaml:10:12: 'licensed' is not asked of data, so nothing needs this"),
        (["{item: read, component: model"], "'read' is not asked of model, so nothing needs this"),
        (["{item: owned"] * 2, "'owned' is there already, further up"),
        (["{item: owned", "{item: owned, component: data"], ""),
        (["{item: read", "{item: licensed"], ""),
    ],
)  # fmt: skip
def test_a_waiver_that_can_never_be_needed_is_complained_of(
    shop: Path, trl4ml: Run, waivers: list[str], says: str
) -> None:
    (shop / "own.yaml").write_text(
        (shop / "own.yaml").read_text()
        .replace("licensed, level: 0", "licensed, component: model, level: 3")
        .replace("owned, level: 0", "owned, level: 3")
    )  # fmt: skip
    parts = "components:\n- {name: model, entry_level: 3, entry_reason: bought as it is}\n- {name: data}\n"
    rest = "".join(f"  - {one}, owner: Ada, reason: {REASON}, until: {SOON}}}\n" for one in waivers)
    (shop / "trl4ml.yaml").write_text(f"{CONFIG}{parts}policy: \n  waivers:\n{rest}")
    done = trl4ml("lint", shop)
    assert (done.returncode, says in done.stderr) == (2 if says else 0, True)


def test_what_a_register_puts_in_force_is_waived_and_still_loads(shop: Path, trl4ml: Run) -> None:
    (shop / "trl4ml.yaml").write_text(CONFIG + "registers: {assumptions: assumptions.yaml}\n")
    (shop / "assumptions.yaml").write_text(ASSUMPTIONS)
    assert statuses(shop)["assumption-a-1"] is not Status.MET
    done = waive(trl4ml, "assumption-a-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert statuses(shop)["assumption-a-1"] is Status.WAIVED


def baseline(trl4ml: Run, *more: str) -> Any:
    return trl4ml("baseline", "--owner", "Ada", "--reason", REASON, "--until", SOON, *more)


def test_an_old_project_is_adopted_as_it_is(shop: Path, trl4ml: Run) -> None:
    assert trl4ml("audit", "--level", "0").returncode == 1
    done = baseline(trl4ml)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "3 gate items that do not hold are listed in trl4ml-baseline.yaml"
    )
    assert trl4ml("audit", "--level", "0").returncode == 0
    assert set(statuses(shop).values()) == {Status.WAIVED}


ONE_BY_ONE = f"owner: Ada\nreason: {REASON}\nuntil: {SOON}\nitems:\n" + "".join(
    f"- item: {id}\n  component: shop\n" for id in ("licensed", "owned", "read")
)


def test_a_baseline_lists_its_items_by_component_and_reads_one_by_one_too(
    shop: Path, trl4ml: Run
) -> None:
    assert baseline(trl4ml).returncode == 0
    file = shop / "trl4ml-baseline.yaml"
    listed = "components:\n  shop:\n  - licensed\n  - owned\n  - read\n"
    assert file.read_text().endswith(listed)
    file.write_text(ONE_BY_ONE)
    assert trl4ml("audit", "--level", "0").returncode == 0
    (shop / "LICENSE").write_text("Apache License\nVersion 2.0, January 2004\n")
    assert trl4ml("baseline", "--prune").returncode == 0
    assert file.read_text().endswith(listed.replace("  - licensed\n", ""))


@pytest.mark.parametrize(
    ("components", "says"),
    [
        ("{shop: [Read It]}", "5:21: components.shop.0: should be small letters"),
        ("{shop: read}", "5:20: components.shop: should be a list"),
        ("[shop]", "5:13: components: should be a mapping"),
        ("{shop: [licenced]}", "5:21: no item 'licenced' is in force; did you mean 'licensed'?"),
        ("{shp: [licensed]}", "5:20: no component 'shp'; did you mean 'shop'?"),
        ("{shop: [read, read]}", "5:27: 'read' is there already, further up"),
    ],
)
def test_what_is_wrong_by_component_is_complained_of(
    shop: Path, trl4ml: Run, components: str, says: str
) -> None:
    (shop / "trl4ml.yaml").write_text(CONFIG + "policy: {baseline: trl4ml-baseline.yaml}\n")
    head = f"owner: Ada\nreason: {REASON}\nuntil: {SOON}\n# by component\n"
    (shop / "trl4ml-baseline.yaml").write_text(f"{head}components: {components}\n")
    done = trl4ml("audit")
    assert done.returncode == 2
    assert f"trl4ml-baseline.yaml:{says}" in done.stderr


@pytest.mark.slow
def test_a_baseline_of_forty_thousand_items_is_read_again() -> None:
    items = tuple(Exempt(item=f"i-{n % 200}", component=f"c-{n // 200}") for n in range(40_000))
    empty = Baseline(owner="Ada", reason=REASON, until=TODAY)
    text = _written(empty.left_with(items))
    again = files.baseline(text, "trl4ml-baseline.yaml")
    assert set(again.exempt) == set(items)
    assert len(again.waivers) == len(again.places) == 40_000


def test_what_would_not_be_read_again_is_known_before_it_is_written() -> None:
    text = _written(Baseline(owner="Ada", reason=REASON, until=TODAY))
    assert _reads(text)
    assert not _reads("owner: [")
    assert not _reads(text + "#" * 4_000_000)


def test_a_baseline_does_not_grow(shop: Path, trl4ml: Run) -> None:
    assert baseline(trl4ml).returncode == 0
    more = OWN.replace("items:\n", "items:\n  - {id: new, level: 0, ask: Is it?, why: So., wants: answer, if_not: {remedy: Do., effort: hours}}\n")  # fmt: skip
    (shop / "own.yaml").write_text(more.replace("readme", "answer").replace("codeowners", "answer"))
    assert statuses(shop)["new"] is not Status.WAIVED
    assert trl4ml("audit", "--level", "0").returncode == 1
    again = baseline(trl4ml)
    assert again.returncode == 2
    assert "is there already, and a baseline does not grow" in again.stderr


@pytest.mark.slow
def test_a_baseline_that_grew_by_hand_or_was_put_off_is_told_since_a_revision(
    shop: Path, trl4ml: Run
) -> None:
    assert baseline(trl4ml).returncode == 0
    file = shop / "trl4ml-baseline.yaml"
    whole = file.read_text()
    shorter = whole.replace("  - read\n", "")
    assert shorter != whole
    file.write_text(shorter)
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "debts")
    assert trl4ml("diff", "--base", "HEAD").returncode == 0
    file.write_text(whole)
    done = trl4ml("diff", "--base", "HEAD")
    assert done.returncode == 1
    assert done.stderr == "the baseline grew, which it may not: read on shop\n"
    later = str(date.fromisoformat(SOON) + timedelta(days=1))
    file.write_text(shorter.replace(SOON, later))
    done = trl4ml("diff", "--base", "HEAD")
    assert done.returncode == 1
    assert done.stderr == f"the baseline was to end on {SOON}, and now ends on {later}\n"
    file.write_text(shorter.replace("  - owned\n", ""))
    assert "baseline" not in trl4ml("diff", "--base", "HEAD").stderr


def test_a_baseline_that_nothing_names_is_not_taken_for_one_in_force(
    shop: Path, trl4ml: Run
) -> None:
    (shop / "trl4ml-baseline.yaml").write_text("")
    done = baseline(trl4ml)
    assert done.returncode == 2
    assert "trl4ml.yaml does not name it: remove the file, or name it under policy" in done.stderr


def test_what_is_repaired_must_leave_the_baseline(shop: Path, trl4ml: Run) -> None:
    assert baseline(trl4ml).returncode == 0
    (shop / "LICENSE").write_text("Apache License\nVersion 2.0, January 2004\n")
    done = trl4ml("audit", "--level", "0")
    assert done.returncode == 1
    says = " ".join(done.stdout.split())
    assert "lapsed licensed (shop): " in says
    assert "the waiver by Ada is no longer needed: remove it" in says
    assert "(from a baseline with: trl4ml baseline --prune)" in says
    pruned = trl4ml("baseline", "--prune")
    assert pruned.returncode == 0
    says = (
        "1 of trl4ml-baseline.yaml hold by now and are gone from it: licensed on shop; 2 are left\n"
    )
    assert pruned.stdout == says
    assert trl4ml("audit", "--level", "0").returncode == 0


def test_a_baseline_ends_with_its_day(shop: Path, trl4ml: Run) -> None:
    assert baseline(trl4ml).returncode == 0
    last = date.fromisoformat(SOON)
    assert run.audit(shop, level=0, today=last).report.met
    late = run.audit(shop, level=0, today=last + timedelta(days=1)).report
    assert not late.met
    assert f"the waiver by Ada ended on {SOON}" in late.components[0].verdicts[0].message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("owner: Ada\n", "trl4ml-baseline.yaml:1:1: reason: is missing"),
        ("[", "trl4ml-baseline.yaml:2:1"),
        (
            f"owner: Ada\nreason: {REASON}\nuntil: 2027-01-31\nitems:\n- {{item: licenced, component: shp}}\n",
            "trl4ml-baseline.yaml:5:10: no item 'licenced' is in force; did you mean 'licensed'?",
        ),
    ],
)
def test_a_wrong_baseline_is_complained_of_with_its_line(
    shop: Path, trl4ml: Run, text: str, says: str
) -> None:
    (shop / "trl4ml.yaml").write_text(CONFIG + "policy: {baseline: trl4ml-baseline.yaml}\n")
    (shop / "trl4ml-baseline.yaml").write_text(text)
    done = trl4ml("audit")
    assert done.returncode == 2
    assert says in done.stderr


def test_a_baseline_that_is_not_there_or_outside_is_complained_of(shop: Path, trl4ml: Run) -> None:
    for name in ("gone.yaml", "../gone.yaml", "/etc/passwd"):
        (shop / "trl4ml.yaml").write_text(CONFIG + f"policy: {{baseline: {name}}}\n")
        done = trl4ml("audit")
        assert done.returncode == 2
        assert "trl4ml.yaml:5:20: " in done.stderr


def test_pruning_without_a_baseline_and_adopting_without_a_level_are_refused(
    shop: Path, trl4ml: Run
) -> None:
    assert "names no baseline" in trl4ml("baseline", "--prune").stderr
    (shop / "trl4ml.yaml").write_text(CONFIG.replace("criticality: low\n", ""))
    assert "no level is wanted" in baseline(trl4ml).stderr
