"""examples/diabetes: one command makes every committed file again, and its audit is honest."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trl4ml import run
from trl4ml.core.verdict import Status
from trl4ml.testing import lay_out

EXAMPLE = Path(__file__).parent.parent / "examples" / "diabetes"
MADE = ("data", "model", "predictions", "results", "README.md", "MODEL_CARD.md", "DATASHEET.md")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "somewhere else"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return folder


@pytest.mark.slow
def test_one_command_makes_every_committed_file_again_to_the_byte(copy: Path) -> None:
    for name in ("model", "predictions", "results"):
        shutil.rmtree(copy / name)
    done = subprocess.run(
        [sys.executable, "reproduce.py"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    committed = [
        p for name in MADE for p in [EXAMPLE / name, *(EXAMPLE / name).rglob("*")] if p.is_file()
    ]
    assert len(committed) > 12
    for path in committed:
        again = copy / path.relative_to(EXAMPLE)
        assert again.read_bytes() == path.read_bytes(), path.name


def test_stored_and_fresh_evidence_give_the_same_bytes(copy: Path) -> None:
    lay_out(copy, {}, git=True)
    texts = {
        run.render(run.audit(copy, cache=c).report, "json") for c in (False, True, True, False)
    }
    assert len(texts) == 1


def test_its_audit_supports_what_it_claims_and_stops_for_a_reason_a_reader_understands(
    copy: Path,
) -> None:
    lay_out(copy, {}, git=True)
    report = run.audit(copy).report
    model = report.components[0]
    assert (model.claims, model.supported, model.wanted) == (2, 2, 7)
    assert not report.met
    blocked = {
        v.item for v in model.verdicts if v.level == 3 and v.gate and v.status is Status.NOT_MET
    }
    assert blocked == {"ci-runs-tests"}
    assert all(evidence.message for evidence in report.evidence.values())
