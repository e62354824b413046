"""Attacks on a running server, each over HTTP and each with its own answer; none leaves a trace."""

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git
from tests.ledger.forging import new_p256, passkey, sk_ecdsa
from tests.ledger.writing import CAROL, DAVE, EVE, KEYS, Key, key
from tests.server.live import Live, posted
from tests.server.made import TRUST, Asking, Note, project, running, settings
from trl4ml.core.canonical import canonical
from trl4ml.ledger import signers
from trl4ml.server import invitations, limits, sessions
from trl4ml.server.clock import now
from trl4ml.server.index import rows
from trl4ml.server.invitations import Invitation

pytestmark = pytest.mark.slow

DAN, RITA, NORA, OTTO = (f"{who}@example.org" for who in ("dan", "rita", "nora", "otto"))
DANS, ORIGIN = new_p256(), "http://localhost:8000"
OTHERS = {who: key(who) for who in (RITA, NORA, OTTO)}
PROXY = "10.0.0.1"


def peopled(folder: Path) -> Path:
    """Dan has a passkey; Rita's key is revoked, Nora's begins tomorrow, Otto's ended yesterday."""
    made = project(folder, roles={"research": [CAROL, DAVE, DAN, *OTHERS], "senior-research": [EVE]},
                   origins=[ORIGIN, "http://localhost:9000"])  # fmt: skip
    blob = base64.b64encode(sk_ecdsa(DANS, "localhost")).decode()
    day = timedelta(days=1)
    lines = [
        signers.line(DAN, f"sk-ecdsa-sha2-nistp256@openssh.com {blob}"),
        signers.line(RITA, OTHERS[RITA].text),
        signers.line(NORA, OTHERS[NORA].text, valid_after=now() + day),
        signers.line(OTTO, OTHERS[OTTO].text, valid_before=now() - day),
    ]
    with (made / TRUST / "allowed_signers").open("a") as file:
        file.write("".join(lines))
    (made / TRUST / "revoked").write_text(f"{OTHERS[RITA].text}\n")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "people")
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A server that refuses everything: it stays as it was made."""
    here = tmp_path_factory.mktemp("attacked")
    with running(settings(here / "data", peopled(here / "loans"))) as asking:
        yield asking
        untouched(asking)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asking]:
    with running(settings(tmp_path / "data", peopled(tmp_path / "loans"))) as asking:
        yield asking


def untouched(ask: Asking) -> None:
    root = ask.server.projects[0].root
    assert not (root / ".trl4ml/reviews").exists()
    assert rows(ask.server.engine, "loans") == ()
    assert git(root, "status", "--porcelain") == ""


def refused(ask: Asking, one: Note, says: str, status: int = 422) -> None:
    answer = ask.post(one)
    assert (answer.status_code, says in answer.json()["says"]) == (status, True), answer.text


# --- keys, and passkeys


@pytest.mark.parametrize(
    ("who", "says"),
    [(RITA, "was revoked, which voids all that it signed"), (NORA, f"the key of {NORA} is not valid before"),
     (OTTO, f"the key of {OTTO} is valid only before")],
)  # fmt: skip
def test_a_key_that_may_not_sign_now(shared: Asking, who: str, says: str) -> None:
    refused(shared, shared.note(who, key=OTHERS[who]), says)


def by_passkey(ask: Asking, **how: Any) -> Note:
    """Dan's approval, signed as a page on this machine would have it, but for what is said."""
    made = ask.note(DAN, key=KEYS[CAROL]).payload
    given = {"host": "localhost", "origin": ORIGIN, "message": made, **how}
    return Note(made, passkey(DANS, **given))


