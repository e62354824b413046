"""From trl4ml.yaml to a verdict, as a user meets it: real processes on real folders."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trl4ml as package
from tests.conftest import Run
from trl4ml import run
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.testing import lay_out

MINI = """\
checklist: mini
version: "1"
title: A small checklist
about: For tests.
thresholds:
  files: {value: 1, tightens: up, about: How many licence files.}
items:
  - id: licence
    level: 0
    ask: Is there a licence?
    why: Without one nobody may use it.
    wants: license_file
    if_not: {remedy: Add LICENSE., effort: minutes}
  - id: history
    level: 1
    ask: Is there a history?
    why: Without one nobody knows what was tried.
    wants: git_repository
    if_not: {remedy: Run git init., effort: minutes}
  - id: enough
    level: 1
    gate: false
    ask: Are there enough?
    why: One is not much.
    wants: license_file.files >= policy.files
    if_not: {remedy: Add another., effort: hours}
"""
CONFIG = "name: tiny\nowners: [Ada]\nchecklists: [mini.yaml]\n"
LICENSED = {"trl4ml.yaml": CONFIG, "mini.yaml": MINI, "LICENSE": "MIT"}


def test_a_project_that_meets_what_it_claims_is_ready_and_exits_0(
    tmp_path: Path, trl4ml: Run
) -> None:
    config = CONFIG + "components: [{name: model, claims: 1}]\n"
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": config}, git=True)
    done = trl4ml("audit")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "READY  tiny supports level 1, Goal-Oriented Research, as wanted (model claims\n"
        "       it). Judged without the checklist mltrl, by mini alone.\n"
    )
    assert done.stderr == ""


def test_a_project_that_does_not_meet_its_claim_exits_1_and_says_what_to_do(
    tmp_path: Path, trl4ml: Run
) -> None:
    config = CONFIG + "components: [{name: model, claims: 1}]\n"
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": config})
    done = trl4ml("audit")
    assert done.returncode == 1
    assert done.stdout.startswith("NOT READY  tiny supports level 0, First Principles; 1 is wanted")
    assert "minutes Run git init." in done.stdout
    assert "not met: history: " in done.stdout


def test_without_claim_or_criticality_the_level_is_told_and_nothing_is_promised(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    done = trl4ml("audit")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "LEVEL 1  tiny supports level 1, Goal-Oriented Research. No level"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--level", "0"], 0),
        (["--level", "1"], 1),
        (["--fail-on", "never", "--level", "1"], 0),
        (["--fail-on", "warning", "--level", "0"], 0),
        (["--only", "licence"], 0),
        (["--only", "history"], 1),
        (["--only", "license-file"], 0),
        (["--component", "tiny", "--level", "0"], 0),
    ],
)
def test_the_exit_code_answers_what_was_asked(
    tmp_path: Path, trl4ml: Run, arguments: list[str], code: int
) -> None:
    lay_out(tmp_path, LICENSED)
    assert trl4ml("audit", *arguments).returncode == code


def test_an_advisory_item_fails_only_on_request(tmp_path: Path, trl4ml: Run) -> None:
    config = CONFIG + "policy: {thresholds: {files: 2}}\ncomponents: [{name: m, claims: 1}]\n"
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": config}, git=True)
    assert trl4ml("audit").returncode == 0
    assert trl4ml("audit", "--fail-on", "warning").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only", "licens"], "--only licens: no item or probe in force has that id; did you mean 'licence'?"),
        (["--component", "tyny"], "--component tyny: trl4ml.yaml has no such component; did you mean 'tiny'?; it has tiny"),
        (["--output-format", "yaml"], "--output-format yaml: 'yaml' is not one of text, json, markdown"),
        (["--output-format", "json", "--output-format", "text"], "two formats want the screen"),
        (["--output-format", "json="], "--output-format json=: names no file; give one, as in json=FILE"),
        (["--output-format", "json=/nowhere/at/all"], "/nowhere/at/all: cannot be written"),
        (["gone"], "gone: not a folder; give the folder that holds trl4ml.yaml"),
        (["--level", "10"], "less than or equal to 9"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_sentence_and_exit_2(
    tmp_path: Path, trl4ml: Run, arguments: list[str], says: str
) -> None:
    lay_out(tmp_path, LICENSED)
    if os.geteuid() == 0 and "/nowhere/at/all" in says:
        (tmp_path / "file").write_text("")
        arguments, says = ["--output-format", "json=file/x"], "file/x: cannot be written"
    done = trl4ml("audit", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_project_is_a_sentence_with_the_remedy(trl4ml: Run, tmp_path: Path) -> None:
    done = trl4ml("audit", ".")
    assert done.returncode == 2
    assert done.stderr == "trl4ml: trl4ml.yaml: there is no such file; make one with: trl4ml init\n"


def test_from_a_folder_inside_the_project_is_found_upwards(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {**LICENSED, "src/deep/a.py": ""})
    assert trl4ml("audit", "--level", "0", cwd=tmp_path / "src" / "deep").returncode == 0


def test_a_run_in_which_nothing_applies_exits_2(tmp_path: Path, trl4ml: Run) -> None:
    one = MINI.replace("    wants: ", "    applies: component.kind == 'data'\n    wants: ")
    lay_out(tmp_path, {**LICENSED, "mini.yaml": one})
    done = trl4ml("audit")
    assert done.returncode == 2
    assert "nothing was checked" in done.stderr


def test_every_complaint_about_the_files_is_printed_at_its_line(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, {"trl4ml.yaml": "name: tiny\nownres: []\ncriticality: hi\n"})
    done = trl4ml("audit")
    assert done.returncode == 2
    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == [
        "trl4ml.yaml:2:1:",
        "trl4ml.yaml:3:14:",
    ]


def test_several_formats_go_to_their_files_and_one_to_the_screen(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, LICENSED)
    done = trl4ml("audit", "--output-format", "json=out/a.json", "--output-format",
                  "markdown=out/a.md", "--output-format", "text")  # fmt: skip
    assert done.stdout.startswith("LEVEL 0")
    whole = json.loads((tmp_path / "out" / "a.json").read_text())
    assert Report.model_validate_json(json.dumps(whole["report"])).supported == 0
    assert (tmp_path / "out" / "a.md").read_text().startswith("# tiny: LEVEL 0\n")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.json", "a.md"]


def test_an_unchanged_project_asks_no_probe_again(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    assert [run.audit(tmp_path).asked for _ in range(2)] == [2, 0]
    assert run.audit(tmp_path, cache=False).asked == 2


def test_only_the_probes_that_saw_a_change_are_asked_again(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    run.audit(tmp_path)
    (tmp_path / "LICENSE").write_text("another")
    again = run.audit(tmp_path)
    assert again.asked == 1


def test_stored_and_fresh_evidence_give_the_same_report(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    first, stored, fresh = (run.audit(tmp_path, cache=c).report for c in (True, True, False))
    assert first == stored == fresh


def test_a_probe_whose_code_changed_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    run.audit(tmp_path)
    monkeypatch.setattr("trl4ml.probes.Probe.code_digest", "another")
    assert run.audit(tmp_path).asked == 2


def json_of(folder: Path, seed: str = "0") -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "audit", folder, "--output-format", "json", "--fail-on", "never"],
        env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_two_runs_two_copies_and_two_hash_seeds_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "somewhere" / "other"
    lay_out(one, LICENSED, git=True)
    shutil.copytree(one, other)
    texts = {json_of(one), json_of(one), json_of(one, "1"), json_of(other, "4711")}
    assert len(texts) == 1


def test_the_json_carries_the_digest_of_its_report(tmp_path: Path) -> None:
    from trl4ml.core.canonical import digest

    lay_out(tmp_path, LICENSED)
    whole = json.loads(json_of(tmp_path))
    assert whole["digest"] == digest(whole["report"])


def test_a_commit_that_changes_nothing_asked_for_leaves_the_digest_alone(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    before = json_of(tmp_path)
    lay_out(tmp_path, {}, git=[{"write": {"notes.md": "x"}, "commit": "Ada"}])
    assert json.loads(json_of(tmp_path))["digest"] == json.loads(before)["digest"]


def test_components_see_their_own_files_and_the_weakest_is_named(tmp_path: Path) -> None:
    config = CONFIG + "components:\n- {name: one, paths: [one]}\n- {name: two, paths: [two]}\n"
    told = MINI.replace("wants: git_repository", "wants: changelog.entries >= 1")
    lay_out(tmp_path, {"trl4ml.yaml": config, "mini.yaml": told, "LICENSE": "MIT",
                       "one/docs/a.md": "", "two/a.py": "", "CHANGELOG.md": "## 1.0.0\n"})  # fmt: skip
    shared = run.audit(tmp_path).report
    assert [c.supported for c in shared.components] == [1, 1]
    claimed = config.replace("[one]", "[one, CHANGELOG.md]")
    (tmp_path / "trl4ml.yaml").write_text(claimed)
    report = run.audit(tmp_path).report
    assert [c.supported for c in report.components] == [1, 0]
    assert (report.supported, report.weakest) == (0, "two")


def test_a_changed_claim_is_seen_by_stored_evidence(tmp_path: Path) -> None:
    config = CONFIG + "components:\n- {name: one}\n- {name: two, paths: [PATH]}\n"
    lay_out(tmp_path, {**LICENSED, "src/a.py": "", "trl4ml.yaml": config.replace("PATH", "src")})
    assert [c.supported for c in run.audit(tmp_path).report.components] == [0, 0]
    (tmp_path / "trl4ml.yaml").write_text(config.replace("PATH", "LICENSE"))
    assert [c.supported for c in run.audit(tmp_path).report.components] == [None, 0]


def test_gate_without_stored_evidence_has_checked_nothing(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, LICENSED)
    done = trl4ml("gate")
    assert done.returncode == 2
    assert "nothing was checked: no current evidence is stored" in done.stderr
    assert not (tmp_path / ".trl4ml").exists()


def test_gate_is_one_sentence_when_it_is_met(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    trl4ml("audit")
    done = trl4ml("gate", "--min-level", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "READY  tiny supports level 1, Goal-Oriented Research, as wanted. Judged without\n"
        "       the checklist mltrl, by mini alone.\n"
    )


def test_gate_refuses_stale_evidence_and_says_what_changed(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    trl4ml("audit")
    (tmp_path / "LICENSE").write_text("changed")
    done = trl4ml("gate", "--min-level", "1")
    assert done.returncode == 1
    assert "unknown" in done.stdout
    assert "LICENSE changed; gather it with: trl4ml audit" in " ".join(done.stdout.split())


def test_gate_never_runs_a_probe_or_writes(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    run.audit(tmp_path)
    state = (tmp_path / ".trl4ml" / "store" / "state.json").read_bytes()
    (tmp_path / "LICENSE").write_text("changed")
    assert run.audit(tmp_path, stored_only=True).asked == 0
    assert (tmp_path / ".trl4ml" / "store" / "state.json").read_bytes() == state


def test_a_component_below_its_entry_level_says_so(tmp_path: Path, trl4ml: Run) -> None:
    config = CONFIG + "components: [{name: m, entry_level: 1, entry_reason: bought}]\n"
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": config})
    assert trl4ml("audit").stdout.startswith("NOT READY  tiny is below level 1.")


def test_a_waiver_is_shown_and_lapses_on_its_day(tmp_path: Path) -> None:
    from datetime import date

    waiver = ("policy: {waivers: [{item: history, owner: Ada, reason: moves next month, "
              "until: 2026-12-31}]}\n")  # fmt: skip
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": CONFIG + waiver})
    holds = run.audit(tmp_path, today=date(2026, 12, 31)).report
    assert (holds.supported, holds.met) == (1, True)
    assert "waived" in run.render(holds, "text")
    ended = run.audit(tmp_path, today=date(2027, 1, 1)).report
    assert (ended.supported, ended.met) == (0, False)
    assert "ended on 2026-12-31" in run.render(ended, "text")
    assert ended.counts()[Status.NOT_MET] == 1


def test_a_project_on_a_disk_that_cannot_be_written_is_still_audited(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, {**LICENSED, ".trl4ml": "a file where the folder should be"})
    done = trl4ml("audit")
    assert done.stdout.startswith("LEVEL 0")
    assert "evidence was not stored" in done.stderr


def test_what_broke_in_trl4ml_itself_is_a_report_to_send_and_exit_3(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, {**LICENSED, "sitecustomize.py": "import trl4ml.core.report as r\n"
                       "r.build_report = lambda *a, **k: 1 / 0\n"})  # fmt: skip
    done = trl4ml("audit", PYTHONPATH=str(tmp_path), TMPDIR=str(tmp_path))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    path = Path(done.stderr.split("please report ")[1].strip())
    assert "ZeroDivisionError" in path.read_text()


def test_the_library_has_the_names_it_promises() -> None:
    assert all(hasattr(package, name) for name in package.__all__)
    assert package.audit is run.audit
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_a_component_alone_is_not_the_system(tmp_path: Path, trl4ml: Run) -> None:
    config = CONFIG + "components: [{name: good, claims: 0}, {name: bad, claims: 5}]\n"
    lay_out(tmp_path, {**LICENSED, "trl4ml.yaml": config})
    done = trl4ml("audit", "--component", "good")
    assert done.stdout.startswith("READY  the component good supports level 0")
    assert (
        json.loads(trl4ml("audit", "--component", "good", "--format", "json").stdout)["report"][
            "supported"
        ]
        is None
    )


def test_a_component_may_be_called_anything(tmp_path: Path) -> None:
    config = CONFIG + "components: [{name: one, paths: [srv]}, {name: all}]\n"
    lay_out(tmp_path, {**LICENSED, "srv/LICENSE": "", "trl4ml.yaml": CONFIG})
    run.audit(tmp_path)
    (tmp_path / "trl4ml.yaml").write_text(config)
    again = run.audit(tmp_path).report
    assert again == run.audit(tmp_path, cache=False).report


def test_a_gate_that_fails_is_told_even_when_nobody_reads(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED)
    run.audit(tmp_path)
    line = f"{sys.executable} -m trl4ml gate --min-level 5 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_an_output_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED)
    line = f"{sys.executable} -m trl4ml audit > /dev/full"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        2, "trl4ml: the output cannot be written (No space left on device)\n",
    )  # fmt: skip


def test_a_gate_with_nothing_wanted_asks_what_is_wanted(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, LICENSED)
    run.audit(tmp_path)
    done = trl4ml("gate")
    assert done.returncode == 2
    assert "no level is wanted: give --min-level N" in done.stderr


def test_a_narrow_terminal_is_kept_to(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, LICENSED)
    shown = trl4ml("audit", COLUMNS="50").stdout
    assert max(map(len, shown.splitlines())) <= 50


def test_closing_the_pipe_early_is_not_an_error(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED)
    line = f"{sys.executable} -m trl4ml audit --all | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("mkdocs", "license-file needs the extra 'site': pip install 'trl4ml[site]'"),
        (
            "nobody_has",
            "license-file needs a package that is not installed: pip install nobody_has",
        ),
    ],
)
def test_a_probe_that_needs_a_missing_package_says_what_to_type_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, says: str
) -> None:
    def needy(files: object) -> object:
        return __import__(module)

    lay_out(tmp_path, LICENSED)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("trl4ml.probes.license_file.run", needy)
    for _ in range(2):
        done = run.audit(tmp_path, only=["licence"])
        assert [v.message for v in done.report.components[0].verdicts] == [says]
        assert done.asked == 1


def test_progress_is_told_on_a_terminal_after_two_seconds_and_wiped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl4ml.cli import output

    for terminal, quiet, told in ((True, -1, True), (True, 60, False), (False, -1, False)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        monkeypatch.setattr(output, "QUIET_S", quiet)
        with output.progress() as tell:
            tell("all: license-file (1 of 2)")
        said = capsys.readouterr().err
        assert said == ("\r\x1b[Kall: license-file (1 of 2)\r\x1b[K" if told else "")
