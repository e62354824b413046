"""Killed at any instant: no accepted note is lost, none is half written, each is there once."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import create_engine

from tests.conftest import git
from tests.ledger.forging import stock_takes
from tests.ledger.writing import CAROL, DAVE, EVE
from tests.server.conftest import Serve
from tests.server.live import Live, acknowledged
from tests.server.made import TRUST, Note, note, project
from tests.server.postgres import Postgres
from trl4ml.ledger.note import read
from trl4ml.ledger.note import statement as statement_of
from trl4ml.reviews import reviewing
from trl4ml.server import index
from trl4ml.server.clock import now
from trl4ml.server.tables import TABLES

pytestmark = pytest.mark.slow
MANY = 500
STATUS = ("--no-optional-locks", "status", "--porcelain", "--untracked-files=all")
"""Without the lock for which the server would have to wait."""
ROLES = {CAROL: "research", DAVE: "research", EVE: "senior-research"}


def signed(folder: Path, many: int, first: int = 0, prev: str | None = None) -> list[Note]:
    """Approvals by three people in turn, each of its own reason."""
    reviews = reviewing.of(folder)
    at = now() - timedelta(minutes=1)
    people = list(ROLES)
    return [
        note(reviews, who := people[n % 3], role=ROLES[who], reason=f"reason {n}", prev=prev, at=at)
        for n in range(first, first + many)
    ]


def digest(one: Note) -> str:
    return read(json.dumps(one.body).encode()).digest


def files(folder: Path) -> dict[str, bytes]:
    """What is in the ledger's folders, without what begins with a dot."""
    found = (folder / ".trl4ml" / "reviews").glob("[!.]*/[!.]*")
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in found}


def kept(folder: Path) -> Counter[str]:
    """How often each note is on the disk; every file is a whole note."""
    return Counter(read(content).digest for content in files(folder).values())


def committed(live: Live, within: float = 30) -> None:
    """Every note on the disk is in a commit of the server's, and the working tree is clean."""
    until = time.monotonic() + within
    while there := git(live.project, *STATUS):
        assert time.monotonic() < until, there
        time.sleep(0.1)
    named = git(live.project, "ls-tree", "-r", "-z", "--name-only", "HEAD", ".trl4ml/reviews")
    assert set(named.strip("\0").split("\0")) - {""} == set(files(live.project))
    git(live.project, "fsck", "--strict")


def indexed(live: Live) -> None:
    """One row for each note on the disk, of that very file, in an unbroken chain."""
    engine = index.opened(live.url)
    rows = index.rows(engine, "loans")
    engine.dispose()
    there = files(live.project)
    assert {one.path for one in rows} == set(there) and len(rows) == len(there)
    assert {one.file for one in rows} == {sha256(one).hexdigest() for one in there.values()}
    queue = live.ask("GET", "/queue", Accept="application/json").body["projects"][0]
    assert (queue["notes"], queue["problems"]) == (len(there), [])


