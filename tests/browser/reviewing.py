"""A site with reviews in force, served where its origin is allowed, and a person with a passkey."""

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, NamedTuple

from playwright.sync_api import Browser, CDPSession, Page

from tests.reviewed import CAROL, POLICY
from trl4ml import siting
from trl4ml.core.panel import ReviewPolicy
from trl4ml.portfolio import in_order
from trl4ml.presenting import Found, made
from trl4ml.render.pages.reviews import Passkey


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the folder, as `http://localhost:…`."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def site(of: Found, folder: Path) -> Path:
    """The pages of one report, dressed; the folder `site` below the one that is given.

    Pages that were dressed before are not dressed again, as that takes longest: only the data, which
    the theme leaves as they are, are written anew.
    """
    files = made(of)
    pages = tuple((name, text if name.endswith(".md") else "") for name, text in files.items())
    shutil.copytree(_dressed(pages, of.report.project), folder / "site", dirs_exist_ok=True)
    lay(folder / "site", {name: text for name, text in files.items() if name.startswith("data/")})
    return folder / "site"


_KEPT = TemporaryDirectory(prefix="dressed-")


@functools.cache
def _dressed(files: tuple[tuple[str, str], ...], title: str) -> Path:
    folder = Path(mkdtemp(dir=_KEPT.name))
    lay(folder / "docs", dict(files))
    siting.dress(folder / "docs", folder / "site", title, in_order(dict(files)))
    return folder / "site"


def allowing(origin: str, policy: ReviewPolicy = POLICY, **more: Any) -> ReviewPolicy:
    return policy.model_copy(update={"origins": (origin,), **more})


class Person(NamedTuple):
    """A browser of somebody's own, with an authenticator that has their passkeys."""

    page: Page
    devtools: CDPSession
    authenticator: str
    said: list[str]

    def close(self) -> None:
        self.page.context.close()


def person(browser: Browser, *, verified: bool = True, **more: Any) -> Person:
    page = browser.new_context(**more).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": verified, "automaticPresenceSimulation": True,
    }  # fmt: skip
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Person(page, devtools, added["authenticatorId"], said)


def enrolled(one: Person, address: str, who: str) -> str:
    """The line of `allowed_signers` that the page of enrolment shows."""
    one.page.goto(f"{address}/enrol.html")
    one.page.get_by_label("Under which address").fill(who)
    one.page.get_by_role("button", name="Create my passkey").click()
    one.page.locator("#done").wait_for()
    return one.page.inner_text("#line")


def passkey(line: str) -> Passkey:
    return Passkey(line.split(maxsplit=1)[0], line.split()[3])


def decide(page: Page, address: str, **more: str) -> None:
    """Fill the form up to what will be signed; `more` are values of fields by their label."""
    page.goto(f"{address}/sign.html")
    page.locator("#form").wait_for()
    given = {"Who are you?": CAROL, "In which role": "engineering", "Why?": "I looked.", **more}
    chosen = given.pop("decision", "Approve")
    page.get_by_label("Who are you?").select_option(given.pop("Who are you?"))
    page.get_by_label(chosen, exact=True).check()
    for label, value in given.items():
        field = page.get_by_label(label)
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    show(page)


def show(page: Page) -> None:
    """Ask for what will be signed, and wait until it stands there, or what is lacking."""
    page.get_by_role("button", name="Show what I will sign").click()
    page.locator("#check, #fault").and_(page.locator(":visible")).first.wait_for()


def signed(page: Page) -> tuple[str, str]:
    """The note that is downloaded after signing, and the name that it is given."""
    page.get_by_role("button", name="Sign with my passkey").click()
    page.locator("#done").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the file").click()
    return Path(waiting.value.path()).read_text(encoding="utf-8"), waiting.value.suggested_filename
