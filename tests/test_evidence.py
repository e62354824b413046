"""Evidence that leaves the project and can be checked for ten years; and what comes in."""

import hashlib
import json
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.conftest import Run
from tests.making import evidence, item, report
from tests.reviewers import PEOPLE, Team
from tests.test_fuzz import within
from trl4ml import run
from trl4ml.bundling import bundle, check
from trl4ml.core.canonical import canonical
from trl4ml.core.evidence import Evidence, Mode, Outcome
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.verdict import Status
from trl4ml.errors import WrongInput
from trl4ml.render.statements import statements
from trl4ml.testing import find, lay_out

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


def summed(parts: dict[str, bytes]) -> None:
    """Sums to match, whatever was done."""
    sums = (
        f"{hashlib.sha256(c).hexdigest()}  {n}\n"
        for n, c in sorted(parts.items())
        if n != "SHA256SUMS"
    )
    parts["SHA256SUMS"] = "".join(sums).encode()


def forged(parts: dict[str, bytes]) -> None:
    """A report that says more, with sums to match."""
    parts["report.json"] = (
        parts["report.json"].replace(b'"not_met"', b'"met"').replace(b'"unknown"', b'"met"')
    )
    summed(parts)


def without_evidence(parts: dict[str, bytes]) -> None:
    for name in [name for name in parts if name.startswith("evidence/")]:
        del parts[name]
    summed(parts)


def other_evidence(parts: dict[str, bytes]) -> None:
    """Evidence told otherwise in the report than in its own file, with every sum right."""
    whole = json.loads(parts["report.json"])
    next(iter(whole["report"]["evidence"].values()))["message"] = "all is well"
    whole["digest"] = hashlib.sha256(canonical(whole["report"])).hexdigest()
    parts["report.json"] = json.dumps(whole).encode()
    summed(parts)


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
        (lambda p: p.update(SHA256SUMS=p["SHA256SUMS"] * 2), "SHA256SUMS names a file twice"),
        (without_evidence, "report.json rests on other evidence than the bundle holds"),
        (other_evidence, "report.json rests on other evidence than the bundle holds"),
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


def test_a_link_in_a_bundle_is_refused(whole: Path, trl4ml: Run) -> None:
    """unzip would make it, and sha256sum follow it."""
    with zipfile.ZipFile(whole) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["declared/shadow"] = b"/etc/shadow"
    summed(parts)
    with zipfile.ZipFile(whole, "w") as new:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name.endswith("shadow") else stat.S_IFREG) << 16
            new.writestr(entry, content)
    done = trl4ml("evidence", "verify", whole)
    assert done.returncode == 2
    assert "holds a link, which no bundle of evidence does" in done.stderr


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


def test_a_bundle_packed_by_other_means_is_refused_or_read(whole: Path, trl4ml: Run) -> None:
    with zipfile.ZipFile(whole) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for method, code in (
        (zipfile.ZIP_DEFLATED, 0), (zipfile.ZIP_LZMA, 2), (zipfile.ZIP_BZIP2, 2),
    ):  # fmt: skip
        with zipfile.ZipFile(whole, "w", method) as new:
            for name, content in parts.items():
                new.writestr(name, content)
        done = trl4ml("evidence", "verify", whole)
        assert done.returncode == code
        assert not code or "is packed in a way that no bundle of evidence is" in done.stderr


def test_an_import_never_does_away_with_another_statement(
    whole: Path, shop: Path, trl4ml: Run, tmp_path: Path
) -> None:
    with zipfile.ZipFile(whole) as parts:
        (name,) = [n for n in parts.namelist() if n.startswith("statements/license-file-")]
        text = parts.read(name).decode()
    mine = tmp_path / "fuzz.json"
    mine.write_text(text)
    for _ in range(2):
        assert trl4ml("evidence", "import", mine, "--path", shop).returncode == 0
    mine.write_text(text.replace("PASSED", "FAILED"))
    done = trl4ml("evidence", "import", mine, "--path", shop)
    assert done.returncode == 2
    assert "fuzz.json: is there already and says otherwise; remove it first" in done.stderr
    assert "PASSED" in (shop / "attestations" / "fuzz.json").read_text()


