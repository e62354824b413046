"""The store: what is broken, foreign or half-written is reported and made again, never trusted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.making import evidence
from tests.test_audit import LICENSED
from trl4ml import run
from trl4ml.core.canonical import digest
from trl4ml.core.trace import Trace
from trl4ml.errors import WrongInput
from trl4ml.store.evidence import Kept, State, Store
from trl4ml.store.state import summed
from trl4ml.testing import lay_out

ONE = evidence("license-file", message="LICENSE is a licence file", files=1)


KEPT = b'{"schema_version":2,"saved_ns":0,"known":{},"nouns":{},"kept":{"a":{"made_by":"","evidence":"","trace":%s}}}'


def saved(folder: Path) -> Store:
    store = Store(folder)
    kept = Kept(made_by="x", evidence=digest(ONE), trace=Trace())
    store.save(State(kept={"license-file@all": kept}), {digest(ONE): ONE})
    return store


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    store = saved(tmp_path)
    assert store.state().kept["license-file@all"].evidence == digest(ONE)
    assert store.evidence(digest(ONE)) == ONE
    assert store.notices == []


def test_the_store_is_not_committed_but_reviews_beside_it_may_be(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    saved(tmp_path)
    (tmp_path / ".trl4ml" / "reviews").mkdir()
    (tmp_path / ".trl4ml" / "reviews" / "1.json").touch()
    seen = subprocess.run(["git", "-C", tmp_path, "status", "--porcelain", "-uall"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert seen.stdout == "?? .trl4ml/reviews/1.json\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not readable as state; all probes run again"),
        (b"{", "not readable as state"),
        (b"[]", "not readable as state"),
        (b'{"kept": 3}', "not readable as state"),
        (b'{"unknown": 3}', "not readable as state"),
        (b"\xff\xfe", "not readable as state"),
        (b'{"schema_version": 2}', "not readable as state"),
        (summed(b'{"schema_version":99}'), "another schema version; all probes run again"),
        (summed(b'{"schema_version":2}'), "not readable as state"),
        (
            summed(b'{"schema_version":2,"saved_ns":0,"known":{},"kept":{},"nouns":{"a":1}}'),
            "not readable",
        ),
        (
            summed(b'{"schema_version":2,"saved_ns":0,"known":{},"kept":{"a":{}},"nouns":{}}'),
            "not readable",
        ),
        (
            summed(
                b'{"schema_version":2,"saved_ns":0,"known":{"a":[[1,2,3],""]},"kept":{},"nouns":{}}'
            ),
            "not readable",
        ),
        (
            summed(
                b'{"schema_version":2,"saved_ns":0,"known":{"a":[[1,2,3,4.0],""]},"kept":{},"nouns":{}}'
            ),
            "not readable",
        ),
        (summed(KEPT % b'{"files":{"a":-1}}'), "not readable"),
        (summed(KEPT % b'{"of":1}'), "not readable"),
        (summed(KEPT % b"[]"), "not readable"),
    ],
)
def test_a_state_that_is_broken_or_foreign_is_reported_and_empty(
    tmp_path: Path, content: bytes, says: str
) -> None:
    store = saved(tmp_path)
    (store.folder / "state.json").write_bytes(content)
    assert store.state() == State()
    assert says in store.notices[0]


@pytest.mark.parametrize("content", [b"", b"{}", b"x" * 10, None])
def test_evidence_that_is_not_what_its_name_says_is_reported_and_gone(
    tmp_path: Path, content: bytes | None
) -> None:
    store = saved(tmp_path)
    path = store.folder / "evidence" / f"{digest(ONE)}.json"
    forged = path.read_bytes().replace(b"yes", b"no!") if content is None else content
    path.write_bytes(forged)
    assert store.evidence(digest(ONE)) is None
    assert "not what its name says" in store.notices[0]


def test_evidence_of_another_shape_is_not_trusted_even_if_its_name_fits(tmp_path: Path) -> None:
    store = saved(tmp_path)
    foreign = json.dumps({"outcome": "yes"}).encode()
    (store.folder / "evidence" / f"{digest(foreign)}.json").write_bytes(foreign)
    assert store.evidence(digest(foreign)) is None


def test_saving_sweeps_what_nobody_refers_to_and_old_half_written_files(tmp_path: Path) -> None:
    store = saved(tmp_path)
    orphan = store.folder / "evidence" / f"{'0' * 64}.json"
    orphan.write_text("{}")
    old, new = store.folder / ".writing-old", store.folder / ".writing-new"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    saved(tmp_path)
    assert (orphan.exists(), old.exists(), new.exists()) == (False, False, True)


def test_a_disk_that_refuses_is_a_notice_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / ".trl4ml").write_text("a file where the folder should be")
    store = saved(tmp_path)
    assert "evidence was not stored" in store.notices[0]


WRITER = """
import sys
from pathlib import Path
from tests.test_store import saved
while True:
    saved(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.007, 0.02])
def test_a_writer_killed_at_any_instant_leaves_a_store_that_reads(
    tmp_path: Path, delay: float
) -> None:
    saved(tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path])
    state = tmp_path / ".trl4ml" / "store" / "state.json"
    first = state.stat().st_mtime_ns
    while state.stat().st_mtime_ns == first:
        time.sleep(0.001)
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    store = Store(tmp_path)
    assert store.evidence(store.state().kept["license-file@all"].evidence) == ONE
    assert store.notices == []
    assert saved(tmp_path).notices == []


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from tests.making import evidence
from trl4ml.core.canonical import digest
from trl4ml.core.trace import Trace
from trl4ml.store.evidence import Kept, State, Store
for n in range(20):
    one = evidence("license-file", message=f"{sys.argv[2]} {n}")
    kept = Kept(made_by="x", evidence=digest(one), trace=Trace())
    Store(Path(sys.argv[1])).save(State(kept={f"{sys.argv[2]}-{n}": kept}), {digest(one): one})
"""
    writers = [subprocess.Popen([sys.executable, "-c", code, tmp_path, who]) for who in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = Store(tmp_path)
    kept = store.state().kept
    assert sorted(kept) == sorted(f"{who}-{n}" for who in "ab" for n in range(20))
    assert all(store.evidence(k.evidence) for k in kept.values())


@pytest.mark.parametrize("part", ["", "answers", "switchbacks"])
def test_records_behind_a_link_are_refused(tmp_path: Path, part: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    project = tmp_path / "project"
    lay_out(project, LICENSED)
    link = project / ".trl4ml" / part
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        WrongInput, match="is a link; remove it, so that records stay in the project"
    ):
        run.audit(project)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("part", ["store", "store/evidence", "store/lock", "store/state.json"])
def test_a_store_that_is_a_link_is_neither_read_nor_written(tmp_path: Path, part: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious.json").write_text("keep me")
    project = tmp_path / "project"
    lay_out(project, LICENSED)
    link = project / ".trl4ml" / part
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim if part in ("store", "store/evidence") else victim / "precious.json")
    done = run.audit(project)
    assert done.report.supported == 0
    assert "is a link, so no evidence is stored; remove it" in done.notices[0]
    assert [p.name for p in victim.iterdir()] == ["precious.json"]
    assert (victim / "precious.json").read_text() == "keep me"


def test_a_store_that_came_with_the_repository_proves_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, LICENSED, git=True)
    run.audit(tmp_path)
    (tmp_path / ".trl4ml" / ".gitignore").unlink()
    lay_out(tmp_path, {}, git=True)
    done = run.audit(tmp_path)
    assert done.asked == 2
    assert "git knows it, so it is not trusted" in done.notices[0]
    assert run.audit(tmp_path, stored_only=True).report.supported is None
