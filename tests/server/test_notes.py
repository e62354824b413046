"""Notes at the door: what is taken is on the disk, indexed, and counts; all else is refused."""

import base64
import json
import os
import resource
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.conftest import git
from tests.ledger.writing import CAROL, DAVE, EVE, KEYS, key, ssh_keygen
from tests.server.made import TRUST, Asking, Note, note, project, running, settings
from trl4ml.ledger import note as ledger
from trl4ml.reviews import reviewing
from trl4ml.server import index, invitations
from trl4ml.server.clock import now
from trl4ml.server.index import rows
from trl4ml.server.intake import Intake
from trl4ml.server.notes import read


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A server that refuses everything: it stays as it was made."""
    here = tmp_path_factory.mktemp("shared")
    with running(settings(here / "data", project(here / "loans"))) as asking:
        yield asking


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "loans")


@pytest.fixture
def ask(tmp_path: Path, root: Path) -> Iterator[Asking]:
    with running(settings(tmp_path / "data", root)) as asking:
        yield asking


def test_a_note_is_on_the_disk_and_in_the_index_when_it_is_acknowledged(
    ask: Asking, root: Path, tmp_path: Path
) -> None:
    one = ask.note()
    answer = ask.post(one)
    told = answer.json()
    assert answer.status_code == 201
    assert told["standing"] == "counts"
    assert told["says"] == ""
    stored = json.loads((root / told["path"]).read_bytes())
    assert stored == one.body
    with sqlite3.connect(f"file:{tmp_path}/data/index.sqlite3?mode=ro", uri=True) as database:
        found = database.execute("SELECT project, digest, path FROM trl4ml_notes").fetchall()
    database.close()
    assert found == [("loans", told["digest"], told["path"])]
    assert ask("GET", "/api/now").json()["tip"] == told["digest"]
    signers = root / ".trl4ml/trust/allowed_signers"
    (tmp_path / "note.sig").write_text(one.signature)
    verified = ssh_keygen("-Y", "verify", "-f", signers, "-I", CAROL, "-n", "signoff@trl4ml",
                          "-s", tmp_path / "note.sig", given=one.payload)  # fmt: skip
    assert verified.returncode == 0


def test_the_same_note_twice_is_stored_once(ask: Asking, root: Path) -> None:
    one = ask.note()
    first, second = ask.post(one), ask.post(one)
    assert (first.status_code, second.status_code) == (201, 200)
    for name in ("digest", "path", "standing", "says"):
        assert first.json()[name] == second.json()[name]
    assert len(list((root / ".trl4ml/reviews").glob("*/*"))) == 1


def test_the_same_note_many_times_at_once_is_stored_once(ask: Asking, root: Path) -> None:
    one = ask.note()
    answers = ask.many([("POST", "/api/notes", {"json": one.body})] * 30)
    assert sorted(answer.status_code for answer in answers) == [200] * 29 + [201]
    assert len(list((root / ".trl4ml/reviews").glob("*/*"))) == 1


def test_notes_that_come_at_once_are_siblings_and_all_are_kept(ask: Asking, root: Path) -> None:
    every = [ask.note(who, reason=f"{n}") for n in range(20) for who in (CAROL, DAVE)]
    answers = ask.many([("POST", "/api/notes", {"json": one.body}) for one in every])
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["path"].rpartition("/")[2][:6] for answer in answers} == {"000001"}
    assert len(rows(ask.server.engine, "loans")) == 40
    assert reviewing.of(root).verified.faults == ()


def digest(one: Note) -> str:
    return ledger.Note(one.payload, one.signature).digest


def test_notes_of_one_batch_may_follow_each_other_whatever_order_they_come_in(ask: Asking) -> None:
    first = ask.note()
    second = ask.note(DAVE, prev=digest(first))
    third = ask.note(DAVE, decision="revoke", revokes=digest(second), prev=digest(second))
    own = ask.server.projects[0]
    intake = Intake(own, ask.server.engine, lambda *_: None)
    waiting = [intake.offer(read(json.dumps(one.body).encode())) for one in (third, second, first)]
    intake.start()
    intake.stop()
    assert [one.result(0).status for one in waiting] == [201, 201, 201]
    assert own.notes()[digest(second)].standing == "revoked"
    assert [row.digest for row in rows(ask.server.engine, "loans")] == [
        digest(first), digest(second), digest(third)
    ]  # fmt: skip


def test_a_panel_is_filled_by_two_people_and_the_queue_says_who_is_lacking(ask: Asking) -> None:
    def lacking() -> list[str]:
        accept = {"accept": "application/json"}
        told = ask("GET", "/queue", headers=accept).json()["projects"][0]["due"]
        return [f"{one['component']} {one['level']}: {one['says']}" for one in told]

    assert len(lacking()) == 2
    assert ask.post(ask.note(CAROL)).status_code == 201
    assert lacking()[0].startswith("model 1:")
    assert DAVE in lacking()[0]
    assert CAROL not in lacking()[0]
    assert ask.post(ask.note(DAVE)).status_code == 201
    assert [one.partition(":")[0] for one in lacking()] == ["model 2"]


def changed(one: Note) -> Note:
    return one._replace(payload=one.payload.replace(b"read it", b"READ IT"))


STRANGER = key("stranger")
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("another key", {"key": STRANGER}, "allowed_signers"),
    ("another's key", {"key": KEYS[EVE]}, "eve@example.org"),
    ("a role that is not held", {"role": "senior-research"}, "does not hold the role senior-research"),
    ("another project", {"project": "other"}, "other"),
    ("a clock ahead", {"at": now() + timedelta(hours=1)}, "in the future"),
    ("already over", {"expires_at": "2020-01-01T00:00:00Z"}, "2020-01-01"),
    ("a note that is not here", {"prev": "5" * 64}, "names a note before it that this ledger does not hold"),
    ("a revocation of nothing", {"decision": "revoke", "revokes": "5" * 64}, "555555555555"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "said", "says"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_does_not_count_is_not_stored(
    shared: Asking, what: str, said: dict[str, Any], says: str
) -> None:
    answer = shared.post(shared.note(**said))
    assert answer.status_code == 422, answer.text
    assert says in answer.json()["says"]
    assert not (shared.server.projects[0].root / ".trl4ml/reviews").exists()
    assert rows(shared.server.engine, "loans") == ()


BODIES: list[tuple[str, Any, str]] = [
    ("empty", b"", "is not JSON"),
    ("a list", b"[]", "is no note"),
    ("a third key", {"payload": "", "signature": "", "path": "../../x"}, "nothing else"),
    ("no text", {"payload": 1, "signature": None}, "are texts"),
    ("a key twice", b'{"payload": "", "payload": "", "signature": ""}', "twice"),
    ("no base64", {"payload": "*", "signature": ""}, "base64"),
    ("loose base64", {"payload": "e30", "signature": ""}, "base64"),
    ("no statement", {"payload": base64.b64encode(b"{}").decode(), "signature": ""}, "_type"),
    ("NaN", {"payload": base64.b64encode(b'{"a": NaN}').decode(), "signature": ""}, "NaN"),
    ("too deep", b"[" * 200_000, "is not JSON"),
]


@pytest.mark.parametrize(("what", "sent", "says"), BODIES, ids=[one[0] for one in BODIES])
def test_what_is_no_note_is_refused(shared: Asking, what: str, sent: Any, says: str) -> None:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    answer = shared(
        "POST", "/api/notes", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert says in answer.json()["says"]


def test_a_changed_payload_or_signature_is_refused(shared: Asking) -> None:
    one = shared.note()
    for other in (
        changed(one),
        one._replace(signature="x"),
        one._replace(signature=shared.note(DAVE).signature),
    ):
        answer = shared.post(other)
        assert answer.status_code == 422, answer.text
    signed_for_git = one._replace(signature=KEYS[CAROL].sign(one.payload, "git"))
    assert "git" in shared.post(signed_for_git).json()["says"]


def test_a_payload_written_another_way_is_refused(shared: Asking) -> None:
    loose = json.dumps(json.loads(shared.note().payload)).encode()
    answer = shared.post(Note(loose, KEYS[CAROL].sign(loose)))
    assert answer.status_code == 422
    assert "canonical" in answer.json()["says"]


def test_one_bad_note_of_a_batch_does_not_stop_the_others(ask: Asking) -> None:
    bad = ask.note(key=STRANGER, reason="bad")
    follows_bad = ask.note(prev=digest(bad))
    good = [ask.note(reason=str(n)) for n in range(5)]
    asked = [("POST", "/api/notes", {"json": one.body}) for one in (bad, follows_bad, *good)]
    assert [answer.status_code for answer in ask.many(asked)] == [422, 422, 201, 201, 201, 201, 201]


def test_a_note_about_an_older_report_is_stale(ask: Asking, root: Path) -> None:
    before = ask.note()
    (root / "LICENSE").unlink()
    ask.server.projects[0].look()
    answer = ask.post(before)
    assert answer.status_code == 409
    assert answer.json()["standing"] == "stale"
    assert ask.post(ask.note()).status_code == 201


def test_a_note_about_a_report_that_the_server_has_not_seen_yet_has_it_look(
    ask: Asking, root: Path
) -> None:
    (root / "LICENSE").unlink()
    fresh = note(reviewing.of(root))
    assert ask.reviews.report != reviewing.of(root).report
    assert ask.post(fresh).status_code == 201


def test_an_owner_does_not_approve_the_own_component(tmp_path: Path) -> None:
    here = project(tmp_path / "p")
    text = (here / "trl4ml.yaml").read_text().replace("Olga <olga@example.org>", f"Carol <{CAROL}>")
    (here / "trl4ml.yaml").write_text(text)
    git(here, "commit", "-qam", "owned by Carol")
    with running(settings(tmp_path / "data", here)) as ask:
        answer = ask.post(ask.note())
        assert answer.status_code == 422
        assert answer.json()["standing"] == "barred"
        assert ask.post(ask.note(DAVE)).status_code == 201


def test_while_the_base_branch_trusts_nobody_nothing_is_taken(tmp_path: Path) -> None:
    here = project(tmp_path / "p")
    git(here, "rm", "-rq", "--cached", ".trl4ml/trust")
    git(here, "commit", "-qm", "no trust yet")
    with running(settings(tmp_path / "data", here)) as ask:
        answer = ask.post(ask.note())
        assert answer.status_code == 422
        assert "has no .trl4ml/trust/policy.yaml yet" in answer.json()["says"]


def test_a_note_too_large_is_refused_before_it_is_read(shared: Asking) -> None:
    headers = {"content-type": "application/json"}
    answer = shared("POST", "/api/notes", content=b"x" * 10_000_000, headers=headers)
    assert answer.status_code == 413
    assert "larger than 300,000 bytes" in answer.json()["says"]


def test_notes_of_one_address_are_counted(tmp_path: Path, root: Path) -> None:
    with running(settings(tmp_path / "data", root, rate=3)) as ask:
        one = ask.note()
        assert [ask.post(one).status_code for _ in range(4)] == [201, 200, 200, 429]
        assert int(ask.post(one).headers["retry-after"]) >= 1
        assert ask.post(one, peer="192.0.2.7").status_code == 200
        assert ask("GET", "/api/now").status_code == 200


# --- when something goes wrong between two steps


def test_a_note_whose_row_was_not_written_is_not_acknowledged_and_is_found_again(
    ask: Asking, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("the disk is full"))

    one = ask.note()
    with monkeypatch.context() as patched:
        patched.setattr(index, "add", fails)
        for _ in range(2):
            answer = ask.post(one)
            assert (answer.status_code, answer.json()["says"]) == (
                503, "the server could not store the note; send it again later",
            )  # fmt: skip
    assert len(list((root / ".trl4ml/reviews").glob("*/*"))) == 1, "the file is there"
    assert ask.post(one).status_code == 200
    assert len(rows(ask.server.engine, "loans")) == 1


def test_while_the_index_does_not_answer_it_is_said_in_words(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("SELECT secret", ("token",), Exception("server closed\nmore"))

    with monkeypatch.context() as patched:
        for name in ("add", "rows"):
            patched.setattr(index, name, fails)
        patched.setattr(invitations, "enrolled", fails)
        patched.setattr(invitations, "open_", fails)
        for path in ("/queue", "/enrol/x"):
            answer = ask("GET", path)
            assert answer.status_code == 503
            assert answer.json() == {"says": "the server's index does not answer; try again later"}
        assert ask("GET", "/").status_code == 200, "pages need no index"
        assert ask.post(ask.note()).status_code == 503
        assert ask.server.projects[0].unstored == "server closed"
        ask.server.projects[0].look()
        assert ask.server.projects[0].problem == "server closed"
    log = (tmp_path / "data/audit.jsonl").read_text()
    assert "secret" not in log
    assert "token" not in log
    ask.server.projects[0].look()
    assert ask.server.projects[0].problem == ""


def test_a_project_that_was_renamed_says_what_to_do(ask: Asking, root: Path) -> None:
    text = (root / "trl4ml.yaml").read_text()
    (root / "trl4ml.yaml").write_text(text.replace("name: loans", "name: credit"))
    ask.server.projects[0].look()
    assert ask.server.projects[0].problem == "is named credit now; start the server again"


def test_the_pages_are_made_anew_when_the_people_change(ask: Asking, root: Path) -> None:
    one = ask.server.projects[0]
    stamps = [one.stamp()]
    assert one.stamp() == stamps[0]
    whole = (root / TRUST / "allowed_signers").read_text().splitlines(keepends=True)
    policy = json.loads((root / TRUST / "policy.yaml").read_text())
    for name, text in (
        ("allowed_signers", "".join(whole[:-1])),
        ("revoked", whole[0].split('"')[2]),
        ("policy.yaml", json.dumps({**policy, "origins": []})),
    ):
        (root / TRUST / name).write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-qm", "people")
        one.look()
        stamps.append(one.stamp())
    assert len(set(stamps)) == 4


def test_a_folder_that_cannot_be_written_is_not_acknowledged(ask: Asking, root: Path) -> None:
    (root / ".trl4ml/reviews").write_text("a file in the way")
    assert ask.post(ask.note()).status_code == 503
    ask.server.projects[0].look()
    assert problems(ask) == [f"{root}/.trl4ml/reviews: is no folder; move it away"] * 2
    (root / ".trl4ml/reviews").unlink()
    assert ask.post(ask.note()).status_code == 201
    ask.server.projects[0].look()
    assert problems(ask) == []


def test_a_full_disk_acknowledges_nothing_is_said_and_passes(ask: Asking, root: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    one = ask.note()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    try:
        answers = ask.many([("POST", "/api/notes", {"json": one.body})] * 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert {one.status_code for one in answers} == {503}
    ask.server.projects[0].look()
    assert "cannot be written (File too large); make room" in " ".join(problems(ask))
    assert list((root / ".trl4ml/reviews").glob("*/*")) == []
    assert ask.post(one).status_code == 201
    assert problems(ask) == []


def problems(ask: Asking) -> list[str]:
    told = ask("GET", "/queue", headers={"accept": "application/json"}).json()
    found: list[str] = told["projects"][0]["problems"]
    return found


def test_a_log_that_cannot_be_written_stops_nothing_even_if_nobody_can_be_told(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(index, "add", full)
    assert ask.post(ask.note()).status_code == 503
    monkeypatch.undo()
    assert ask.post(ask.note()).status_code in (200, 201)


def test_a_lost_index_is_made_again_from_the_folder(tmp_path: Path, root: Path) -> None:
    with running(settings(tmp_path / "data", root)) as ask:
        answers = [ask.post(ask.note(who)) for who in (CAROL, DAVE)]
    for path in (tmp_path / "data").glob("index.sqlite3*"):
        path.unlink()
    with running(settings(tmp_path / "data", root)) as ask:
        found = {row.digest for row in rows(ask.server.engine, "loans")}
        assert found == {answer.json()["digest"] for answer in answers}
        assert ask.server.projects[0].gone == ()


def test_an_accepted_note_whose_file_is_gone_is_named(tmp_path: Path, root: Path) -> None:
    with running(settings(tmp_path / "data", root)) as ask:
        first, second = (ask.post(ask.note(who)).json()["path"] for who in (CAROL, DAVE))
    (root / first).unlink()
    (root / second).write_text((root / second).read_text() + " ")
    with running(settings(tmp_path / "data", root)) as ask:
        gone, edited = sorted(ask.server.projects[0].gone, key=lambda says: "gone" not in says)
        assert gone.startswith(f"{first}: was accepted at ")
        assert edited.startswith(f"{second}: is not as it was accepted at ")
        problems = ask("GET", "/queue", headers={"accept": "application/json"}).json()["projects"][
            0
        ]["problems"]
        assert {gone, edited} <= set(problems)


def test_accepted_notes_are_committed_by_the_author_that_was_given(
    tmp_path: Path, root: Path
) -> None:
    wanted = settings(tmp_path / "data", root, commit=True, git_author="Desk <desk@example.org>")
    with running(wanted) as ask:
        path = ask.post(ask.note()).json()["path"]
    assert (
        git(root, "log", "-1", "--format=%an <%ae>: %s")
        == "Desk <desk@example.org>: Reviews: 1 note"
    )
    assert git(root, "status", "--short") == ""
    assert path in git(root, "ls-files")
    assert reviewing.of(root).verified.notes[0].standing == "counts"


def test_a_file_that_is_not_the_note_that_was_accepted_is_not_committed(
    tmp_path: Path, root: Path
) -> None:
    with running(settings(tmp_path / "data", root)) as ask:
        edited, linked, kept = (
            ask.post(ask.note(reason=why)).json()["path"] for why in ("first", "second", "third")
        )
    (root / edited).write_text("evil\n")
    (root / linked).unlink()
    (root / linked).symlink_to("/etc/hostname")
    with running(settings(tmp_path / "data", root, commit=True)):
        pass
    assert git(root, "show", "--format=", "--name-only", "HEAD") == kept


def test_what_was_not_committed_before_a_crash_is_committed_after_the_next_start(
    tmp_path: Path, root: Path
) -> None:
    with running(settings(tmp_path / "data", root)) as ask:
        assert ask.post(ask.note()).status_code == 201
    with running(settings(tmp_path / "data", root, commit=True)):
        pass
    assert git(root, "log", "-1", "--format=%s") == "Reviews: 1 note"


def test_the_audit_log_says_what_was_taken_and_holds_no_note(tmp_path: Path, root: Path) -> None:
    with running(settings(tmp_path / "data", root)) as ask:
        ask.post(ask.note())
        ask.post(ask.note(key=STRANGER))
    path = tmp_path / "data" / "audit.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "note", "refused", "stopped"]
    assert lines[1]["principal"] == CAROL
    assert "read it" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_hung_up_stops_nobody_else(ask: Asking) -> None:
    intake = Intake(ask.server.projects[0], ask.server.engine, lambda *_: None)
    gone, there = (read(json.dumps(ask.note(who).body).encode()) for who in (CAROL, DAVE))
    waiting = [intake.offer(one) for one in (gone, there)]
    waiting[0].cancel()
    intake.start()
    intake.stop()
    assert waiting[1].result(0).status == 201
    assert len(rows(ask.server.engine, "loans")) == 1
