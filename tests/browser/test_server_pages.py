"""The server's own pages in a browser: an invitation, signing in, the queue."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.reviewing import Person, person
from tests.browser.test_pages import AXE, RULES
from tests.conftest import git
from tests.server.made import TRUST, note, project
from tests.server.test_serve_command import served
from trl4ml import inviting
from trl4ml.ledger import signers
from trl4ml.reviews import reviewing

pytestmark = pytest.mark.slow
NEW = "new@example.org"
HOSTILE = "<script>document.title = 'hit'</script><img src=x onerror=\"document.title='hit'\">"


@pytest.fixture
def carol(browser: Browser) -> Iterator[Person]:
    one = person(browser)
    yield one
    one.close()


def enrolled(one: Person, link: str) -> str:
    one.page.goto(link)
    one.page.get_by_role("button", name="Create my passkey").click()
    one.page.locator("#done").wait_for()
    return one.page.inner_text("#line")


def clean(one: Person) -> None:
    """Nothing against the rules of WCAG, in both schemes, and nothing wider than a small screen."""
    for scheme in ("light", "dark"):
        one.page.emulate_media(color_scheme=scheme)
        one.devtools.send("Page.setBypassCSP", {"enabled": True})
        found = one.page.evaluate(f"{AXE}; axe.run({{runOnly: {json.dumps(RULES)}}})")
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
    one.page.set_viewport_size({"width": 320, "height": 640})
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 320
    one.page.set_viewport_size({"width": 1280, "height": 720})


def test_an_invitation_becomes_a_key_that_signs_in(tmp_path: Path, carol: Person) -> None:
    root, data = project(tmp_path / "loans"), tmp_path / "data"
    with served(root, "--data", data, "--private", "--refresh", "1") as (_, address):
        page = carol.page
        link = inviting.invited(inviting.At(root, data), NEW, ("research",), address)
        page.goto(link)
        clean(carol)
        line = enrolled(carol, link)
        (signer,) = signers.parsed(line, "the line")
        assert signer.principal == NEW
        page.goto(link)
        assert page.inner_text("h1") == "This link does not work"

        page.goto(f"{address}/items.html")
        assert page.url == f"{address}/sign-in"
        clean(carol)
        page.get_by_role("button", name="Use my passkey").click()
        page.get_by_text("no project here knows this key").wait_for()

        with (root / TRUST / "allowed_signers").open("a") as file:
            file.write(f"{line}\n")
        git(root, "commit", "-qam", "merged")
        page.wait_for_timeout(3000)
        page.get_by_role("button", name="Use my passkey").click()
        page.wait_for_url(f"{address}/queue")
        assert NEW in page.inner_text("header")
        page.goto(f"{address}/items.html")
        assert page.url == f"{address}/items.html"
        page.goto(f"{address}/queue")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{address}/sign-in")
        page.goto(f"{address}/items.html")
        assert page.url == f"{address}/sign-in"
        expected = ("403", "pubKeyCredParams")  # the refusal, and that OpenSSH reads ES256 alone
        assert not [text for text in carol.said if not any(one in text for one in expected)]


def test_the_queue_shows_what_was_written_and_runs_none_of_it(
    tmp_path: Path, carol: Person
) -> None:
    root = project(tmp_path / "loans")
    with served(root, "--data", tmp_path / "data", "--refresh", "1") as (_, address):
        fresh = reviewing.of(root)
        for one in (note(fresh, decision="reject", reason=HOSTILE),
                    note(fresh, "dave@example.org", reason=HOSTILE)):  # fmt: skip
            assert httpx.post(f"{address}/api/notes", json=one.body).status_code == 201
        carol.page.goto(f"{address}/queue")
        assert HOSTILE in carol.page.inner_text("main")
        (root / "LICENSE").unlink()
        carol.page.wait_for_timeout(4000)
        for path in ("queue", "reviews.html"):
            carol.page.goto(f"{address}/{path}")
            assert carol.page.title() != "hit"
        carol.page.goto(f"{address}/queue")
        assert "stale" in carol.page.inner_text("main")
        clean(carol)
        assert carol.said == []


def test_no_page_of_the_server_runs_in_a_frame(tmp_path: Path, carol: Person) -> None:
    root = project(tmp_path / "loans")
    with served(root, "--data", tmp_path / "data") as (_, address):
        carol.page.goto("about:blank")
        carol.page.set_content(f'<iframe src="{address}/queue"></iframe>')
        carol.page.wait_for_timeout(500)
        (frame,) = carol.page.frames[1:]
        assert "Reviews" not in frame.content()