PASSKEYS: dict[str, tuple[dict[str, Any], str]] = {
    "no PIN, finger or face": ({"flags": 0x01}, "did not verify the person"),
    "nobody present": ({"flags": 0x04}, "nobody present"),
    "on a page that is not listed": ({"origin": "http://localhost:6666"}, "is not on the list of pages"),
    "on a page of another host": ({"host": "evil.example", "key_host": "localhost"}, "does not fit"),
    "for another host": ({"host": "example.org"}, "is on no line of allowed_signers"),
    "to sign in": ({"namespace": "signin@trl4ml"}, "was made for 'signin@trl4ml'"),
    "to enrol": ({"namespace": "enrol@trl4ml"}, "was made for 'enrol@trl4ml'"),
    "inside another page": ({"said": lambda text: text.replace("false", "true")}, "inside a page of another site"),
    "with bytes after it": ({"after": b"\x00"}, "bytes left over at its end"),
}  # fmt: skip


@pytest.mark.parametrize("what", PASSKEYS)
def test_a_passkey_that_was_used_otherwise(shared: Asking, what: str) -> None:
    how, says = PASSKEYS[what]
    refused(shared, by_passkey(shared, **how), says)


def test_the_other_form_of_the_same_signature_is_no_second_note(ask: Asking) -> None:
    one = by_passkey(ask)
    twin = one._replace(
        signature=passkey(DANS, host="localhost", origin=ORIGIN, message=one.payload, twin=True)
    )
    assert ask.post(one).status_code == 201
    assert ask.post(twin).status_code == 200
    (stored,) = (ask.server.projects[0].root / ".trl4ml/reviews").glob("*/*")
    assert json.loads(stored.read_bytes()) == one.body
    assert len(rows(ask.server.engine, "loans")) == 1


# --- what a note says


def said(ask: Asking, by: Key = KEYS[CAROL], **changes: Any) -> Note:
    """Carol's approval with these keys of the predicate changed, rightly signed."""
    plain = json.loads(ask.note().payload)
    for name, value in changes.items():
        (plain if name in plain else plain["predicate"])[name] = value
    made = canonical(plain)
    return Note(made, by.sign(made))


UP = "../../../../tmp/pwned"
NAMES: dict[str, tuple[dict[str, Any], str]] = {
    "a reviewer": ({"reviewer": UP}, "predicate.reviewer"),
    "a project": ({"project": UP}, "predicate.project"),
    "a component": ({"component": UP}, "predicate.component"),
    "a role": ({"role": UP}, "predicate.role"),
    "the note before": ({"prev": UP}, "predicate.prev"),
    "a report": ({"subject": [{"name": "report.json", "digest": {"sha256": UP}}]}, "subject.0.digest"),
    "a homoglyph": ({"reviewer": "c\u0430rol@example.org"}, "predicate.reviewer"),
    "a full-width letter": ({"reviewer": "\uff43arol@example.org"}, "predicate.reviewer"),
    "capitals": ({"reviewer": "Carol@example.org"}, "as its reviewer, and the key is that of carol"),
    "a text turned round": ({"role": "research\u202e"}, "predicate.role"),
    "a key that nobody knows": ({"approvedBy": "everybody"}, "predicate.approvedBy"),
    "another predicate": ({"predicateType": "https://evil.example/v1"}, "predicateType"),
}  # fmt: skip


@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_is_none(shared: Asking, what: str) -> None:
    changes, says = NAMES[what]
    refused(shared, said(shared, **changes), says)
    assert not Path("/tmp/pwned").exists()


def test_a_manifest_outside_of_the_project_is_only_a_name(shared: Asking) -> None:
    plain = json.loads(shared.note().payload)["subject"]
    digest = {"sha256": "a" * 64}
    one = said(shared, subject=[*plain, {"name": "../../../etc/passwd", "digest": digest}])
    refused(shared, one, "manifest", 409)


def test_a_note_dated_before_the_one_it_follows(ask: Asking) -> None:
    first = ask.post(ask.note()).json()["digest"]
    late = ask.note(DAVE, prev=first, at=now() - timedelta(days=1))
    refused(ask, late, "is back-dated")
    assert ask.post(ask.note(DAVE, prev=first)).status_code == 201