def test_a_statement_that_would_not_be_read_does_not_come_in(
    whole: Path, shop: Path, trl4ml: Run, tmp_path: Path
) -> None:
    with zipfile.ZipFile(whole) as parts:
        (name,) = [n for n in parts.namelist() if n.startswith("statements/license-file-")]
        (tmp_path / "fuzz.intoto").write_bytes(parts.read(name))
    done = trl4ml("evidence", "import", tmp_path / "fuzz.intoto", "--path", shop)
    assert done.returncode == 2
    assert "would not be read there; give it a plain name that ends in .json" in done.stderr
    assert not (shop / "attestations").exists()


@pytest.mark.parametrize(
    "name", ["attestations/x.json", "z/attestations/y.json", "sub.json/x.json"]
)
def test_a_bundle_with_a_statement_elsewhere_does_not_come_in_by_half(
    whole: Path, shop: Path, trl4ml: Run, name: str
) -> None:
    def add(parts: dict[str, bytes]) -> None:
        told = next(n for n in parts if n.startswith("statements/license-file-"))
        parts[f"statements/{name}"] = parts[told]
        summed(parts)

    done = trl4ml("evidence", "import", rewritten(whole, add), "--path", shop)
    assert done.returncode == 2
    assert f"attestations/{name}: would not be read there" in done.stderr
    assert not (shop / "attestations").exists()


def test_a_bundle_is_never_written_over_a_file(whole: Path, shop: Path, trl4ml: Run) -> None:
    before = whole.read_bytes()
    done = trl4ml("evidence", "export", shop, "--output", whole)
    assert done.returncode == 2
    assert "is there already; name another file with --output" in done.stderr
    assert whole.read_bytes() == before
    done = trl4ml("evidence", "export", shop, "--output", whole.parent / "no" / "e.zip")
    assert "cannot be written" in done.stderr


def test_a_file_that_sha256sum_could_not_name_stops_the_export(shop: Path, trl4ml: Run) -> None:
    (shop / "own.yaml").rename(shop / "o\nwn.yaml")
    (shop / "trl4ml.yaml").write_text('name: shop\nchecklists: ["o\\nwn.yaml"]\n')
    done = trl4ml("evidence", "export", shop, "--output", shop.parent / "e.zip")
    assert done.returncode == 2
    assert "'o\\nwn.yaml': sha256sum could not check such a name; rename the file" in done.stderr
    assert not (shop.parent / "e.zip").exists()


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


def told(report: Report, probe: str) -> dict[str, Any] | None:
    return next((s for name, s in statements(report).items() if name.startswith(probe)), None)


def test_a_statement_vouches_for_no_item_that_rests_on_more_or_is_open_elsewhere() -> None:
    parts = (Component(name="a"), Component(name="b"))
    items = [
        item("alone", 0, "probe_a"),
        item("with-more", 0, "probe_a and probe_b"),
        item("failed", 0, "probe_a.rate > 9"),
    ]
    read = {"x.py": "0" * 64}
    one = evidence("probe-a", rate=1).model_copy(update={"reads": read})
    done = report(items, [one, evidence("probe-b")], components=parts)
    predicate = told(done, "probe-a")["predicate"]  # type: ignore[index]
    assert (predicate["passedTests"], predicate["failedTests"]) == (["alone"], ["failed"])
    verdicts = [
        v.model_copy(update={"status": Status.UNKNOWN}) for v in done.components[1].verdicts
    ]
    second = done.components[1].model_copy(update={"verdicts": tuple(verdicts)})
    split = done.model_copy(update={"components": (done.components[0], second)})
    predicate = told(split, "probe-a")["predicate"]  # type: ignore[index]
    assert predicate["passedTests"] == []
    assert "alone" in predicate["failedTests"]
    assert (predicate["result"], predicate["warnedTests"]) == ("FAILED", [])


def test_what_a_person_answered_is_stated_by_no_test_result() -> None:
    one = evidence("probe-a").model_copy(update={"reads": {"x.py": "0" * 64}})
    said = one.model_copy(update={"mode": Mode.ATTESTED})
    assert told(report([item("alone", 0, "probe_a")], [one]), "probe-a")
    assert told(report([item("alone", 0, "probe_a")], [said]), "probe-a") is None


