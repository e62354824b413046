"""Through the team server, in a real browser: two people are invited, enrol, sign, and a gate rises."""

import json
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.reviewing import Person, decide, person
from tests.browser.test_reviews import ES256_ONLY, checked_by_openssh
from tests.conftest import git
from tests.server.live import Live
from tests.server.made import TRUST, project
from trl4ml.ledger.note import read, statement

pytestmark = pytest.mark.slow
GRACE, HEIDI = "grace@example.org", "heidi@example.org"
NEEDED = "model, level 1"


@pytest.fixture
def people(browser: Browser) -> Iterator[dict[str, Person]]:
    """Each with a browser and an authenticator of their own."""
    made = {who: person(browser) for who in (GRACE, HEIDI)}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A server where nobody may review level 1 yet, and passkeys may be used."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    root = project(
        tmp_path / "loans", origins=[f"http://localhost:{port}"], roles={"senior-research": []}
    )
    made = Live(root, tmp_path / "data", "", "--refresh", "1")
    made.port = port
    try:
        yield made.start()
    finally:
        made.kill()


def trl4ml(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and all that was said."""
    command = [sys.executable, "-m", "trl4ml", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def until(what: Callable[[], bool]) -> None:
    """The server has seen it by itself."""
    over = time.monotonic() + 60
    while not what():
        assert time.monotonic() < over
        time.sleep(0.1)


def enrolled(one: Person, root: Path, data: Path, address: str, who: str) -> str:
    """By an invitation of the maintainer's: the line that the page shows in the end."""
    code, link = trl4ml(root, "reviewers", "invite", who, "--role", "research", "--data", str(data),
                        "--origin", address)  # fmt: skip
    assert code == 0, link
    one.page.goto(next(word for word in link.split() if word.startswith(address)))
    assert one.page.inner_text("#principal") == who
    one.page.get_by_role("button", name="Create my passkey").click()
    one.page.locator("#done").wait_for()
    return one.page.inner_text("#line")


def merged(root: Path, address: str) -> None:
    """The maintainer runs what the queue gives, and commits it to the base branch."""
    queue = httpx.get(f"{address}/queue", headers={"accept": "application/json"}).json()
    for one in queue["projects"][0]["enrolled"]:
        code, said = trl4ml(root, *shlex.split(one["command"])[1:])
        assert code == 0, said
    git(root, "commit", "-qam", "Grace and Heidi may review")


def signed(one: Person, address: str, who: str) -> str:
    """Sign on the server's page, and send it there; what the page says then."""
    decide(one.page, address, **{"Who are you?": who, "In which role": "research",
                                 "Up to which level?": "1", "Why?": f"I am {who} and looked."})  # fmt: skip
    one.page.get_by_role("button", name="Sign with my passkey").click()
    one.page.locator("#done").wait_for()
    one.page.get_by_role("button", name="Send it to the team server").click()
    one.page.get_by_text("The team server has checked your decision, and keeps it.").wait_for()
    return one.page.inner_text("#sent")


def due(one: Person, address: str) -> str:
    one.page.goto(f"{address}/queue")
    return one.page.inner_text("main")


def gate(root: Path) -> tuple[int, str]:
    assert trl4ml(root, "audit", "--fail-on", "never")[0] == 0
    return trl4ml(root, "gate", "--min-level", "1")


def test_two_reviewers_a_quorum_and_a_change(
    tmp_path: Path, people: dict[str, Person], live: Live
) -> None:
    root, address = live.project, f"http://localhost:{live.port}"
    grace, heidi = people.values()

    lines = {who: enrolled(one, root, live.data, address, who) for who, one in people.items()}
    assert "Keys that wait to be merged" in due(grace, address)
    assert trl4ml(root, "verify")[0] == 0
    merged(root, address)
    signers = (root / TRUST / "allowed_signers").read_text()
    assert all(line in signers for line in lines.values())
    until(lambda: set(people) <= passkeys(address))
    assert "Keys that wait to be merged" not in due(grace, address)
    code, said = gate(root)
    assert code == 1
    assert "the panel lacks 2 research" in due(grace, address)

    signed(grace, address, GRACE)
    code, said = gate(root)
    assert code == 1, said
    assert f"the panel lacks 1 research ({HEIDI}" in due(heidi, address)

    signed(heidi, address, HEIDI)
    code, said = gate(root)
    assert code == 0, said
    assert NEEDED not in due(heidi, address)
    until(lambda: "Approved: 1 of" in httpx.get(f"{address}/reviews.html").text)

    notes = {statement(made := read(path.read_bytes())).predicate.reviewer: made
             for path in (root / ".trl4ml/reviews").glob("*/*.json")}  # fmt: skip
    assert set(notes) == set(people)
    for who, made in notes.items():
        assert checked_by_openssh(made, lines[who], tmp_path).startswith("Good")
    code, said = trl4ml(root, "verify", "--format", "json")
    assert code == 0 and [one["standing"] for one in json.loads(said)["notes"]] == ["counts"] * 2

    (root / "LICENSE").write_text("Another licence\n")
    git(root, "commit", "-qam", "another licence")
    code, said = gate(root)
    assert code == 1
    until(lambda: "stale" in httpx.get(f"{address}/queue").text)
    queue = due(grace, address)
    assert f"{NEEDED}: the panel lacks 2 research" in queue
    assert queue.count("stale") == 2
    until(lambda: "Approved: 0 of" in httpx.get(f"{address}/reviews.html").text)
    grace.page.goto(f"{address}/reviews.html")
    assert "stale" in grace.page.inner_text("main")
    for one in people.values():
        assert [text for text in one.said if ES256_ONLY not in text] == []
    assert "Traceback" not in live.end()
    log = git(root, "log", "--format=%an", "--", ".trl4ml/reviews").split()
    assert log and set(log) == {"trl4ml", "serve"}


def passkeys(address: str) -> set[str]:
    """Whose passkeys the page for signing knows."""
    answer = httpx.get(f"{address}/data/review.json")
    told = answer.json()["people"] if answer.is_success else {}
    return {who for who, one in told.items() if one["passkeys"]}
