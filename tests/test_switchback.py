"""`trl4ml switchback` and what the registers put in force, as a user meets them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from trl4ml import run
from trl4ml.testing import lay_out

CHECKLIST = """\
checklist: own
version: "1"
title: t
about: a
items:
"""
ITEM = """\
  - {{id: l{level}, level: {level}, ask: Is it?, why: Because., wants: {wants},
     if_not: {{remedy: Do it., effort: hours}}}}
"""


def project(config: str = "", top: int = 9, wants: str = "answer") -> dict[str, str]:
    """A project with one item a level, up to `top`."""
    items = "".join(ITEM.format(level=n, wants=wants) for n in range(top + 1))
    return {
        "trl4ml.yaml": f"name: p\nchecklists: [own.yaml]\nowners: [Ola]\n{config}",
        "own.yaml": CHECKLIST + items,
    }


def climb(trl4ml: Run, top: int, *more: str) -> None:
    for level in range(top + 1):
        done = trl4ml("answer", f"l{level}", "yes", "--by", "Ana", *more)
        assert done.returncode == 0, done.stderr


def test_a_component_goes_back_and_comes_again(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, project())
    climb(trl4ml, 3)
    assert run.audit(tmp_path).report.supported == 3
    done = trl4ml("switchback", "--component", "p", "--to", "2", "--kind", "discovery",
                  "--reason", "half of the labels were wrong", "--by", "Ana")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "switched back from 3 to 2" in done.stdout
    assert "it now supports level 1" in done.stdout
    (record,) = (tmp_path / ".trl4ml/switchbacks/p").glob("*.json")
    assert str(record.relative_to(tmp_path)) in done.stdout
    report = run.audit(tmp_path).report
    assert report.supported == 1
    settle = next(item.id for item in report.items if item.id.startswith("settled-"))
    assert f"trl4ml answer {settle} yes" in trl4ml("audit").stdout
    for id in ("l2", "l3", settle):
        assert trl4ml("answer", id, "yes", "--by", "Ana").returncode == 0
    assert run.audit(tmp_path).report.supported == 3
    shown = trl4ml("switchback").stdout
    assert shown.startswith("p was switched back from 3 to 2 on ")
    (told,) = json.loads(trl4ml("switchback", "--format", "json").stdout)
    assert (told["left"], told["to"], told["kind"], told["by"]) == (3, 2, "discovery", "Ana")


BACK = ("switchback", "--component", "p", "--kind", "discovery", "--by", "Ana")
WHY = ("--reason", "the labels were wrong")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*BACK, "--to", "2", *WHY), "--to 2: p entered at level 3, so levels below it were never done; "
         "switch back to 3 or later"),
        ((*BACK, "--to", "6", *WHY), "--to 6: p is at level 5, so level 6 is still ahead of it; there is "
         "nothing to go back from"),
        ((*BACK, "--to", "4"), "--reason: say in at least 10 characters why it goes back"),
        (("switchback", "--component", "q", "--to", "4", "--kind", "discovery", "--by", "A", *WHY),
         "--component q: no component is called so; there is p"),
        (("switchback", "--to", "4", "--kind", "discovery"), "--component is missing: say which component "
         "goes back, and the kind of switchback (discovery, review, embedded)"),
        (("switchback", "--to", "4", "--component", "p"), "--kind is missing: say which component goes "
         "back, and the kind of switchback (discovery, review, embedded)"),
        (("switchback", "--component", "p", "--to", "4", "--kind", "review", "--by", "A", *WHY),
         "--review: a switchback by review names the review that decided it"),
        (("switchback", "--component", "p", "--to", "4", "--kind", "embedded", "--by", "A", *WHY),
         '--to 4: an embedded switchback of p to level 4 is not planned; write it under '
         '`planned_switchbacks` of the component, as in "6 -> 4"'),
    ],
)  # fmt: skip
def test_a_rule_that_is_broken_is_one_sentence_and_nothing_is_recorded(
    tmp_path: Path, trl4ml: Run, arguments: tuple[str, ...], says: str
) -> None:
    lay_out(tmp_path, project("components: [{name: p, entry_level: 3, entry_reason: bought}]\n", 6))
    for level in (3, 4, 5):
        assert trl4ml("answer", f"l{level}", "yes", "--by", "Ana").returncode == 0
    done = trl4ml(*arguments)
    assert (done.returncode, done.stderr) == (2, f"trl4ml: {says}\n")
    assert not (tmp_path / ".trl4ml/switchbacks").exists()


LIVE = """\
registers:
  deployment:
    - {{id: shop, pattern: canary, version: "1", live: true, since: 2026-01-01, returns_to: {to},
       artefacts: {{model.bin: {digest}}}}}
