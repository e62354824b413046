"""Who reads what: private pages, signing in, invitations, proxies, several projects."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import git
from tests.ledger.forging import new_p256, passkey, sk_ecdsa
from tests.ledger.writing import CAROL, EVE, KEYS, key
from tests.server.made import TRUST, Asking, project, running, settings
from trl4ml import inviting
from trl4ml.errors import WrongInput
from trl4ml.ledger import signers, sshsig
from trl4ml.ledger.wire import string
from trl4ml.reviews import reviewing
from trl4ml.server import invitations
from trl4ml.server.clock import now
from trl4ml.server.invitations import Invitation
from trl4ml.server.setup import set_up

PROXY = "10.0.0.1"
DAN = "dan@example.org"
DANS = new_p256()
HOST, ORIGIN = "localhost", "http://localhost:8000"


def with_dan(root: Path) -> Path:
    """Dan signs with a passkey."""
    blob = base64.b64encode(sk_ecdsa(DANS, HOST)).decode()
    with (root / TRUST / "allowed_signers").open("a") as file:
        file.write(signers.line(DAN, f"sk-ecdsa-sha2-nistp256@openssh.com {blob}"))
    git(root, "commit", "-qam", "Dan's passkey")
    return root


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    here = tmp_path_factory.mktemp("private")
    wanted = settings(
        here / "data", with_dan(project(here / "loans")), private=True,
        proxy_header="X-Forwarded-Email", proxy_from=(PROXY,),
    )  # fmt: skip
    with running(wanted) as asking:
        yield asking


def cookie(answer: httpx.Response) -> dict[str, str]:
    return {
        "cookie": answer.headers["set-cookie"].partition(";")[0],
        "sec-fetch-site": "same-origin",
    }


def challenge(ask: Asking) -> bytes:
    given = ask("POST", "/sign-in/challenge", json={}).json()["challenge"]
    return base64.b64decode(given)


def sign_in(ask: Asking, signature: str, asked: bytes) -> httpx.Response:
    body = {"challenge": base64.b64encode(asked).decode(), "signature": signature}
    return ask("POST", "/sign-in", json=body, peer=f"192.0.2.{next(PEERS)}")


PEERS = iter(range(1, 250))


# --- private pages


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/items.html", "/queue", "/nowhere.html", "/%2e%2e/x.html"]
)
def test_who_has_not_signed_in_is_sent_to_where_that_is_done(private: Asking, path: str) -> None:
    answer = private("GET", path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    "path", ["/api/now", "/audit.json", "/data/items.csv", "/style.css", "/data/report.json"]
)
def test_and_gets_no_data_either(private: Asking, path: str) -> None:
    answer = private("GET", path)
    assert (answer.status_code, answer.json()) == (401, {"says": "sign in first"})


def test_nor_is_a_note_taken(private: Asking) -> None:
    assert private.post(private.note()).status_code == 401


@pytest.mark.parametrize(
    "name", ["style.css", "sshsig.js", "passkey.js", "sign-in.js", "enrol-link.js", "icon.svg"]
)
def test_what_the_page_for_signing_in_needs_is_there_for_everybody(
    private: Asking, name: str
) -> None:
    assert private("GET", f"/-/{name}").status_code == 200


@pytest.mark.parametrize("name", ["sign.js", "queue.html.j2", "%2e%2e%2fsite%2fsign.js"])
def test_and_nothing_else_is(private: Asking, name: str) -> None:
    assert private("GET", f"/-/{name}").status_code in (401, 404)


# --- signing in


def test_a_key_that_the_project_trusts_signs_in(private: Asking) -> None:
    asked = challenge(private)
    answer = sign_in(private, KEYS[CAROL].sign(asked, "signin@trl4ml"), asked)
    assert (answer.status_code, answer.json()) == (200, {"next": "/queue"})
    set_cookie = answer.headers["set-cookie"]
    assert set_cookie.startswith("trl4ml=")
    for part in ("HttpOnly", "Path=/", "SameSite=lax", "Max-Age=28800"):
        assert part in set_cookie
    assert "Secure" not in set_cookie, "on this machine there is no https"
    page = private("GET", "/queue", headers=cookie(answer))
    assert CAROL in page.text
    assert private("GET", "/", headers=cookie(answer)).status_code == 200
    assert private("GET", "/data/items.csv", headers=cookie(answer)).status_code == 200
    out = private("POST", "/sign-out", headers=cookie(answer))
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert private("GET", "/data/items.csv", headers=cookie(answer)).status_code == 401


@pytest.mark.parametrize("blank", [True, False], ids=["which key it was is not told", "it is"])
def test_a_passkey_signs_in(private: Asking, blank: bool) -> None:
    asked = challenge(private)
    made = passkey(DANS, host=HOST, origin=ORIGIN, message=asked, namespace="signin@trl4ml")
    parsed = sshsig.parsed(made)
    if blank:
        made = sshsig.assembled(b"", "signin@trl4ml", parsed.signature)
    answer = sign_in(private, made, asked)
    assert answer.status_code == 200, answer.text
    assert DAN in private("GET", "/queue", headers=cookie(answer)).text


def bad(asked: bytes) -> dict[str, str]:
    at = {"host": HOST, "message": asked, "namespace": "signin@trl4ml"}
    more: dict[str, Any] = at
    return {
        "a stranger's key": key("stranger").sign(asked, "signin@trl4ml"),
        "a signature for a note": KEYS[CAROL].sign(asked),
        "a signature of something else": KEYS[CAROL].sign(b"else", "signin@trl4ml"),
        "a stranger's passkey": passkey(new_p256(), origin=ORIGIN, **more),
        "another page": passkey(DANS, origin="http://localhost:9999", **more),
        "nobody verified": passkey(DANS, origin=ORIGIN, flags=0x01, **more),
        "no signature": "x",
        "an empty key": sshsig.assembled(
            b"", "signin@trl4ml", string(b"ssh-ed25519") + string(b"x" * 64)
        ),
    }


@pytest.mark.parametrize("what", list(bad(b"")))
def test_nobody_else_does(private: Asking, what: str) -> None:
    asked = challenge(private)
    answer = sign_in(private, bad(asked)[what], asked)
    assert answer.status_code in (403, 422)
    assert "set-cookie" not in answer.headers


def test_an_answer_is_used_once(private: Asking) -> None:
    asked = challenge(private)
    made = KEYS[CAROL].sign(asked, "signin@trl4ml")
    assert sign_in(private, made, asked).status_code == 200
    again = sign_in(private, made, asked)
    assert (again.status_code, again.json()["says"]) == (422, "this attempt is over; try again")
    own = b'{"for":"signin@trl4ml"}'
    assert sign_in(private, KEYS[CAROL].sign(own, "signin@trl4ml"), own).status_code == 422


def test_attempts_to_sign_in_are_counted(private: Asking) -> None:
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/sign-in/challenge", {"json": {}})
    ] * 65
    assert [answer.status_code for answer in private.many(asked, "198.51.100.1")].count(429) == 5


def test_a_session_ends_with_its_key(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    with running(settings(tmp_path / "data", root, private=True)) as ask:
        asked = challenge(ask)
        held = cookie(sign_in(ask, KEYS[EVE].sign(asked, "signin@trl4ml"), asked))
        assert ask("GET", "/data/items.csv", headers=held).status_code == 200
        (root / TRUST / "revoked").write_text(f"{KEYS[EVE].text}\n")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "Eve's key is revoked")
        ask.server.projects[0].look()
        assert ask("GET", "/data/items.csv", headers=held).status_code == 404
        assert (
            "There is no project here that you may read" in ask("GET", "/queue", headers=held).text
        )


def test_with_https_the_cookie_is_for_this_host_and_https_alone(tmp_path: Path) -> None:
    wanted = settings(tmp_path / "data", project(tmp_path / "loans"), private=True,
                      origin="https://reviews.example.org")  # fmt: skip
    with running(wanted) as ask:
        asked = challenge(ask)
        answer = sign_in(ask, KEYS[CAROL].sign(asked, "signin@trl4ml"), asked)
        assert answer.headers["set-cookie"].startswith("__Host-trl4ml=")
        assert "; Secure" in answer.headers["set-cookie"]


def test_where_pages_are_open_nobody_signs_in(tmp_path: Path) -> None:
    with running(settings(tmp_path / "data", project(tmp_path / "loans"))) as ask:
        assert ask("GET", "/sign-in").status_code == 404
        assert ask("POST", "/sign-in/challenge", json={}).status_code == 405


# --- a proxy that says who it is


def test_a_listed_proxy_says_who_is_asking(private: Asking) -> None:
    said = {"x-forwarded-email": "someone@example.org"}
    assert private("GET", "/data/items.csv", headers=said, peer=PROXY).status_code == 200
    assert "someone@example.org" in private("GET", "/queue", headers=said, peer=PROXY).text


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.2", "::ffff:10.0.0.1"])
def test_nobody_else_is_believed(private: Asking, peer: str) -> None:
    said = {"x-forwarded-email": CAROL}
    assert private("GET", "/data/items.csv", headers=said, peer=peer).status_code == 401


@pytest.mark.parametrize(
    "said", [[("x-forwarded-email", CAROL), ("x-forwarded-email", EVE)], [("x-forwarded-email", "")],
             [("x-forwarded-email", "<b>")], [("x-forwarded-email", f"{CAROL}, {EVE}")]],
)  # fmt: skip
def test_a_proxy_that_is_not_clear_is_refused(private: Asking, said: list[tuple[str, str]]) -> None:
    answer = private("GET", "/data/items.csv", headers=said, peer=PROXY)
    assert (answer.status_code, answer.json()) == (
        400,
        {"says": "the proxy does not say clearly who you are"},
    )


def test_a_proxy_that_says_nobody_leaves_the_pages_closed(private: Asking) -> None:
    assert private("GET", "/data/items.csv", peer=PROXY).status_code == 401


def test_who_a_proxy_names_still_signs_what_counts(private: Asking) -> None:
    said = {"x-forwarded-email": CAROL}
    answer = private(
        "POST", "/api/notes", json=private.note(key=key("stranger")).body, headers=said, peer=PROXY
    )
    assert answer.status_code == 422


# --- invitations


def invite(ask: Asking, *roles: str) -> str:
    link = invitations.invited(
        ask.server.engine, ORIGIN, Invitation("loans", "new@example.org", roles)
    )
    return link.removeprefix(ORIGIN)


def proof_of(ask: Asking, path: str) -> bytes:
    text = ask("GET", path).text
    return base64.b64decode(text.partition('data-proof="')[2].partition('"')[0])


def test_an_invitation_gives_a_line_that_a_maintainer_merges(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    with running(settings(tmp_path / "data", root)) as ask:
        path, private_key = invite(ask, "research"), new_p256()
        assert "new@example.org" in ask("GET", path).text
        made = passkey(
            private_key,
            host=HOST,
            origin=ORIGIN,
            message=proof_of(ask, path),
            namespace="enrol@trl4ml",
        )
        answer = ask("POST", path, json={"signature": made})
        assert answer.status_code == 201, answer.text
        told = answer.json()
        (parsed,) = signers.parsed(told["line"], "the line")
        assert (parsed.principal, parsed.key) == ("new@example.org", sk_ecdsa(private_key, HOST))
        assert told["command"].endswith(" --role research")
        again = ask("POST", path, json={"signature": made})
        assert (again.status_code, again.json()) == (
            404, {"says": "this link is not known, was used, or is over; ask for a new one"},
        )  # fmt: skip
        assert "This link does not work" in ask("GET", path).text
        assert (root / TRUST / "allowed_signers").read_text().count("\n") == 3, (
            "nothing is trusted yet"
        )
        assert "new@example.org" in ask("GET", "/queue").text
        with (root / TRUST / "allowed_signers").open("a") as file:
            file.write(told["line"])
        git(root, "commit", "-qam", "merged")
        ask.server.projects[0].look()
        assert "new@example.org" not in ask("GET", "/queue").text


def test_a_key_whose_invitation_is_withdrawn_waits_no_more(tmp_path: Path) -> None:
    root, data = project(tmp_path / "loans"), tmp_path / "data"
    with running(settings(data, root)) as ask:
        path, late = invite(ask), invite(ask)
        signed = key("new").sign(proof_of(ask, path), "enrol@trl4ml")
        assert ask("POST", path, json={"signature": signed}).status_code == 201
        assert "trl4ml reviewers withdraw" in ask("GET", "/queue").text
        gone = inviting.withdrawn(inviting.At(root, data), "new@example.org", now())
        assert {one.standing.split(" on ")[0].split(" until ")[0] for one in gone} == {
            "enrolled a key", "open",
        }  # fmt: skip
        assert "new@example.org" not in ask("GET", "/queue").text
        assert "This link does not work" in ask("GET", late).text
        with pytest.raises(WrongInput, match="no invitation is of this person, or has this id"):
            inviting.withdrawn(inviting.At(root, data), "new@example.org", now())


def test_a_file_key_enrols_too(tmp_path: Path) -> None:
    with running(settings(tmp_path / "data", project(tmp_path / "loans"))) as ask:
        path = invite(ask)
        made = key("new").sign(proof_of(ask, path), "enrol@trl4ml")
        assert (
            ask("POST", path, json={"signature": made})
            .json()["line"]
            .startswith("new@example.org ")
        )


def test_without_the_key_nobody_enrols(private: Asking) -> None:
    path = invite(private)
    proof = proof_of(private, path)
    other = proof_of(private, invite(private))
    for signature in (
        "x", key("new").sign(proof, "signoff@trl4ml"), key("new").sign(other, "enrol@trl4ml"),
        passkey(DANS, host=HOST, origin="http://evil.example", message=proof, namespace="enrol@trl4ml"),
        passkey(DANS, host=HOST, origin=ORIGIN, message=proof, namespace="enrol@trl4ml", flags=0x01),
    ):  # fmt: skip
        assert private("POST", path, json={"signature": signature}).status_code == 422
    assert private("GET", path).text.count("new@example.org"), "the link still works"


@pytest.mark.parametrize("token", ["x", "x" * 43, "%27%20OR%201", "a" * 5000])
def test_a_link_that_nobody_made_leads_nowhere(private: Asking, token: str) -> None:
    assert "This link does not work" in private("GET", f"/enrol/{token}").text
    answer = private(
        "POST", f"/enrol/{token}", json={"signature": "x"}, peer=f"203.0.113.{next(PEERS)}"
    )
    assert answer.status_code == 404


def test_no_secret_is_in_the_log(private: Asking) -> None:
    path = invite(private)
    proof = proof_of(private, path)
    answer = private("POST", path, json={"signature": key("other").sign(proof, "enrol@trl4ml")})
    assert answer.status_code == 201
    asked = challenge(private)
    signed = sign_in(private, KEYS[CAROL].sign(asked, "signin@trl4ml"), asked)
    log = (private.server.settings.data / "audit.jsonl").read_text()
    assert {"enrolled", "signed in"} <= {json.loads(line)["event"] for line in log.splitlines()}
    session = signed.headers["set-cookie"].partition("=")[2].partition(";")[0]
    for secret in (path.rpartition("/")[2], session):
        assert secret not in log


# --- several projects


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Two private projects; Dan is known in one of them."""
    here = tmp_path_factory.mktemp("two")
    roots = (with_dan(project(here / "a", "alpha")), project(here / "b", "beta"))
    with running(settings(here / "data", *roots, private=True)) as asking:
        yield asking