def test_of_a_file_read_in_part_no_statement_gives_another_sum(tmp_path: Path) -> None:
    """The probe reads the first bytes of a model: their sum is not that of the file."""
    model = b"\x80\x04." + b"\0" * 9_000_000
    files = {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN.replace(
        "wants: license_file", "wants: unsafe_serialisation")}  # fmt: skip
    lay_out(tmp_path, files)
    (tmp_path / "model.pkl").write_bytes(model)
    (one,) = (
        one
        for one in run.audit(tmp_path).report.evidence.values()
        if one.probe == "unsafe-serialisation"
    )
    assert one.reads
    for name, sum in one.reads.items():
        if name == "model.pkl":
            assert sum == hashlib.sha256(model).hexdigest()
        else:
            most = int(name.removeprefix("the first ").removesuffix(" bytes of model.pkl"))
            assert sum == hashlib.sha256(model[:most]).hexdigest()


def test_a_bundle_holds_the_reviews_and_whose_count(tmp_path: Path) -> None:
    """As files that ssh-keygen reads, for when trl4ml is no more."""
    team = Team(tmp_path)
    note = team.sign("rita", "research-lead")
    whole = tmp_path / "e.zip"
    whole.write_bytes(bundle(team.audit()))
    check(whole)
    with zipfile.ZipFile(whole) as parts:
        name = f"declared/{note.relative_to(team.root).as_posix()}"
        assert parts.read(name) == note.read_bytes()
        signers = parts.read("declared/.trl4ml/trust/allowed_signers").decode()
    assert signers == team.signers(*PEOPLE)


def test_a_run_with_an_item_that_is_open_has_not_passed() -> None:
    """Whoever only looks at the result must not take what is unknown for what passed."""
    one = evidence("probe-a", rate=1).model_copy(update={"reads": {"x.py": "0" * 64}})
    for wants, result in (
        ("probe_a", "PASSED"), ("probe_a.rate > 9", "FAILED"), ("probe_a.none > 9", "FAILED"),
        ("probe_a and probe_b", "FAILED"),
    ):  # fmt: skip
        predicate = told(report([item("open", 0, wants)], [one]), "probe-a")["predicate"]  # type: ignore[index]
        assert predicate["result"] == result, wants
        assert predicate["passedTests"] == (["open"] if result == "PASSED" else [])
        assert predicate["failedTests"] == ([] if result == "PASSED" else ["open"])


def test_no_statement_is_made_where_a_file_could_not_be_read() -> None:
    read = {"x.py": "0" * 64, "y.py": "unreadable: Permission denied"}
    one = evidence("probe-a").model_copy(update={"reads": read})
    assert told(report([item("alone", 0, "probe_a")], [one]), "probe-a") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "s.json: not JSON, so no statement"),
        ("[" * 100_000, "s.json: not JSON, so no statement"),
        ("{}", "s.json: no in-toto statement of version 1"),
        ("[NaN]", "s.json: no in-toto statement of version 1"),
        ("", "s.json: not JSON, so no statement"),
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


def test_what_never_ends_is_no_bundle_and_no_statement(shop: Path, trl4ml: Run) -> None:
    done = trl4ml("evidence", "verify", "/dev/zero")
    assert (done.returncode, done.stderr) == (
        2,
        "trl4ml: /dev/zero: is no file, so no bundle of evidence\n",
    )
    done = trl4ml("evidence", "import", "/dev/zero", "--path", shop)
    assert done.returncode == 2
    assert "/dev/zero: larger than 4000 kB" in done.stderr


def test_attestations_behind_a_link_are_not_written(whole: Path, shop: Path, trl4ml: Run) -> None:
    (shop / "attestations").symlink_to(shop.parent)
    done = trl4ml("evidence", "import", whole, "--path", shop)
    assert done.returncode == 2
    assert "is a link; remove it" in done.stderr


def test_evidence_that_names_an_attachment_elsewhere_is_none() -> None:
    one = evidence("probe-a").model_dump(mode="json")
    for name in ("../../secret.txt", "a/b.json", "x\0.json", ""):
        with pytest.raises(ValidationError):
            Evidence.model_validate_json(json.dumps({**one, "attached": {name: "0" * 64}}))


def test_a_statement_about_one_file_many_times_is_read_in_time(tmp_path: Path) -> None:
    """Each file is hashed once, not once for each time that it is named."""
    large = b"x" * 20_000_000
    subject = {"name": "model.bin", "digest": {"sha256": hashlib.sha256(large).hexdigest()}}
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject] * 20_000,
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {"result": "PASSED", "passedTests": ["a"]},
    }
    lay_out(tmp_path, {"attestations/a.json": json.dumps(told)})
    (tmp_path / "model.bin").write_bytes(large)
    with within(5):
        assert find("attested-tests", tmp_path).outcome is Outcome.YES
