"""`trl4ml serve` as it is run: what it refuses to be, and a process that starts and ends."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.conftest import Run, git
from tests.ledger.writing import CAROL, DAVE
from tests.server.made import TRUST, note, project, running, settings
from trl4ml import inviting, serving
from trl4ml.errors import WrongInput
from trl4ml.reviews import reviewing
from trl4ml.server import committing
from trl4ml.server.settings import Settings, checked
from trl4ml.server.setup import notices

pytestmark = pytest.mark.slow

HERE = Settings((), Path("/data"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"host": "0.0.0.0"}, "--host 0.0.0.0: others could listen in, and passkeys need https; put a proxy "
         "with TLS before it and name its address with --origin https://…"),
        ({"host": "::"}, "--host ::: others could listen in"),
        ({"socket": Path("/run/x")}, "--socket: name the address of the proxy with --origin"),
        ({"origin": "http://reviews.example.org"}, "write it as https://reviews.example.org, without a path"),
        ({"origin": "https://reviews.example.org/"}, "without a path"),
        ({"proxy_header": "X-User"}, "--proxy-header: anybody could send it; name the proxy with --proxy-from"),
        ({"proxy_header": "X User", "proxy_from": ("10.0.0.1",)}, "is no name of a header"),
        ({"proxy_from": ("everybody",)}, "--proxy-from everybody: is neither an IP address nor unix"),
        ({"git_author": "Carol"}, "--git-author Carol: write it as Name <name@example.org>"),
        ({"git_author": "A\nB <a@b>"}, "write it as Name"),
        ({"git_author": ". <a@b>"}, "write it as Name"),
        ({"projects": (Path("/loans"),), "database": "sqlite:////loans/x/../i.db"},
         "--database sqlite:////loans/x/../i.db: lies in a project; name a file outside of it"),
        ({"origin": "https://reviews.example.org:443"}, "leave out :443, as browsers do"),
    ],
)  # fmt: skip
def test_a_setting_that_is_not_safe_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(WrongInput) as refused:
        checked(HERE._replace(**given))  # type: ignore[arg-type]
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [{}, {"host": "::1"}, {"host": "localhost"},
     {"host": "0.0.0.0", "origin": "https://reviews.example.org"},
     {"socket": Path("/run/x"), "origin": "https://reviews.example.org:8443"},
     {"proxy_header": "X-Forwarded-Email", "proxy_from": ("unix", "::1")}],
)  # fmt: skip
def test_what_is_safe_is_taken(given: dict[str, object]) -> None:
    wanted = HERE._replace(**given)  # type: ignore[arg-type]
    assert checked(wanted) == wanted


def test_addresses_are_compared_in_one_form() -> None:
    given = ("10.0.0.1", "0:0:0:0:0:0:0:1", "unix")
    assert checked(HERE._replace(proxy_from=given)).proxy_from == ("10.0.0.1", "::1", "unix")


def test_what_cannot_be_served_is_one_sentence(trl4ml: Run, tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    empty = tmp_path / "empty"
    empty.mkdir()
    taken = socket.create_server(("127.0.0.1", 0))
    port = str(taken.getsockname()[1])
    bare = project(tmp_path / "bare")
    git(bare, "rm", "-rq", TRUST)
    git(bare, "commit", "-qm", "no reviews")
    data = ("--data", tmp_path / "data")
    for arguments, says in [
        ((empty, *data), "trl4ml.yaml: there is no such file; make one with: trl4ml init"),
        ((root, "--data", root / "data"), "lies in the project"),
        ((root, *data, "--port", port), f"--port {port}: Address already in use; name another"),
        ((root, *data, "--refresh", "inf"), "--refresh"),
    ]:
        done = trl4ml("serve", *arguments)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    taken.close()
    for wanted, says in [
        (here(bare), "no reviews are in force; begin with: trl4ml reviewers add"),
        (here(root)._replace(base="nowhere"), "--base nowhere"),
        (here(root)._replace(database="mysql://x"), "give sqlite:///FILE or postgresql"),
    ]:
        with pytest.raises(WrongInput) as refused, serving.opened(wanted) as opened:
            serving.ready(opened, lambda _: None)
        assert says in str(refused.value)


def here(root: Path) -> serving.Wanted:
    """Served on any free port, with a folder beside the project."""
    return serving.Wanted(
        (root,), root.with_name("data"), "127.0.0.1", 0, None, "", "", "A <a@b>", False, "", (), False, None, None, 30, 1
    )  # fmt: skip


@contextmanager
def served(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trl4ml", "serve", *map(str, arguments), "--port", "0"],
        stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert process.stderr
    try:
        line = next(line for line in process.stderr if "until Ctrl-C" in line)
        yield process, line.partition(" ")[0].rstrip("/")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_it_serves_takes_a_note_commits_it_and_ends(
    tmp_path: Path, how: signal.Signals, code: int
) -> None:
    root = project(tmp_path / "loans")
    with served(root, "--data", tmp_path / "data") as (process, address):
        assert re.fullmatch(r"http://localhost:\d+", address)
        with httpx.Client(base_url=address) as client:
            assert "<h1" in client.get("/").text
            assert client.get("/healthz").json() == {"well": True}
            answer = client.post("/api/notes", json=note(reviewing.of(root)).body)
            assert answer.status_code == 201
            assert client.get("/queue").text.count("1 of 1 notes count") == 1
            assert "server" not in client.get("/").headers
        process.send_signal(how)
        assert process.wait(20) == code
    assert git(root, "log", "-1", "--format=%an: %s") == "trl4ml serve: Reviews: 1 note"
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_what_was_accepted_and_is_gone_is_said_at_the_start(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    with served(root, "--data", tmp_path / "data", "--no-commit") as (_, address):
        path = httpx.post(f"{address}/api/notes", json=note(reviewing.of(root)).body).json()["path"]
    (root / path).unlink()
    process = subprocess.Popen(
        [sys.executable, "-m", "trl4ml", "serve", root, "--data", tmp_path / "data", "--port", "0"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    first = next(iter(process.stderr))
    process.kill()
    process.wait()
    process.stderr.close()
    assert first.startswith(f"{path}: was accepted at ")


def test_two_servers_do_not_share_a_folder(trl4ml: Run, tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    with served(root, "--data", tmp_path / "data"):
        done = trl4ml("serve", root, "--data", tmp_path / "data", "--port", "0")
        assert done.returncode == 2
        assert "another server works with this folder; stop it, or name another" in done.stderr


def test_a_unix_socket_is_for_its_owner_and_group(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    path = tmp_path / "socket"
    origin = "https://reviews.example.org"
    more = (
        "--socket",
        path,
        "--origin",
        origin,
        "--private",
        "--proxy-header",
        "X-User",
        "--proxy-from",
        "unix",
    )
    with served(root, "--data", tmp_path / "data", *more) as (_, address):
        assert address == origin
        assert path.stat().st_mode & 0o777 == 0o660
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://reviews.example.org") as client:
            assert client.get("/data/items.csv").status_code == 401
            assert client.get("/data/items.csv", headers={"X-User": CAROL}).status_code == 200


def test_an_invitation_is_written_to_the_servers_database(tmp_path: Path) -> None:
    root = project(tmp_path / "loans")
    data = tmp_path / "data"
    at = inviting.At(root, data)
    with pytest.raises(WrongInput, match="no server has run with this folder"):
        inviting.invited(at, CAROL, ())
    with served(root, "--data", data) as (_, address):
        for origin in ("", address):
            link = inviting.invited(at, CAROL, ("research",), origin)
            assert link.startswith(f"{address}/enrol/")
            assert CAROL in httpx.get(link).text
    for odd in ("javascript:x", "https://x/", "http://reviews.example.org"):
        with pytest.raises(WrongInput, match=r"write it as https://reviews.example.org, without a"):
            inviting.invited(at, CAROL, ("research",), odd)
    (data / "address").unlink()
    with pytest.raises(WrongInput, match="does not say where the server is reached; name it with"):
        inviting.invited(at, CAROL, ("research",))
    with contextlib.closing(sqlite3.connect(data / "index.sqlite3")) as other:
        other.execute("CREATE TRIGGER x BEFORE INSERT ON trl4ml_invitations "
                      "BEGIN SELECT RAISE(ABORT, 'no'); END")  # fmt: skip
    with pytest.raises(WrongInput, match=r"^--database: no; see that it runs, and that this user"):
        inviting.invited(at, CAROL, ("research",), address)


def test_invitations_are_listed_and_taken_back(tmp_path: Path, trl4ml: Run) -> None:
    root, data = project(tmp_path / "loans"), tmp_path / "data"
    data.mkdir()

    def ask(*words: str) -> tuple[int, str, str]:
        done = trl4ml("reviewers", *words, "--project", root, "--data", data)
        return done.returncode, done.stdout, done.stderr

    none = "nobody is invited; invite somebody with: trl4ml reviewers invite WHO --role ROLE\n"
    assert ask("invitations") == (0, "", none)
    link = ("invite", CAROL, "--role", "research", "--origin", "https://r.example.org")
    assert ask(*link)[0] == ask(*link)[0] == ask("invite", DAVE, *link[2:])[0] == 0
    head, *rows = ask("invitations")[1].splitlines()
    until = f"research  open until {datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
    assert head.split() == ["ID", "WHO", "AS", "STANDING"]
    assert sorted(" ".join(row.split()[1:2]) for row in rows) == [CAROL, CAROL, DAVE]
    assert all(row.endswith(until) for row in rows)
    mine = [row.split()[0] for row in rows if CAROL in row]
    code, out, _ = ask("withdraw", mine[0])
    assert (code, out) == (0, f"withdrawn: {mine[0]}  {CAROL}  {until}\n")
    left = json.loads(ask("invitations", "--format", "json")[1])
    assert {one["id"] for one in left} == {row.split()[0] for row in rows} - {mine[0]}
    assert ask("withdraw", CAROL)[1].startswith(f"withdrawn: {mine[1]}  ")
    assert ask("withdraw", "dav@example.org") == (
        2, "", "trl4ml: dav@example.org: no invitation is of this person, or has this id; did you "
        f"mean '{DAVE}'?; see them with: trl4ml reviewers invitations\n",
    )  # fmt: skip


def test_who_has_no_home_names_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(WrongInput, match="--data: this user has no home folder; name a folder"):
        serving.folder(None)
    assert serving.folder(tmp_path) == tmp_path.resolve()


def no_home(_: Path) -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_what_a_person_should_know_is_said_at_the_start(tmp_path: Path) -> None:
    origin = "https://reviews.example.org"
    local = settings(tmp_path / "data", project(tmp_path / "one", "one", origins=[origin]))
    with running(local) as ask:
        one = ask.server.projects
        assert ask.server.notices == (
            "one: passkeys that sign at http://localhost:8000 do not count; add it to origins in "
            ".trl4ml/trust/policy.yaml",
        )
    away = local._replace(origin=origin, commit=True)
    assert list(notices(away, one)) == [
        "--origin: the proxy asks for everybody, and --rate counts all as one; name the proxy with "
        "--proxy-from"
    ]
    proxied = away._replace(proxy_header="X-User", proxy_from=("unix",))
    assert list(notices(proxied, one)) == [
        "--proxy-header: does nothing without --private; everybody may read the pages"
    ]
    assert list(notices(proxied._replace(private=True), one)) == []


def test_a_folder_in_which_everybody_may_write_is_not_the_servers_own(tmp_path: Path) -> None:
    (tmp_path / "trl4ml.yaml").write_text("")
    loose = tmp_path.parent / f"{tmp_path.name}-loose"
    loose.mkdir()
    loose.chmod(0o777)
    wanted = serving.Wanted(
        (tmp_path,), loose, "127.0.0.1", 0, None, "", "", "A <a@b>", False, "", (), False, None, None, 30, 1
    )  # fmt: skip
    with pytest.raises(
        WrongInput, match="everybody on this machine may write there; chmod o-w, or"
    ):
        serving.opened(wanted).__enter__()


def test_a_project_in_which_the_server_may_not_write_is_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "one", "one")
    monkeypatch.setattr(os, "access", lambda path, _: path != root / ".trl4ml")
    with running(settings(tmp_path / "data", root)) as ask:
        (says,) = ask.server.notices
    assert (
        says == f"one: no note can be stored; give this user the right to write in {root}/.trl4ml"
    )


def test_what_git_does_not_let_us_commit_is_said_at_the_start(tmp_path: Path) -> None:
    one = project(tmp_path / "one", "one")
    git(one, "symbolic-ref", "HEAD", "refs/heads/new")
    with running(settings(tmp_path / "data", one, commit=True, base="main")) as ask:
        (says,) = ask.server.notices
        assert ask.server.committing is None
    assert says.startswith("one: accepted notes are stored, not committed (git rev-parse: fatal: ")


def test_a_repository_of_somebody_else_is_said_with_how_to_allow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = project(tmp_path / "one", "one")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert committing.lacking(one) == (
        f"git rev-parse: fatal: detected dubious ownership in repository at '{one}'; if you trust "
        f"what is in it: git config --global --add safe.directory {one}"
    )


def test_without_its_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "trl4ml.server.app", raising=False)
    monkeypatch.delattr("trl4ml.server.app", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    wanted = here(tmp_path)._replace(data=tmp_path)
    with pytest.raises(WrongInput, match=r"serve needs the extra 'server': pip install"):
        serving.opened(wanted).__enter__()