def test_a_note_of_another_project_with_the_same_people(ask: Asking, tmp_path: Path) -> None:
    with running(settings(tmp_path / "other-data", project(tmp_path / "cars", "cars"))) as cars:
        one = cars.note()
        assert cars.post(one).status_code == 201
    refused(ask, one, "cars")
    untouched(ask)


def test_trust_that_was_changed_but_not_merged_makes_nobody_a_reviewer(ask: Asking) -> None:
    root, stranger = ask.server.projects[0].root, key("stranger")
    git(root, "switch", "-qc", "change")
    path = root / TRUST / "allowed_signers"
    path.write_text(path.read_text() + signers.line("sam@example.org", stranger.text))
    policy = json.loads((root / TRUST / "policy.yaml").read_text())
    policy["roles"]["research"].append("sam@example.org")
    (root / TRUST / "policy.yaml").write_text(json.dumps(policy))
    ask.server.projects[0].look()
    refused(
        ask, ask.note("sam@example.org", key=stranger), "is on no line of allowed_signers in main"
    )
    git(root, "commit", "-qam", "Sam may too")
    ask.server.projects[0].look()
    refused(
        ask, ask.note("sam@example.org", key=stranger), "is on no line of allowed_signers in main"
    )


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&javascript:alert(3)"


def test_a_script_in_a_comment_is_text_wherever_it_is_shown(ask: Asking) -> None:
    one = ask.server.projects[0]
    given: dict[str, Any] = {
        "decision": "approve-with-conditions",
        "reason": SCRIPT,
        "conditions": [SCRIPT],
    }
    answer = ask.post(ask.note(**given))
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/json"
    (one.root / "LICENSE").write_text("Another licence\n")
    git(one.root, "commit", "-qam", "evidence")
    ask.server.refreshing.soon()
    until = time.monotonic() + 30
    while "&#60;script&#62;alert(1" not in (page := ask("GET", "/reviews.html").text):
        assert time.monotonic() < until, page
        time.sleep(0.05)
    assert "stale" in ask("GET", "/queue").text
    for text in (
        page,
        ask("GET", "/queue").text,
        *(f.read_text() for f in ask.server.site.rglob("*.html")),
    ):
        assert "<script>alert" not in text and "<img src=x" not in text


# --- who asks


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}, {"origin": "null"},
     {"sec-fetch-site": "same-site", "origin": ORIGIN}, {"cookie": "trl4ml=x"}],
)  # fmt: skip
def test_a_note_that_another_site_has_a_browser_send(
    shared: Asking, headers: dict[str, str]
) -> None:
    answer = shared.post(shared.note(), headers=headers)
    assert answer.status_code == 403
    assert answer.json()["says"].startswith("this request came from another site")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_form_of_another_site_needs_no_headers_of_its_own_but_is_no_json(
    shared: Asking, kind: str
) -> None:
    one = json.dumps(shared.note().body)
    assert (
        shared("POST", "/api/notes", content=one, headers={"content-type": kind}).status_code == 415
    )


def test_the_session_of_a_cookie_that_was_planted_is_not_adopted(tmp_path: Path) -> None:
    wanted = settings(tmp_path / "data", project(tmp_path / "loans"), private=True)
    with running(wanted) as ask:
        planted = {"cookie": f"trl4ml={'a' * 43}", "sec-fetch-site": "same-origin"}
        asked = base64.b64decode(
            ask("POST", "/sign-in/challenge", json={}, headers=planted).json()["challenge"]
        )
        body = {"challenge": base64.b64encode(asked).decode(),
                "signature": KEYS[CAROL].sign(asked, sessions.NAMESPACE)}  # fmt: skip
        answer = ask("POST", "/sign-in", json=body, headers=planted)
        made = answer.headers["set-cookie"]
        assert answer.status_code == 200 and "a" * 43 not in made
        assert "httponly" in made.lower() and "samesite=lax" in made.lower()
        assert ask("GET", "/api/now", headers={"cookie": planted["cookie"]}).status_code == 401
        own = {"cookie": made.partition(";")[0]}
        assert ask("GET", "/api/now", headers=own).status_code == 200
        ask("POST", "/sign-out", headers={**own, "sec-fetch-site": "same-origin"})
        assert ask("GET", "/api/now", headers=own).status_code == 401, "the old id is worth nothing"