def as_dan(ask: Asking) -> dict[str, str]:
    asked = challenge(ask)
    made = passkey(DANS, host=HOST, origin=ORIGIN, message=asked, namespace="signin@trl4ml")
    return cookie(sign_in(ask, made, asked))


def test_each_reads_the_projects_that_know_the_key(two: Asking) -> None:
    held = as_dan(two)
    statuses = {
        path: two("GET", path, headers=held).status_code
        for path in ("/alpha/index.html", "/alpha/api/now", "/style.css", "/beta/index.html", "/beta/data/items.csv",
                     "/beta/api/now", "/", "/index.html", "/alpha/%2e%2e/beta/data/items.csv", "//beta/data/items.csv",
                     "/beta")
    }  # fmt: skip
    assert statuses == {
        "/alpha/index.html": 200, "/alpha/api/now": 200, "/style.css": 200, "/beta/index.html": 404,
        "/beta/data/items.csv": 404, "/beta/api/now": 404, "/": 404, "/index.html": 404,
        "/alpha/%2e%2e/beta/data/items.csv": 404, "//beta/data/items.csv": 404, "/beta": 404,
    }  # fmt: skip
    queue = two("GET", "/queue", headers=held).text
    assert "alpha" in queue
    assert "beta" not in queue


def test_a_project_that_one_may_not_read_is_as_one_that_is_not_there(two: Asking) -> None:
    held = as_dan(two)
    for headers in ({}, held):
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            for path in ("api/now", "api/notes", "index.html", "data/items.csv", "", "x/"):
                there, nowhere = (
                    two(method, f"/{name}/{path}", headers=headers) for name in ("beta", "nowhere")
                )
                assert there.status_code == nowhere.status_code
                assert there.content == nowhere.content
                assert there.headers.items() == nowhere.headers.items()


