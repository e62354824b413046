"""The table of projects in a real browser: it sorts and filters, by keyboard too, and reads without.

Opened from the disk and below a sub-path, with nothing else running: the script is all it needs.
"""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.test_portfolio import TEMPLATES, a_row
from trl4ml.render.portfolio import Unreadable, portfolio
from trl4ml.siting import dress

pytestmark = pytest.mark.slow
ROWS = [
    a_row("alpha", met=True, verdict="READY", level=10 - 1, required=7, oldest="2026-03-01", waived=12, waived_until="2027-01-31"),
    a_row("beta", level=3, required=None, unknown=9),
    a_row("gamma", level=None, required=4, unknown=10, oldest="2025-12-31"),
    a_row("delta", met=True, verdict="READY", level=4, required=4, unknown=100, waived=2, waived_until="2026-12-01"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two levels deep, so that it is served below a sub-path."""
    top = tmp_path_factory.mktemp("portfolio")
    docs = top / "docs"
    for one in ROWS:
        (docs / one.project).mkdir(parents=True)
        (docs / one.project / "index.md").write_text(f"# {one.project}\n", encoding="utf-8")
    page = portfolio(ROWS, [Unreadable("broken", "it has no name")], TEMPLATES)
    (docs / "index.md").write_text(page, encoding="utf-8")
    dress(docs, top / "served/below/site", "Portfolio")
    return top / "served"


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/below/site/index.html"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield started
        started.close()


@pytest.fixture(params=["disk", "sub-path"])
def page(
    request: pytest.FixtureRequest, browser: Browser, folder: Path, served: str
) -> Iterator[Page]:
    told: list[str] = []
    opened = browser.new_page()
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    disk = (folder / "below/site/index.html").as_uri()
    opened.goto(disk if request.param == "disk" else served)
    yield opened
    opened.close()
    assert told == []


def shown(page: Page) -> str:
    """The first letters of the projects that are seen, in their order."""
    names = page.locator("main table").first.locator("tbody tr:visible td:first-child")
    return " ".join(name[0] for name in names.all_inner_texts())


@pytest.mark.parametrize(
    ("heading", "rising", "falling"),
    [
        ("project", "a b d g", "g d b a"),
        ("level", "g b d a", "a d b g"),
        ("required", "b g d a", "a g d b"),
        ("unknown items", "a b g d", "d g b a"),
        ("oldest evidence", "g a b d", "b d a g"),
        ("open waivers", "g b d a", "a d g b"),
    ],
)
def test_a_heading_sorts_up_and_then_down(
    page: Page, heading: str, rising: str, falling: str
) -> None:
    """Numbers as numbers, words before them; rows that are alike stay in the order of the page."""
    assert shown(page) == "g b a d"
    button = page.get_by_role("button", name=heading)
    cell = page.get_by_role("columnheader", name=heading)
    for order, name in ((rising, "ascending"), (falling, "descending"), (rising, "ascending")):
        button.click()
        assert (shown(page), cell.get_attribute("aria-sort")) == (order, name)
    assert page.locator("th[aria-sort]").count() == 1


def test_words_and_a_verdict_choose_rows(page: Page) -> None:
    search, status = page.get_by_label("Find"), page.locator(".portfolio-controls output")
    assert status.inner_text() == "4 of 4 projects"
    search.fill("2026 ALPHA")
    assert (shown(page), status.inner_text()) == ("a", "1 of 4 projects")
    search.fill("nothing of the kind")
    assert (shown(page), status.inner_text()) == ("", "0 of 4 projects")
    search.fill("")
    page.get_by_label("Verdict").select_option("ready")
    assert shown(page) == "a d"
    page.get_by_label("Verdict").select_option("not ready")
    assert shown(page) == "g b"
    page.get_by_label("Verdict").select_option("all")
    assert shown(page) == "g b a d"


def test_the_keyboard_reaches_the_search_the_choice_and_every_heading(page: Page) -> None:
    page.get_by_label("Find").focus()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    headings = ["project", "verdict", "level", "required", "weakest component", "unknown items"]
    assert [name for name in reached if name in headings] == headings
    page.get_by_role("button", name="project").focus()
    page.keyboard.press("Enter")
    assert shown(page) == "a b d g"


def test_a_row_leads_to_its_project(page: Page) -> None:
    page.get_by_role("link", name="delta").first.click()
    assert page.url.endswith("/delta/index.html")
    assert page.locator("h1").inner_text() == "delta"


def test_without_scripts_the_table_is_whole_and_nothing_dead_is_there(
    browser: Browser, folder: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "below/site/index.html").as_uri())
    assert shown(page) == "g b a d"
    assert page.locator("button, input, select").count() == 0
    context.close()


def test_only_this_page_may_run_a_script(folder: Path) -> None:
    site = folder / "below/site"
    may = [
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if "script" in path.read_text("utf-8")
    ]
    assert may == ["index.html"]