def test_a_challenge_to_sign_in_is_no_review_and_a_review_no_sign_in(tmp_path: Path) -> None:
    wanted = settings(tmp_path / "data", project(tmp_path / "loans"), private=True)
    with running(wanted) as ask:
        one = ask.note()
        body = {"challenge": base64.b64encode(one.payload).decode(), "signature": one.signature}
        assert ask("POST", "/sign-in", json=body).status_code == 422


@pytest.mark.parametrize("header", ["X-Forwarded-Email", "x-forwarded-email", "X_Forwarded_Email"])
def test_a_proxys_header_from_somebody_else(tmp_path: Path, header: str) -> None:
    wanted = settings(tmp_path / "data", project(tmp_path / "loans"), private=True,
                      proxy_header="X-Forwarded-Email", proxy_from=(PROXY,))  # fmt: skip
    with running(wanted) as ask:
        spoofed = {
            header: CAROL,
            "x-forwarded-for": PROXY,
            "x-real-ip": PROXY,
            "forwarded": f"for={PROXY}",
        }
        assert ask("GET", "/api/now", headers=spoofed).status_code == 401
        assert ask("GET", "/api/now", headers=spoofed, peer="127.0.0.1").status_code == 401


def test_the_rate_is_not_escaped_by_a_header(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    with running(settings(tmp_path / "data", root, rate=3)) as ask:
        one = ask.note(key=key("stranger"))
        told = [
            ask.post(one, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in range(5)
        ]
        assert told == [422, 422, 422, 429, 429]
        assert ask.post(one, peer="192.0.2.9").status_code == 422


# --- invitations


def test_an_invitation_that_is_used_or_over_gives_nothing(ask: Asking) -> None:
    new = Invitation("loans", "new@example.org", ("research",))
    old = invitations.invited(ask.server.engine, "", new, now() - timedelta(days=8))
    link = invitations.invited(ask.server.engine, "", new)

    def tried(path: str, by: Key) -> int:
        made = by.sign(invitations.proof(new, path.rpartition("/")[2]), invitations.NAMESPACE)
        return ask("POST", path, json={"signature": made}).status_code

    assert "This link does not work" in ask("GET", old).text
    assert tried(old, key("new")) == 404
    assert tried(link, key("new")) == 201
    assert tried(link, key("thief")) == 404
    assert [one.key for one in invitations.enrolled(ask.server.engine, "loans")] == [
        key("new").blob
    ]


def test_of_many_who_use_one_link_at_once_one_is_enrolled(ask: Asking) -> None:
    new = Invitation("loans", "new@example.org", ("research",))
    link = invitations.invited(ask.server.engine, "", new)
    proof = invitations.proof(new, link.rpartition("/")[2])
    made = [{"signature": key(f"new {n}").sign(proof, invitations.NAMESPACE)} for n in range(10)]
    told = ask.many([("POST", link, {"json": one}) for one in made])
    assert sorted(one.status_code for one in told) == [201] + [404] * 9
    assert len(invitations.enrolled(ask.server.engine, "loans")) == 1


# --- bytes


def test_a_body_that_never_ends(shared: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 0.1)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    answer = shared(
        "POST", "/api/notes", content=drops(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 408
    assert "took longer than" in answer.json()["says"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    here = tmp_path_factory.mktemp("raw")
    made = Live(project(here / "loans"), here / "data").start()
    yield made
    assert made.ask("GET", "/healthz").body == {"well": True}
    assert not (made.project / ".trl4ml/reviews").exists()
    said = made.end()
    assert "Traceback" not in said and "Error" not in said


JSON = "Content-Type: application/json\r\n"
POST = f"POST /api/notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{JSON}"
RAW: dict[str, tuple[str, set[int]]] = {
    "more than it says": (f"{POST}Content-Length: 2\r\n\r\n{{}}POST /x", {422, 400}),
    "a length below nothing": (f"{POST}Content-Length: -1\r\n\r\n", {400, 413}),
    "a length that is no number": (f"{POST}Content-Length: 0x10\r\n\r\n", {400, 413}),
    "two lengths": (f"{POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}", {400}),
    "a length and chunks": (f"{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400, 422}),
    "a length too great": (f"{POST}Content-Length: 99999999999\r\n\r\n", {413}),
    "a length beyond words": (f"{POST}Content-Length: {'9' * 400}\r\n\r\n", {400, 413}),
    "chunks without end": (f"{POST}Transfer-Encoding: chunked\r\n\r\n" + f"10000\r\n{' ' * 65536}\r\n" * 6, {413}),
    "no host": ("GET /api/now HTTP/1.1\r\nConnection: close\r\n\r\n", {400, 421}),
    "two hosts": ("GET /api/now HTTP/1.1\r\nHost: x\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {400, 421}),
    "another host": ("GET /queue HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
    "another host in the path": ("GET http://evil.example/queue HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
    "up": ("GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "up, written otherwise": ("GET /%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "up, twice written otherwise": ("GET /%252e%252e/trl4ml.yaml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "the server's own index": ("GET /../index.sqlite3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "the root of the disk": ("GET //etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "nothing in a name": ("GET /%00.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "a name too long": (f"GET /{'a' * 5000} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "a name that is no UTF-8": ("GET /%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "a method that is none": ("BREW /api/notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 405}),
    "TRACE": ("TRACE /api/now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {405}),
    "a script in the path": ("GET /<script>alert(1)</script> HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
    "no HTTP": ("\x16\x03\x01 hello\r\n\r\n", {400}),
}  # fmt: skip


@pytest.mark.parametrize("what", RAW)
def test_bytes_that_no_browser_sends(live: Live, what: str) -> None:
    sent, statuses = RAW[what]
    answer = live.raw(sent.encode("latin-1"))
    assert answer.status in statuses, answer
    assert "root:" not in str(answer.body) and "<script>" not in str(answer.body)


def test_who_sends_half_and_goes_or_never_sends_keeps_nobody_else_waiting(live: Live) -> None:
    whole = posted(Note(b"{}" * 200, "x")).replace(
        b"Host: x", f"Host: localhost:{live.port}".encode()
    )
    with ExitStack() as open_:
        for number in range(300):
            one = socket.create_connection(("127.0.0.1", live.port))
            one.sendall(whole[: number % len(whole)])
            if number % 2:
                open_.enter_context(one)
            else:
                one.close()
        began = time.monotonic()
        assert live.ask("GET", "/api/now").status == 200
        assert time.monotonic() - began < 5


def test_a_ledger_that_leads_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    with running(settings(tmp_path / "data", peopled(tmp_path / "loans"))) as ask:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (ask.server.projects[0].root / ".trl4ml/reviews").symlink_to(elsewhere)
        answer = ask.post(ask.note())
        assert answer.status_code == 503
        assert list(elsewhere.iterdir()) == []


def test_a_forged_file_in_the_place_of_a_note_is_not_acknowledged_in_its_stead(ask: Asking) -> None:
    root, one = ask.server.projects[0].root, ask.note()
    path = root / ask.server.projects[0].ledger.path_of(one.payload)
    path.parent.mkdir(parents=True)
    forged = one._replace(signature=key("stranger").sign(one.payload))
    path.write_text(json.dumps(forged.body, separators=(",", ":")) + "\n")
    for _ in range(2):
        answer = ask.post(one)
        assert answer.status_code not in (200, 201), answer.text
        ask.server.projects[0].look()
    path.unlink()
    ask.server.projects[0].look()
    assert ask.post(one).status_code == 201