def verified(folder: Path, trl4ml_notes: int) -> None:
    """`trl4ml verify` takes every note, and stock OpenSSH a sample."""
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "verify", str(folder), "--format", "json"],
        capture_output=True, check=False, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert len(told["notes"]) == trl4ml_notes and not told["faults"]
    signers = (folder / TRUST / "allowed_signers").read_text()
    for path, content in sorted(files(folder).items())[:: max(1, trl4ml_notes // 10)]:
        made = read(content)
        who = statement_of(made).predicate.reviewer
        assert stock_takes(folder.parent, made.signature, signers, who=who, message=made.payload), (
            path
        )


def once(folder: Path, wanted: Iterable[Note]) -> None:
    there = kept(folder)
    assert set(there.values()) <= {1}
    assert {digest(one) for one in wanted} <= set(there)


def hours_later(folder: Path) -> None:
    """What a killed process left half done is old; git asks people to remove its locks."""
    for one in folder.glob(".trl4ml/reviews/*/.*"):
        os.utime(one, (time.time() - 7200,) * 2)
    for one in folder.glob(".git/**/*.lock"):
        one.unlink()


def test_five_hundred_at_once_and_killed_in_the_middle(
    tmp_path: Path, database: str, serve: Serve
) -> None:
    folder = project(tmp_path / "project")
    notes = signed(folder, MANY)
    live = serve(folder, tmp_path / "data", database).start()
    answers = live.send(notes, kill_after=40)
    assert not live.running
    sure = acknowledged(notes, answers)
    assert 40 <= len(sure) < MANY
    assert {one.status for one in answers} <= {0, 201}
    once(folder, sure)

    hours_later(folder)
    live.start()
    once(folder, sure)
    assert set(kept(folder)) <= {digest(one) for one in notes}
    indexed(live)
    again = live.send(notes)
    assert Counter(one.status for one in again).keys() <= {200, 201}
    known = {digest(one) for one in sure}
    assert all(a.status == 200 for one, a in zip(notes, again, strict=True) if digest(one) in known)
    once(folder, notes)
    assert len(files(folder)) == MANY
    indexed(live)
    committed(live)
    assert "Traceback" not in live.end()
    verified(folder, MANY)


def dying(module: str, name: str, when: str, *, after: bool = False) -> str:
    """A program in which the whole group is killed before, or right after, one call."""
    return f"""
import os, signal, {module} as there
real = there.{name}
def patched(*given, **more):
    if not ({when}):
        return real(*given, **more)
    if {after}:
        real(*given, **more)
    os.killpg(0, signal.SIGKILL)
there.{name} = patched
"""


POINTS = {
    "before the file has its name": (dying("os", "link", "True"), 201),
    "file, but no row": (dying("trl4ml.server.index", "add", "given[1]"), 200),
    "row, but no answer": (dying("trl4ml.server.index", "add", "given[1]", after=True), 200),
    "answer, but no commit": (dying("subprocess", "run", "'hash-object' in given[0]"), 200),
    "commit, but the branch is the old one": (dying("subprocess", "run", "'update-ref' in given[0]"), 200),
    "new branch, but git's index is the old one": (dying("subprocess", "run", "'update-ref' in given[0]", after=True), 200),
}  # fmt: skip
"""Where it is killed, and what who sends the note again hears."""
COMMITTING = list(POINTS)[3:]
"""The note was acknowledged already."""


@pytest.mark.parametrize("point", POINTS)
def test_between_any_two_steps(tmp_path: Path, serve: Serve, point: str) -> None:
    script, status = POINTS[point]
    folder = project(tmp_path / "project")
    live = serve(folder, tmp_path / "data").start(script=script)
    sent = signed(folder, 1)
    answers = live.send(sent)
    assert live.died()
    assert answers[0].status == (201 if point in COMMITTING else 0)
    hours_later(folder)
    live.start()
    assert live.send(sent)[0].status == status
    once(folder, sent)
    indexed(live)
    committed(live)
    live.end()


ROUNDS = 4


def test_killed_at_any_moment_and_again_with_the_index_lost_between(
    tmp_path: Path, database: str, postgresql: Postgres, serve: Serve
) -> None:
    folder = project(tmp_path / "project")
    chance = random.Random(7)
    live = serve(folder, tmp_path / "data", database)
    sent: list[Note] = []
    sure: list[Note] = []
    for number in range(ROUNDS):
        live.start()
        tip = live.ask("GET", "/api/now").body["tip"]
        sent += signed(folder, 40, len(sent), tip)
        killer = Timer(chance.uniform(0, 0.6), live.kill)
        killer.start()
        answers = live.send(sent)
        killer.join()
        if number == 2 and database.startswith("postgresql"):
            postgresql.kill()
            postgresql.start()
        assert {one.status for one in answers} <= {0, 200, 201}
        sure += acknowledged(sent, answers)
        once(folder, sure)
        if number % 2:
            lose(live.url)
    live.begin()
    time.sleep(chance.uniform(0.3, 1.0))
    live.kill()
    hours_later(folder)
    live.start()
    once(folder, sure)
    indexed(live)
    committed(live)
    assert {one.status for one in live.send(sent)} <= {200, 201}
    once(folder, sent)
    assert len(files(folder)) == len(sent)
    indexed(live)
    committed(live)
    live.end()
    verified(folder, len(sent))


def lose(url: str) -> None:
    """The index gone, as with a disk of its own."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{ending}").unlink(missing_ok=True)
    else:
        TABLES.drop_all(engine)
    engine.dispose()