"""
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.slow
@pytest.mark.parametrize(("to", "left"), [(7, 6), (5, 4)])
def test_a_change_to_what_is_in_use_costs_the_level_until_it_is_reviewed(
    tmp_path: Path, trl4ml: Run, to: int, left: int
) -> None:
    lay_out(tmp_path, {**project(LIVE.format(to=to, digest=EMPTY)), "model.bin": ""})
    climb(trl4ml, 9)
    assert run.audit(tmp_path).report.supported == 9
    (tmp_path / "model.bin").write_text("a new version")
    report = run.audit(tmp_path).report
    assert report.supported == left
    refused = trl4ml(*BACK, "--to", str(to + 1), *WHY)
    assert refused.returncode == 2
    reviewed = trl4ml("answer", "deployed-change-reviewed-shop", "yes", "--by", "Bo")
    assert reviewed.returncode == 0, reviewed.stderr
    assert run.audit(tmp_path).report.supported == 9
    (tmp_path / "model.bin").write_text("yet another version")
    assert run.audit(tmp_path).report.supported == left


def test_what_is_in_use_goes_back_to_seven_or_earlier(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {**project(LIVE.format(to=7, digest=EMPTY)), "model.bin": ""})
    climb(trl4ml, 9)
    done = trl4ml(*BACK, "--to", "8", *WHY)
    assert "a change to a deployed version returns it to level 7 or earlier" in done.stderr
    assert trl4ml(*BACK, "--to", "7", *WHY).returncode == 0


ASSUMED = """\
registers:
  assumptions:
    - {{id: same-sensors, statement: The sensors stay the same., kind: data, level: 2, owner: Ola,
       status: holds, last_verified: 2026-01-01{more}}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "supported", "message"),
    [
        ("", 3, ""),
        (", expires: 2099-01-01", 3, ""),
        (", expires: 2026-02-01", 1, "same-sensors"),
        (", check: 'license_file'", 1, "licence"),
    ],
)
def test_an_assumption_that_failed_or_expired_holds_its_level_back(
    tmp_path: Path, trl4ml: Run, more: str, supported: int, message: str
) -> None:
    lay_out(tmp_path, project(ASSUMED.format(more=more), 3))
    climb(trl4ml, 3)
    report = run.audit(tmp_path).report
    assert report.supported == supported
    verdict = next(v for v in report.components[0].verdicts if v.item == "assumption-same-sensors")
    assert message in verdict.message
    again = run.audit(tmp_path)
    assert (again.report, again.asked) == (report, 0)


def test_an_assumption_that_was_never_verified_is_not_met(tmp_path: Path) -> None:
    config = ASSUMED.format(more="").replace(", last_verified: 2026-01-01", "")
    lay_out(tmp_path, project(config.replace("       status: holds}", "       }"), 3))
    verdicts = run.audit(tmp_path).report.components[0].verdicts
    assert next(v for v in verdicts if v.item.startswith("assumption")).status == "unknown"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("registers: {assumptions: a.yaml}\n", "trl4ml.yaml:4:26: a.yaml: No such file or directory"),
        ("registers: {assumption: []}\n", "trl4ml.yaml:4:25: no register is called 'assumption'; did you "
         "mean 'assumptions'?"),
        ("registers: {requirements: /etc/passwd}\n", "trl4ml.yaml:4:27: /etc/passwd leaves the project"),
        ("registers:\n  requirements:\n    - {id: '1', kind: technical, statement: s, p: 0.3, value: 8,"
         " risk: 11}\n", "trl4ml.yaml:6:72: entries.0.risk: risk is 2.4 (0.3 × 8), not 11"),
        ("registers:\n  requirements:\n    - {id: '1', kind: technical, statement: s, component: q}\n",
         "trl4ml.yaml:6:59: no component is called 'q'"),
        ("components: [{name: a, coupled: [b]}, {name: b, coupled: [c]}, {name: c, coupled: [a]}]\n",
         "trl4ml.yaml:4:34: components.0.coupled.0: a -> b -> c -> a is a circle: name only what a "
         "component takes from"),
        ("components: [{name: a, formerly: [b]}, {name: b}]\n", "trl4ml.yaml:4:35: components.0."
         "formerly.0: 'b' is another component, a retired one, or named before"),
        ("components: [{name: a, formerly: [c]}]\nretired: [c]\n", "trl4ml.yaml:4:35: components.0."
         "formerly.0: 'c' is another component, a retired one, or named before"),
        ("components: [{name: a, coupled: [x]}]\n", "trl4ml.yaml:4:34: components.0.coupled.0: no component "
         "is called 'x' (there is a)"),
        ("components: [{name: a, entry_level: 5, entry_reason: bought}]\n", "trl4ml.yaml:4:37: "
         "components.0.entry_level: should be at most 4"),
        ("components: [{name: a, planned_switchbacks: [2 -> 4]}]\n", "trl4ml.yaml:4:46: "
         "components.0.planned_switchbacks.0: '2 -> 4' should lead from a later level to an earlier one, "
         "0 at the least"),
        ("registers:\n  assumptions:\n    - {id: a, statement: s, kind: data, level: 2, check: 'nosuch'}\n",
         "trl4ml.yaml:6:58: its check asks the probe 'nosuch', which there is not"),
        ("registers:\n  assumptions:\n    - {id: a, statement: s, kind: data, level: 2, "
         "last_verified: 2026-02-01, expires: 2026-01-01}\n", "trl4ml.yaml:6:87: entries.0."
         "expires: expires 2026-01-01 is before it was last verified, 2026-02-01"),
    ],
)  # fmt: skip
def test_a_bad_register_is_one_clear_sentence_with_its_line(
    tmp_path: Path, trl4ml: Run, config: str, says: str
) -> None:
    lay_out(tmp_path, project(config))
    done = trl4ml("audit")
    assert done.returncode == 2
    lines = [line.removeprefix("trl4ml: ") for line in done.stderr.splitlines()]
    assert lines == [says], done.stderr


