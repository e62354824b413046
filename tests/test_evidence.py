"""Evidence that leaves the project and can be checked for ten years; and what comes in."""

import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Run
from trl4ml import run
from trl4ml.bundling import bundle, check
from trl4ml.errors import WrongInput
from trl4ml.testing import lay_out

OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do., effort: hours}}
  - {id: attested, level: 1, ask: Is it?, why: So., wants: attested_tests.item_licensed >= 1, if_not: {remedy: Do., effort: hours}}
"""
FILES = {
    "trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN,
    "LICENSE": "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    lay_out(tmp_path / "shop", FILES)
    return tmp_path / "shop"


@pytest.fixture
def whole(shop: Path, trl4ml: Run, tmp_path: Path) -> Path:
    done = trl4ml("evidence", "export", shop, "--output", tmp_path / "e.zip")
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "e.zip"


def test_a_bundle_is_checked_by_sha256sum_alone(whole: Path, tmp_path: Path) -> None:
    subprocess.run(["unzip", "-q", whole, "-d", tmp_path / "out"], check=True)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    every = {
        p.relative_to(tmp_path / "out").as_posix()
        for p in (tmp_path / "out").rglob("*")
        if p.is_file()
    }
    assert {line.removesuffix(": OK") for line in done.stdout.splitlines()} == every - {
        "SHA256SUMS"
    }
    assert {
        "report.json",
        "report.md",
        "README.txt",
        "declared/trl4ml.yaml",
        "declared/own.yaml",
    } < every


def test_the_same_audit_gives_the_same_bytes(shop: Path) -> None:
    first, again = (bundle(run.audit(shop, cache=cache)) for cache in (True, False))
    assert first == again


def test_a_whole_bundle_says_what_it_is(whole: Path, trl4ml: Run) -> None:
    done = trl4ml("evidence", "verify", whole)
    assert done.returncode == 0
    assert done.stdout.startswith("whole: ")
    assert "of shop, report " in done.stdout
    assert "do not say who made it" in done.stdout


def rewritten(whole: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    with zipfile.ZipFile(whole) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    with zipfile.ZipFile(whole, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return whole


def forged(parts: dict[str, bytes]) -> None:
    """A report that says more, with sums to match."""
    import hashlib

    parts["report.json"] = (
        parts["report.json"].replace(b'"not_met"', b'"met"').replace(b'"unknown"', b'"met"')
    )
    lines = [
        line for line in parts["SHA256SUMS"].decode().splitlines() if "report.json" not in line
    ]
    lines.append(f"{hashlib.sha256(parts['report.json']).hexdigest()}  report.json")
    parts["SHA256SUMS"] = ("\n".join(sorted(lines)) + "\n").encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p.update({"declared/own.yaml": b"x"}), "declared/own.yaml was changed; ask for the bundle again"),
        (lambda p: p.pop("report.md"), "report.md is in SHA256SUMS, but missing"),
        (lambda p: p.update(extra=b""), "extra is not in SHA256SUMS, so somebody added it"),
        (lambda p: p.pop("SHA256SUMS"), "holds no SHA256SUMS, so it is no bundle of evidence"),
        (lambda p: p.update(SHA256SUMS=b"hello"), "SHA256SUMS is not as sha256sum writes it"),
        (lambda p: p.update(SHA256SUMS=b"\xff"), "holds no SHA256SUMS"),
        (lambda p: p.update({"../out": b""}), "the name '../out' in it is twice there, or leads out"),
        (lambda p: p.update({"/etc/x": b""}), "leads out"),
        (forged, "its digest does not match its content"),
    ],
)  # fmt: skip
def test_what_was_done_to_a_bundle_is_said(
    whole: Path, trl4ml: Run, change: Callable[[dict[str, bytes]], object], says: str
) -> None:
    done = trl4ml("evidence", "verify", rewritten(whole, change))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_every_byte_of_a_bundle_counts(whole: Path) -> None:
    """Of the content: the dates and flags of a zip are nobody's evidence."""
    content = whole.read_bytes()
    with zipfile.ZipFile(whole) as parts:
        spans = [(e.header_offset + 30 + len(e.filename), e.file_size) for e in parts.infolist()]
    for start, size in spans:
        for at in {start, start + size // 2, start + size - 1} if size else ():
            whole.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            with pytest.raises(WrongInput):
                check(whole)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_makes_a_traceback(whole: Path, data: st.DataObject) -> None:
    content = whole.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    noise = data.draw(st.binary(max_size=40))
    broken = whole.with_name("broken.zip")
    broken.write_bytes(
        content[:start] + noise + content[start + len(noise) + data.draw(st.integers(0, 9)) :]
    )
    try:
        check(broken)
    except WrongInput as error:
        assert "\n" not in str(error)


def test_a_bundle_is_never_written_over_a_file(whole: Path, shop: Path, trl4ml: Run) -> None:
    before = whole.read_bytes()
    done = trl4ml("evidence", "export", shop, "--output", whole)
    assert done.returncode == 2
    assert "is there already; name another file with --output" in done.stderr
    assert whole.read_bytes() == before
    done = trl4ml("evidence", "export", shop, "--output", whole.parent / "no" / "e.zip")
    assert "cannot be written" in done.stderr


def test_statements_come_in_and_count_for_the_files_they_name(
    whole: Path, shop: Path, trl4ml: Run
) -> None:
    done = trl4ml("evidence", "import", whole, "--path", shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 from ")
    assert run.audit(shop).report.supported == 1
    (shop / "LICENSE").write_text((shop / "LICENSE").read_text() + "\nmore")
    assert run.audit(shop).report.supported == 0


def test_a_statement_is_as_the_standard_wants(whole: Path) -> None:
    with zipfile.ZipFile(whole) as parts:
        (name,) = [n for n in parts.namelist() if n.startswith("statements/license-file-")]
        told = json.loads(parts.read(name))
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert [one["name"] for one in told["subject"]] == ["LICENSE"]
    assert told["predicate"]["result"] == "PASSED"
    assert told["predicate"]["passedTests"] == ["licensed"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "s.json: not JSON, so no statement"),
        ("[" * 100_000, "s.json: not JSON, so no statement"),
        ("{}", "s.json: no in-toto statement of version 1"),
    ],
)
def test_what_is_no_statement_does_not_come_in(
    shop: Path, trl4ml: Run, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "s.json").write_text(text)
    done = trl4ml("evidence", "import", tmp_path / "s.json", "--path", shop)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (shop / "attestations").exists()
    assert (
        "cannot be read" in trl4ml("evidence", "import", tmp_path / "gone", "--path", shop).stderr
    )


def test_attestations_behind_a_link_are_not_written(whole: Path, shop: Path, trl4ml: Run) -> None:
    (shop / "attestations").symlink_to(shop.parent)
    done = trl4ml("evidence", "import", whole, "--path", shop)
    assert done.returncode == 2
    assert "is a link; remove it" in done.stderr
