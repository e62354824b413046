"""An energy budget is a gate: beyond it an audit fails, and the record of another model is unknown."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.conftest import Run

TRAIN = "from pathlib import Path; Path('model').mkdir(exist_ok=True); Path('model/m.bin').write_bytes(b'{}')"
PROJECT = """\
name: budgeted
owners: [Ada Lovelace]
components:
  - {{name: scorer, kind: model}}
checklists: [secure]
probes:
  energy-budget: {{budget: {budget}}}
"""
ITEM = "secure-energy-budget"


def trained(folder: Path, trl4ml: Run, *options: str, content: str = "weights") -> None:
    done = trl4ml(
        "track", "--model", "model/m.bin", *options, "--", sys.executable, "-c",
        TRAIN.format(content), cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def declared(folder: Path, budget: str) -> None:
    (folder / "trl4ml.yaml").write_text(PROJECT.format(budget=budget), encoding="utf-8")


def audited(folder: Path, trl4ml: Run) -> tuple[int, str]:
    """The exit code of an audit of the budget alone, and what it says, on one line."""
    done = trl4ml("audit", "--only", ITEM, "--all", cwd=folder)
    return done.returncode, " ".join(done.stdout.split())


def test_beyond_the_budget_the_audit_fails_and_within_it_passes(
    tmp_path: Path, trl4ml: Run
) -> None:
    declared(tmp_path, "0.000001mWh")
    trained(tmp_path, trl4ml)
    code, says = audited(tmp_path, trl4ml)
    assert code == 1
    assert f"not met {ITEM}: " in says
    assert "is beyond the budget of 0.000001mWh (energy/training-" in says
    declared(tmp_path, "1MWh")
    code, says = audited(tmp_path, trl4ml)
    assert code == 0
    assert "is within the budget of 1MWh (energy/training-" in says


def test_a_record_that_is_older_than_the_model_is_unknown_until_it_is_trained_again(
    tmp_path: Path, trl4ml: Run
) -> None:
    declared(tmp_path, "1MWh")
    trained(tmp_path, trl4ml)
    (tmp_path / "model/m.bin").write_bytes(b"other weights")
    code, says = audited(tmp_path, trl4ml)
    assert code == 1
    assert f"unknown {ITEM}: " in says
    assert "the record is older than the model: model/m.bin is another now" in says
    trained(tmp_path, trl4ml, content="other weights")
    assert audited(tmp_path, trl4ml)[0] == 0


def test_a_budget_of_carbon_needs_a_place(tmp_path: Path, trl4ml: Run) -> None:
    declared(tmp_path, "2kgCO2e")
    trained(tmp_path, trl4ml)
    code, says = audited(tmp_path, trl4ml)
    assert code == 1
    assert "no location was given" in says
    (record,) = (tmp_path / "energy").iterdir()
    trained(tmp_path, trl4ml, "--location", "FRA", "--output", f"energy/{record.name}")
    assert audited(tmp_path, trl4ml)[0] == 0


# ── the page of the four pillars ──────────────────────────────────────────────────────────────────
def page(folder: Path, trl4ml: Run) -> dict[str, dict[str, Any]]:
    done = trl4ml("energy", "certificate", "--format", "json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert [one["pillar"] for one in data["pillars"]] == [
        "compute-efficient machine learning", "federated learning", "data sovereignty", "certificate",
    ]  # fmt: skip
    return {row["item"]: row for one in data["pillars"] for row in one["items"]}


def test_the_page_says_what_each_statement_rests_on(tmp_path: Path, trl4ml: Run) -> None:
    declared(tmp_path, "1MWh")
    trained(tmp_path, trl4ml)
    (tmp_path / "privacy.md").write_text("There is no privacy budget, since the rows are public.\n")
    answers = {
        "secure-privacy-budget": ("yes", "--link", "privacy.md"),
        "secure-withdrawal-known": ("yes", "--note", "We train again every month without them."),
    }
    for item, words in answers.items():
        assert trl4ml("answer", item, *words, "--by", "Ada", cwd=tmp_path).returncode == 0
    rows = page(tmp_path, trl4ml)
    grades = {item: rows[item]["rests_on"] for item in (ITEM, *answers, "secure-page-graded")}
    assert grades == {
        ITEM: "modelled",
        "secure-privacy-budget": "stated, with a document",
        "secure-withdrawal-known": "stated",
        "secure-page-graded": "nothing",
    }


def test_the_page_to_read_is_escaped(tmp_path: Path, trl4ml: Run) -> None:
    declared(tmp_path, "1MWh")
    trl4ml("answer", "secure-withdrawal-known", "no", "--note", "<b>x</b> | y", "--by", "Ada", cwd=tmp_path)  # fmt: skip
    done = trl4ml("energy", "certificate", cwd=tmp_path)
    assert done.stdout.startswith("# scorer: energy, federated learning, data sovereignty\n")
    assert "## Data sovereignty" in done.stdout
    assert "<b>" not in done.stdout


def test_without_the_checklist_there_is_no_page(tmp_path: Path, trl4ml: Run) -> None:
    (tmp_path / "trl4ml.yaml").write_text(
        "name: x\nowners: [Ada]\nchecklists: [mltrl]\ncomponents:\n  - {name: a, kind: model}\n  - {name: b, kind: model}\n"
    )
    done = trl4ml("energy", "certificate", "--component", "a", cwd=tmp_path)
    says = "trl4ml: the checklist secure is not in force; add it to `checklists` in trl4ml.yaml\n"
    assert (done.returncode, done.stderr) == (2, says)
    done = trl4ml("energy", "certificate", cwd=tmp_path)
    says = "trl4ml: there are 2 components; choose one with --component (a, b)\n"
    assert (done.returncode, done.stderr) == (2, says)
