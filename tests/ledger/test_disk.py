"""The folder of notes: real files, hostile ones, and writers that run at once or are killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ledger.writing import (
    CAROL,
    DAVE,
    DIGEST,
    KEYS,
    NOW,
    OTHER,
    Scene,
    digest,
    row,
    statement,
)
from trl4ml.core.review import payload
from trl4ml.ledger import disk, note
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.errors import Refused

HERE = f".trl4ml/reviews/{DIGEST[:12]}"
ONLY = "only notes belong in this folder; move it away"


def parts(said: object) -> tuple[bytes, str]:
    text = payload(said)  # type: ignore[arg-type]
    return text, KEYS[CAROL].sign(text)


def test_notes_that_are_appended_are_the_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.entries() == ()
    entries = row({}, {"reviewer": DAVE}, {})
    for one in entries:
        made = note.read(one.content)
        assert ledger.path_of(made.payload) == one.path
        assert ledger.append(*made) == tmp_path / one.path
    assert ledger.entries() == entries
    found = Scene(ledger.entries()).check()
    assert [one.says for one in found.notes] == ["", "", ""] and found.faults == ()


def test_the_same_note_is_written_once(tmp_path: Path) -> None:
    ledger, (text, made) = Ledger(tmp_path), parts(statement())
    path = ledger.append(text, made)
    assert ledger.append(text, made) == path
    assert ledger.append(text, made.replace("\n", "\r\n")) == path
    assert note.read(path.read_bytes()).signature == made
    assert len(ledger.entries()) == 1


def test_nothing_else_is_left_beside_a_note(tmp_path: Path) -> None:
    path = Ledger(tmp_path).append(*parts(statement()))
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_note_that_follows_a_missing_one_is_not_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(*parts(statement()))
    says = (f"{ledger.folder}: has no note {OTHER[:12]}, which this one names as the last that its "
            "signer saw; get that note first, or sign anew")  # fmt: skip
    with pytest.raises(Refused) as why:
        ledger.append(*parts(statement(prev=OTHER)))
    assert str(why.value) == says


def test_a_name_that_is_only_alike_is_not_the_note_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    first = ledger.append(*parts(statement()))
    prev = digest(ledger.entries()[0])
    alike = prev[:12] + ("0" if prev[12] != "0" else "1") + prev[13:]
    with pytest.raises(Refused, match="has no note"):
        ledger.append(*parts(statement(prev=alike)))
    assert [tmp_path / one.path for one in ledger.entries()] == [first]


def test_another_file_in_the_place_of_a_note_is_not_overwritten(tmp_path: Path) -> None:
    ledger, (text, made) = Ledger(tmp_path), parts(statement())
    path = tmp_path / ledger.path_of(text)
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(Refused) as why:
        ledger.append(text, made)
    assert str(why.value) == (
        f"{path}: is another file than this note, or has another signature; "
        "restore it from git, or sign anew"
    )
    assert path.read_text() == "mine"


def test_a_note_that_is_there_with_another_signature_is_not_said_to_be_kept(tmp_path: Path) -> None:
    ledger, (text, made) = Ledger(tmp_path), parts(statement())
    ledger.append(text, "no signature")
    with pytest.raises(Refused, match="or has another signature; restore it from git"):
        ledger.append(text, made)


def test_a_file_that_comes_in_between_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, (text, made) = Ledger(tmp_path), parts(statement())
    path = tmp_path / ledger.path_of(text)
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    with pytest.raises(Refused, match="is another file than this note"):
        ledger.append(text, made)
    assert path.read_text() == "mine"


def test_a_payload_that_is_no_review_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="its payload is not JSON"):
        Ledger(tmp_path).append(b"{", "")
    assert not (tmp_path / ".trl4ml").exists()


def strange(folder: Path) -> dict[str, str]:
    """Files that are no notes, and what is wrong with each."""
    (folder / "link.json").symlink_to("/etc/passwd")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder / "large.json").write_bytes(b" " * 256_001)
    return {
        "link.json": f"is a link; {ONLY}",
        "folder": f"is no file; {ONLY}",
        "pipe.json": f"is no file; {ONLY}",
        "large.json": "is larger than 256 kB, so no note; remove it",
    }


def test_what_a_killed_writer_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.swept(NOW) == 0
    path = ledger.append(*parts(statement()))
    for name, at in (("old", -1), ("new", 0)):
        left = path.parent / f"{disk.WRITING}{name}"
        left.write_text("half a no")
        os.utime(left, (0, NOW.timestamp() + at))
    (path.parent / f"{disk.WRITING}folder").mkdir()
    assert ledger.swept(NOW) == 1
    assert sorted(one.name for one in path.parent.iterdir()) == sorted(
        (path.name, f"{disk.WRITING}new", f"{disk.WRITING}folder")
    )
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{disk.WRITING}x").write_text("")
    (ledger.folder / "link").symlink_to(tmp_path / "elsewhere")
    assert ledger.swept(datetime.now(UTC) + timedelta(days=1)) == 1
    assert (tmp_path / "elsewhere" / f"{disk.WRITING}x").exists()


def test_strange_files_are_entries_with_a_problem(tmp_path: Path) -> None:
    folder = tmp_path / HERE
    folder.mkdir(parents=True)
    expected = strange(folder)
    (folder / "readme.md").write_text("hello")
    (folder / ".hidden").write_text("no note")
    (folder / f"{disk.WRITING}x").write_text("half a no")
    (tmp_path / ".trl4ml" / "reviews" / "stray.json").write_text("{}")
    found = {one.path: one.problem for one in Ledger(tmp_path).entries()}
    assert found == {f"{HERE}/{name}": says for name, says in expected.items()} | {
        f"{HERE}/readme.md": "", ".trl4ml/reviews/stray.json": ""
    }  # fmt: skip
    faults = Scene(Ledger(tmp_path).entries()).check().faults
    assert len(faults) == len(found)


@pytest.mark.parametrize("part", [".trl4ml", ".trl4ml/reviews", HERE])
def test_no_link_is_followed_on_the_way(tmp_path: Path, part: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project = tmp_path / "project"
    (project / part).parent.mkdir(parents=True)
    (project / part).symlink_to(elsewhere)
    says = f"{project / part}: is a link, and the ledger follows none; put the folder itself there"
    with pytest.raises(Refused) as why:
        Ledger(project).append(*parts(statement()))
    assert str(why.value) == says
    assert list(elsewhere.iterdir()) == []


def test_a_file_where_a_folder_belongs_is_named(tmp_path: Path) -> None:
    (tmp_path / ".trl4ml").write_text("")
    with pytest.raises(Refused) as why:
        Ledger(tmp_path).entries()
    assert str(why.value) == f"{tmp_path / '.trl4ml'}: is no folder; move it away"


def test_a_project_may_itself_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    Ledger(tmp_path / "link").append(*parts(statement()))
    assert len(Ledger(tmp_path / "real").entries()) == 1


def test_a_ledger_of_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "MOST", 2)
    ledger = Ledger(tmp_path)
    for reason in ("one", "two", "three"):
        ledger.append(*parts(statement(reason=reason)))
    with pytest.raises(Refused) as why:
        ledger.entries()
    assert str(why.value) == (
        f"{ledger.folder}: holds more than 2 files or 1,000 MB; move away what is no note"
    )


def test_a_disk_that_refuses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ledger, (text, made) = Ledger(tmp_path), parts(statement())
    with pytest.raises(Refused, match="No space left on device"):
        ledger.append(text, made)
    assert ledger.entries() == ()


def test_a_disk_without_hard_links_is_written_to_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    path = Ledger(tmp_path).append(*parts(statement()))
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def _append(project: Path, reasons: list[str]) -> None:
    for reason in reasons:
        Ledger(project).append(*parts(statement(reason=reason)))


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Two of them write the same notes too."""
    shared = [f"reason {n}" for n in range(20)]
    fork = multiprocessing.get_context("fork")
    every = [
        fork.Process(target=_append, args=(tmp_path, order)) for order in (shared, shared[::-1])
    ]
    for one in every:
        one.start()
    for one in every:
        one.join(60)
        assert one.exitcode == 0
    found = Scene(Ledger(tmp_path).entries()).check()
    assert len(found.notes) == 20 and found.faults == ()


WRITER = """
import sys
from pathlib import Path
from tests.ledger.test_disk import parts, statement
from trl4ml.ledger.disk import Ledger
for n in range(100_000):
    print(Ledger(Path(sys.argv[1])).append(*parts(statement(reason=f"reason {n}"))), flush=True)
"""


@pytest.mark.parametrize("after", [0.02, 0.05, 0.11])
def test_what_was_acknowledged_is_whole_after_a_kill(tmp_path: Path, after: float) -> None:
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=out)
        while not log.stat().st_size and process.poll() is None:
            time.sleep(0.01)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
    said = {Path(one) for one in log.read_text().splitlines() if one.endswith(".json")}
    found = Scene(Ledger(tmp_path).entries()).check()
    assert said and said <= {tmp_path / one.path for one in found.notes}
    assert found.faults == () and {one.says for one in found.notes} == {""}