def test_a_register_in_a_file_names_that_file(tmp_path: Path, trl4ml: Run) -> None:
    more: dict[str, Any] = {"r.yaml": "- id: '1'\n  kind: technical\n  statement: s\n  p: 1.5\n"}
    lay_out(tmp_path, {**project("registers: {requirements: r.yaml}\n"), **more})
    done = trl4ml("audit")
    assert done.returncode == 2
    assert "r.yaml:4:6: " in done.stderr
    assert "p (the chance of failure) should be between 0 and 1, not 1.5" in done.stderr


def test_renaming_a_component_does_not_undo_its_switchbacks(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, project("components: [{name: p}]\n", 3))
    climb(trl4ml, 3)
    assert trl4ml(*BACK, "--to", "2", *WHY).returncode == 0
    renamed = project("components: [{name: q}]\n", 3)["trl4ml.yaml"]
    (tmp_path / "trl4ml.yaml").write_text(renamed)
    done = trl4ml("audit")
    assert done.returncode == 2
    assert done.stderr == (
        "trl4ml: .trl4ml/switchbacks/p: trl4ml.yaml has no component 'p'; if it was renamed, say "
        "`formerly: [p]` in the component that it is now; if it is no more, list it under `retired`\n"
    )
    (tmp_path / "trl4ml.yaml").write_text(renamed.replace("{name: q}", "{name: q, formerly: [p]}"))
    report = run.audit(tmp_path).report
    assert (report.supported, len(report.components[0].switchbacks)) == (1, 1)
    (tmp_path / "trl4ml.yaml").write_text(renamed + "retired: [p]\n")
    assert run.audit(tmp_path).report.supported == 3


def test_no_cache_believes_nothing_that_was_stored(tmp_path: Path) -> None:
    lay_out(tmp_path, project("criticality: critical\n"))
    run.audit(tmp_path)
    state = tmp_path / ".trl4ml/store/state.json"
    state.write_text(state.read_text().replace("critical", "low"))
    assert run.audit(tmp_path, cache=False).report.required_level == 8


def test_a_list_of_ones_own_does_not_go_by_the_name_of_one_of_ours(
    tmp_path: Path, trl4ml: Run
) -> None:
    own = project()
    lay_out(
        tmp_path, {**own, "own.yaml": own["own.yaml"].replace("checklist: own", "checklist: mltrl")}
    )
    done = trl4ml("audit")
    assert (done.returncode, done.stderr) == (
        2, "trl4ml: own.yaml:1:12: 'mltrl' is a checklist of trl4ml; call yours otherwise\n"
    )  # fmt: skip


def test_long_names_of_assumptions_stay_apart(tmp_path: Path) -> None:
    one = "a" * 72
    rows = "".join(
        f"    - {{id: {one}{end}, statement: s, kind: data, level: 0, last_verified: 2026-01-01, "
        f"expires: {expires}, status: holds}}\n"
        for end, expires in (("x", "2099-01-01"), ("y", "2026-02-01"))
    )
    lay_out(tmp_path, project(f"registers:\n  assumptions:\n{rows}", 0))
    verdicts = run.audit(tmp_path).report.components[0].verdicts
    assumed = sorted(v.status for v in verdicts if v.item.startswith("assumption-"))
    assert assumed == ["met", "not_met"]
