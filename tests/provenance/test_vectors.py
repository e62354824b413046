"""What the reference implementation (model-signing 1.1.1) signed is verified here for ever."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trl4ml.provenance import trust
from trl4ml.provenance.checking import Checked, check
from trl4ml.provenance.disk import OnDisk

VECTORS = Path(__file__).parent / "vectors"
TRUST = trust.read((VECTORS / "trust.json").read_bytes())
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def checked(bundle: str, model: Path = VECTORS / "model", now: datetime = NOW) -> Checked:
    text = (VECTORS / f"{bundle}.sig").read_bytes()
    return check(OnDisk(model), text, TRUST, current=lambda start, end: start <= now <= end)


@pytest.mark.parametrize(
    ("bundle", "signer"),
    [
        ("files-p256", "p256"), ("files-p384", "p384"), ("files-p521", "p521"),
        ("certificate", "vectors: CN=vector signer"), ("shards", "p256"), ("blake2", "p256"),
    ],
)  # fmt: skip
def test_a_folder_signed_by_the_reference_implementation_is_verified(
    bundle: str, signer: str
) -> None:
    found = checked(bundle)
    assert (found.status, found.signer, found.findings) == ("verified", signer, [])
    assert (found.signed, found.signed_bytes, found.unsigned, found.ignored) == (3, 86, 0, 0)


def test_one_file_is_signed_as_a_dot_and_may_be_called_anything(tmp_path: Path) -> None:
    shutil.copy(VECTORS / "model" / "weights.bin", tmp_path / "other.bin")
    assert checked("one-file", tmp_path / "other.bin").status == "verified"
    assert checked("one-file").status == "failed"


def test_what_the_signer_ignored_is_counted_and_shown() -> None:
    found = checked("ignoring")
    assert (found.status, found.ignored, found.ignored_bytes) == ("verified", 1, 80)


def test_a_digest_that_is_not_computed_here_is_unknown_and_never_verified() -> None:
    found = checked("blake3")
    assert (found.status, found.signer) == ("unknown", "p256")
    assert [one.says for one in found.findings] == [
        "digests are blake3, which trl4ml does not compute; sign the model with sha256"
    ]


@pytest.mark.parametrize("bundle", ["files-p256", "certificate", "shards", "blake2"])
@pytest.mark.parametrize("name", ["config.json", "sub/vocab.txt", "weights.bin"])
def test_one_byte_more_in_any_file_fails_and_names_it(
    bundle: str, name: str, tmp_path: Path
) -> None:
    copy = shutil.copytree(VECTORS / "model", tmp_path / "model")
    (copy / name).write_bytes((copy / name).read_bytes() + b"x")
    found = checked(bundle, copy)
    assert (found.status, found.changed) == ("failed", 1)
    assert [(one.step, one.says) for one in found.findings] == [(8, f"{name} has changed")]


@pytest.mark.parametrize(
    "now", [datetime(2025, 12, 31, tzinfo=UTC), datetime(2028, 1, 2, tzinfo=UTC)]
)
def test_a_certificate_outside_its_time_proves_nothing_without_a_dated_proof(now: datetime) -> None:
    found = checked("certificate", now=now)
    assert found.status == "unknown"
    assert [one.says for one in found.findings] == [
        "validity at signing time not shown: the certificates are valid from 2026-01-01 to "
        "2028-01-01, and no dated proof is read; sign the model again"
    ]