def test_what_breaks_a_look_at_one_project_hides_no_other(
    two: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, beta = two.server.projects
    was, real = beta.reviews, reviewing.of

    def of(root: Path, **given: Any) -> reviewing.Reviews:
        if root == alpha.root:
            raise KeyError("a fault of ours")
        return real(root, **given)

    with monkeypatch.context() as patched:
        patched.setattr(reviewing, "of", of)
        two.server.refreshing._again()
    assert alpha.problem == "KeyError: 'a fault of ours'"
    assert beta.reviews is not was
    alpha.look()
    assert alpha.problem == ""


def test_what_is_wrong_with_the_pages_of_others_is_not_shown(
    two: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two.server.refreshing, "problem", "beta: its trl4ml.yaml is broken")
    assert "beta" not in two("GET", "/queue", headers=as_dan(two)).text


def test_a_note_goes_to_the_project_that_it_names(two: Asking) -> None:
    asked = challenge(two)
    held = cookie(sign_in(two, KEYS[CAROL].sign(asked, "signin@trl4ml"), asked))
    alpha = two.note()
    wrong = two("POST", "/beta/api/notes", json=alpha.body, headers=held)
    assert wrong.status_code == 422
    assert "is about the project alpha, not beta" in wrong.json()["says"]
    assert two("POST", "/alpha/api/notes", json=alpha.body, headers=held).status_code == 201


@pytest.mark.parametrize(
    ("names", "says"), [(("queue", "other"), "queue is an address of the server's own; rename the project"),
                        (("same", "same"), "same is the name of two projects")],
)  # fmt: skip
def test_names_that_clash_are_refused(tmp_path: Path, names: tuple[str, str], says: str) -> None:
    roots = [project(tmp_path / str(n), name) for n, name in enumerate(names)]
    with pytest.raises(WrongInput, match=says):
        set_up(settings(tmp_path / "data", *roots))
