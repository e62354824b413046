"""A manifest is names, sizes and SHA-256, and what is other afterwards is named file by file."""

import hashlib
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.provenance.signing import FILES, lay
from trl4ml.provenance.comparing import compare
from trl4ml.provenance.disk import OnDisk
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.hashing import BUFFER, Part, digests
from trl4ml.provenance.manifest import File, Manifest, make, read
from trl4ml.provenance.names import collapsing, fault, shown

CONFIG = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
WEIGHTS = "054edec1d0211f624fed0cbca9d4f9400b0e491c43742af2c5b0abebf0c990d8"
BOTH = f'[{{"name":"config.json","sha256":"{CONFIG}","size":2}},{{"name":"weights.bin","sha256":"{WEIGHTS}","size":4}}]'
"""The canonical JSON, written by hand."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return lay(tmp_path / "model")


def test_a_manifest_holds_names_sizes_and_sha256(model: Path) -> None:
    made = make(OnDisk(model))
    assert made.files == (File("config.json", 2, CONFIG), File("weights.bin", 4, WEIGHTS))
    assert (made.name, made.size) == ("model", 6)
    assert made.digest == hashlib.sha256(BOTH.encode()).hexdigest()


def test_what_is_written_is_read_again(model: Path) -> None:
    made = make(OnDisk(model))
    assert read(made.to_json().encode()) == made
    assert made.to_json().count("\n") == 9


def test_one_file_is_a_model_too(model: Path) -> None:
    made = make(OnDisk(model / "weights.bin"))
    assert made == Manifest("weights.bin", (File("weights.bin", 4, WEIGHTS),))


def test_where_the_model_lies_and_what_its_folder_is_called_do_not_count(model: Path) -> None:
    before = make(OnDisk(model)).digest
    assert make(OnDisk(model.rename(model.with_name("other")))).digest == before


def test_git_at_the_top_and_the_manifest_itself_are_no_part_of_the_model(model: Path) -> None:
    before = make(OnDisk(model))
    lay(model, {".git/HEAD": b"x", ".gitattributes": b"x", "model.manifest.json": b"{}"})
    assert make(OnDisk(model), exclude=["model.manifest.json"]) == before
    lay(model, {"sub/.gitattributes": b"x"})
    assert (
        compare(before, make(OnDisk(model), exclude=["model.manifest.json"]))[0].name
        == "sub/.gitattributes"
    )


# ── Differences ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: (m / "weights.bin").write_bytes(b"\0\1\2\4"),
         ["weights.bin has changed (SHA-256 054edec1d021…, now 4c660defac5d…)"]),
        (lambda m: (m / "weights.bin").write_bytes(b""), ["weights.bin has changed (4 bytes, now 0)"]),
        (lambda m: (m / "weights.bin").rename(m / "w.bin"), ["weights.bin was renamed to w.bin"]),
        (lambda m: (m / "weights.bin").unlink(), ["weights.bin is missing"]),
        (lambda m: lay(m, {"sub/x": b"abc"}), ["sub/x is not among the reviewed files (3 bytes)"]),
        (lambda m: lay(m, {"copy.bin": FILES["weights.bin"]}),
         ["copy.bin is not among the reviewed files (4 bytes)"]),
        (lambda m: lay(m, {"config.json": FILES["weights.bin"], "weights.bin": FILES["config.json"]}),
         ["config.json has changed (2 bytes, now 4)", "weights.bin has changed (4 bytes, now 2)"]),
    ],
)  # fmt: skip
def test_what_is_other_is_named(change: object, told: list[str], model: Path) -> None:
    before = make(OnDisk(model))
    assert callable(change)
    change(model)
    after = make(OnDisk(model))
    assert [str(one) for one in compare(before, after)][: len(told)] == told
    assert after.digest != before.digest


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\\/"), min_size=1, max_size=8)
FILE_SETS = st.dictionaries(
    NAMES.filter(lambda n: n not in (".", "..")), st.binary(max_size=3), max_size=5
)


def listed(files: dict[str, bytes]) -> Manifest:
    rows = (File(n, len(c), hashlib.sha256(c).hexdigest()) for n, c in files.items())
    return Manifest("m", tuple(sorted(rows)))


@given(FILE_SETS, FILE_SETS)
def test_nothing_differs_exactly_where_the_digests_are_the_same(
    one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    first, second = listed(one), listed(other)
    assert (compare(first, second) == ()) is (first.digest == second.digest) is (one == other)
    touched = {d.name for d in compare(first, second)} | {d.was for d in compare(first, second)} - {
        ""
    }
    assert touched >= {n for n in one.keys() | other.keys() if one.get(n) != other.get(n)}


# ── What no manifest can vouch for ──────────────────────────────────────────────────────────────
def test_a_path_that_is_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"gone does not exist; name a model's file or folder$"):
        OnDisk(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="is neither a file nor a folder; name a model's"):
        OnDisk(tmp_path / "pipe")


def test_a_folder_without_files_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    with pytest.raises(Refused, match=r"^m holds no file; name the folder that holds the model$"):
        make(OnDisk(tmp_path / "m"))


@pytest.mark.parametrize(
    ("name", "target", "why"),
    [
        ("l", "/etc/passwd", "l is a link that leaves the model"),
        ("l", "l", "l is a link that leads nowhere or in a circle"),
        ("a\\b", "", "a\\b holds a backslash"),
        (os.fsdecode(b"\xff"), "", "\\xff is not valid UTF-8"),
    ],
)
def test_a_file_that_a_manifest_cannot_vouch_for_is_refused(
    name: str, target: str, why: str, model: Path
) -> None:
    if target:
        (model / name).symlink_to(target)
    else:
        (model / name).write_bytes(b"x")
    with pytest.raises(Refused, match=f"^{re.escape(why)}; a manifest cannot vouch for it"):
        make(OnDisk(model))


def test_a_link_that_stays_inside_is_the_file_that_it_leads_to(model: Path) -> None:
    (model / "l.bin").symlink_to("weights.bin")
    assert File("l.bin", 4, WEIGHTS) in make(OnDisk(model)).files


def edited(**more: object) -> bytes:
    made = Manifest("model", (File("config.json", 2, CONFIG), File("weights.bin", 4, WEIGHTS)))
    return json.dumps({**json.loads(made.to_json()), **more}).encode()


def row(**more: object) -> bytes:
    rows = json.loads(edited())["files"]
    return edited(files=[{**rows[0], **more}, rows[1]])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{}", "m.json is no model manifest ('manifest' should be 'trl4ml-model-manifest/1'); make "
                "one with: trl4ml provenance manifest MODEL"),
        (b"x", "m.json is not JSON at line 1; write it again"),
        (edited(files=[]), "m.json: names of files are not sorted and unique; make it again"),
        (edited(files=json.loads(edited())["files"][::-1]),
         "m.json: names of files are not sorted and unique; make it again"),
        (edited(digest="0" * 64), "m.json: 'digest' is not that of the files listed; the manifest "
                                  "was edited, make it again from the reviewed model"),
        (row(size=3), "m.json: 'digest' is not that of the files listed; the manifest was edited, "
                      "make it again from the reviewed model"),
        (row(size=True), "m.json: the size of config.json is no number of bytes"),
        (row(size=-1), "m.json: the size of config.json is no number of bytes"),
        (row(sha256="X" * 64), "m.json: sha256 of config.json is not 64 hex digits"),
        (row(name="../x"), "m.json: the name '../x' leads out of the model with '..'; make the "
                           "manifest again"),
        (row(more=1), "m.json: an entry of 'files' should have name, size and sha256 alone"),
        (edited(files=[1]), "m.json: an entry of 'files' is no JSON object"),
        (edited(files={}), "m.json: 'files' is no JSON list"),
        (edited(model=1), "m.json: 'model' is no text"),
        (row(name="WEIGHTS.bin"), "m.json: 'WEIGHTS.bin' and 'weights.bin' are one file on some "
                                  "disks; rename one and make the manifest again"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused_in_a_sentence(text: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(sentence)}$"):
        read(text, "m.json")


# ── Hashing ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER])
@pytest.mark.parametrize("algorithm", ["sha256", "blake2b"])
def test_files_around_the_size_of_the_buffer_are_hashed_whole(
    size: int, algorithm: str, tmp_path: Path
) -> None:
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    lay(tmp_path, {"f": content})
    heard: list[int] = []
    found = digests(
        OnDisk(tmp_path), [Part("f"), Part("f", size // 3, size)], algorithm, heard.append
    )
    assert found == {
        Part("f"): hashlib.new(algorithm, content).hexdigest(),
        Part("f", size // 3, size): hashlib.new(algorithm, content[size // 3 :]).hexdigest(),
    }
    assert sum(heard) == size + size - size // 3


def test_on_one_core_and_on_many_the_digests_are_the_same(tmp_path: Path) -> None:
    lay(tmp_path, {f"f{n}": bytes([n]) * 10_000 * n for n in range(20)})
    assert make(OnDisk(tmp_path), cores=1) == make(OnDisk(tmp_path), cores=8)


# ── Names ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["a", "a b/ü.bin", "...", "a..b", ".hidden", "a:b", "日本"])
def test_an_ordinary_name_has_no_fault(name: str) -> None:
    assert fault(name) == ""


def test_names_that_differ_in_case_or_in_how_an_accent_is_written_are_one_on_some_disks() -> None:
    assert collapsing(["a", "B", "b", "e\u0301", "\u00e9", "c"]) == [
        ("B", "b"),
        ("e\u0301", "\u00e9"),
    ]


@given(st.text())
def test_any_name_can_be_shown(name: str) -> None:
    assert bool(shown(name).encode()) is bool(name)
    if all(ord(char) < 0xD800 or ord(char) > 0xDFFF for char in name):
        assert shown(name) == name


@given(st.binary(max_size=8))
def test_any_bytes_that_are_a_name_can_be_shown(name: bytes) -> None:
    assert bool(shown(os.fsdecode(name)).encode()) is bool(name)
