"""The diabetes model bears its owner's mark, is the reviewed file, and is signed; all can be seen again."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run

EXAMPLE = Path(__file__).parent.parent / "examples" / "diabetes"
RELEASED = ["--released", "2026-12-01"]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The key that was revealed, as a user keeps it."""
    path = tmp_path / "key.json"
    shutil.copyfile(EXAMPLE / "watermark" / "revealed-key.json", path)
    path.chmod(0o600)
    return path


def verified(secret: Path, *more: str) -> list[str]:
    commitment = EXAMPLE / "watermark" / "commitment.json"
    return ["watermark", "verify", str(EXAMPLE / "model" / "triage.onnx"), "--secret", str(secret),
            "--commitment", str(commitment), *more]  # fmt: skip


def test_the_mark_is_found_with_every_bit_and_clean_controls(secret: Path, trl4ml: Run) -> None:
    done = trl4ml(*verified(secret, *RELEASED, "--format", "json"))
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["hits"], told["n"]) == (0, "detected", 64, 64)
    assert told["log2_p"] == -64
    assert not [one["name"] for one in told["controls"] if one["passed"] is False]


def test_released_on_the_day_of_the_commitment_it_would_prove_nothing(
    secret: Path, trl4ml: Run
) -> None:
    done = trl4ml(*verified(secret, "--released", "2026-11-21", "--format", "json"))
    assert (done.returncode, json.loads(done.stdout)["status"]) == (1, "uncommitted")


def test_the_record_that_the_audit_reads_is_that_of_this_verification(
    secret: Path, trl4ml: Run
) -> None:
    done = trl4ml(*verified(secret, *RELEASED, "--format", "json"))
    record = json.loads((EXAMPLE / "watermark" / "triage.watermark.json").read_text("utf-8"))
    assert record["verdict"] == json.loads(done.stdout)
    assert record["released"] == RELEASED[1]


def test_manifest_and_signature_hold_for_the_committed_model(trl4ml: Run) -> None:
    done = trl4ml("provenance", "verify", "model", "--manifest", "provenance/model.manifest.json",
                  "--signature", "provenance/model.sig", "--trust", "provenance/trust.json",
                  cwd=EXAMPLE)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "VERIFIED  model, signed by the example's key" in done.stdout
