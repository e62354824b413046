"""The diabetes example's training is tracked: its record is of its model, and its page says so."""

import csv
import json
import os
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from tests.test_example import copied
from trl4ml import metering, run
from trl4ml.core.verdict import Status
from trl4ml.energy.record import EnergyRecord

EXAMPLE = Path(__file__).parent.parent / "examples" / "diabetes"
CANDIDATES = ("majority", "bmi", "logistic", "boosting")


def training() -> tuple[str, EnergyRecord]:
    (path,) = (EXAMPLE / "energy").glob("training-*.json")
    return path.relative_to(EXAMPLE).as_posix(), metering.read(str(path))


def test_its_record_has_class_and_band_and_is_of_the_model_that_is_there() -> None:
    _, one = training()
    assert one.class_ == "modelled"
    assert one.energy is not None
    assert one.energy.lower is not None
    assert one.energy.upper is not None
    assert one.energy.lower < one.energy.value < one.energy.upper
    assert one.command == ("python", "-m", "triage")
    assert one.finished
    digest = sha256((EXAMPLE / "model/triage.onnx").read_bytes()).hexdigest()
    assert one.outputs == {"model/triage.onnx": digest}


def test_no_place_is_guessed_and_nobody_else_was_tracking() -> None:
    for path in sorted((EXAMPLE / "energy").glob("*.json")):
        one = metering.read(str(path))
        assert (one.carbon, one.factor) == (None, None)
        assert one.range_over_zones is not None
        assert not [note for note in one.notes if "another tracker" in note], path.name


def test_the_page_has_the_section_that_the_report_writes() -> None:
    path, one = training()
    section = metering.rendered([metering.row(one, path)], "markdown").split("\n", 1)[1]
    assert section in (EXAMPLE / "docs/certificate.md").read_text(encoding="utf-8")


def test_the_candidates_have_the_energy_of_their_records_and_the_quality_of_the_results() -> None:
    text = (EXAMPLE / "energy/candidates.csv").read_text(encoding="utf-8")
    rows = {row["name"]: row for row in csv.DictReader(text.splitlines())}
    assert tuple(rows) == CANDIDATES
    results = json.loads((EXAMPLE / "results/selection.json").read_text("utf-8"))["candidates"]
    for name, row in rows.items():
        one = metering.read(str(EXAMPLE / f"energy/validation-{name}.json"))
        assert one.energy is not None
        assert float(row["energy_kwh"]) == float(f"{one.energy.value:.4g}")
        assert float(row["quality"]) == results[name]["auc"]["mean"]


def test_the_audit_says_what_is_known_and_what_is_not(tmp_path: Path) -> None:
    report = run.audit(copied("diabetes", tmp_path), today=date(2026, 11, 21)).report
    found = {one.item: one.status for one in report.components[0].verdicts}
    assert {
        item: found[item]
        for item in found
        if item.startswith("secure-") and item != "secure-certificate"
    } == {
        "secure-learning-place-considered": Status.MET,
        "secure-energy-recorded": Status.MET,
        "secure-carbon-with-factor": Status.UNKNOWN,
        "secure-energy-plausible": Status.MET,
        "secure-residency-stated": Status.NOT_MET,
        "secure-efficient-choice": Status.MET,
        "secure-privacy-budget": Status.MET,
        "secure-energy-budget": Status.MET,
        "secure-updates-protected": Status.NOT_APPLICABLE,
        "secure-withdrawal-known": Status.NOT_MET,
        "secure-inference-energy": Status.UNKNOWN,
        "secure-page-graded": Status.UNKNOWN,
        "secure-page-checked": Status.UNKNOWN,
    }
    assert (found["energy-logged"], found["pareto-choice"]) == (Status.UNKNOWN, Status.MET)


@pytest.mark.slow
def test_training_under_the_meter_makes_the_same_model_and_a_modelled_record(
    tmp_path: Path,
) -> None:
    copy = copied("diabetes", tmp_path)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "track", "--model", copy / "model/triage.onnx", "--output",
         tmp_path / "record.json", "--", sys.executable, copy / "train.py"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("energy: ")
    one = metering.read(str(tmp_path / "record.json"))
    assert one.energy is not None
    assert one.energy.upper is not None
    assert list(one.outputs.values()) == list(training()[1].outputs.values())
