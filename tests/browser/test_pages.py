"""Every page in a real browser: no error, no request elsewhere, readable by everyone, printable."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import pages

pytestmark = pytest.mark.slow
SPEC = importlib.util.find_spec("axe_playwright_python")
assert SPEC and SPEC.origin
AXE = (Path(SPEC.origin).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW = 320


def watched(page: Page) -> tuple[list[str], list[str]]:
    """What the console says, and what is asked for, from now on."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return said, asked


@pytest.mark.parametrize("by", ["file", "http"])
def test_every_page_loads_in_silence_and_asks_nobody_else(
    site: Path, address: str, browser: Browser, by: str
) -> None:
    top = site.as_uri() if by == "file" else address
    context = browser.new_context()
    page = context.new_page()
    said, asked = watched(page)
    for name in pages(site):
        answer = page.goto(f"{top}/{name}")
        assert answer is None or answer.ok, name
        assert page.locator("h1").count() == 1, name
        assert said == [], name
        font = page.evaluate("getComputedStyle(document.body).fontFamily")
        assert "system-ui" in font or name == "404.html", f"{name}: its style did not load"
    assert all(one.startswith(f"{top}/") for one in asked)
    context.close()


def test_every_link_leads_somewhere(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    there = set(pages(site))
    for name in pages(site):
        page.goto(f"{site.as_uri()}/{name}")
        for link in page.eval_on_selector_all("a[href]", "every => every.map(one => one.href)"):
            if link.startswith(site.as_uri()):
                path, _, _ = link.removeprefix(f"{site.as_uri()}/").partition("#")
                assert path in there or (site / path).is_file(), f"{name}: {link}"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag(site: Path, browser: Browser, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    wrong = []
    for name in pages(site):
        page.goto(f"{site.as_uri()}/{name}")
        page.evaluate(AXE)
        found = page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")
        for one in found["violations"]:
            where = [node["target"] for node in one["nodes"]][:3]
            wrong.append(f"{name}: {one['id']}: {one['help']} at {where}")
    assert wrong == []
    context.close()


def test_at_320_pixels_nothing_is_cut(site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": NARROW, "height": 640})
    page = context.new_page()
    for name in pages(site):
        page.goto(f"{site.as_uri()}/{name}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW, f"{name} is {wide} wide"
    context.close()


def test_the_keyboard_reaches_every_link_in_the_order_of_the_page(
    site: Path, browser: Browser
) -> None:
    page = browser.new_page()
    for name in ("index.html", "diabetes-triage/index.html"):
        page.goto(f"{site.as_uri()}/{name}")
        page.evaluate(
            "window.everyOne = [...document.querySelectorAll('a[href], summary, button, input, select, [tabindex=\"0\"]')]"
            ".filter(one => one.checkVisibility()); window.everyOne.length"
        )
        count = page.evaluate("window.everyOne.length")
        seen = []
        for _ in range(count):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("window.everyOne.indexOf(document.activeElement)"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name}: no focus is seen at {seen[-1]}"
        assert seen == list(range(count)), name
    page.close()


def test_a_page_reads_without_scripts(site: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    assert page.locator("tbody tr").count() >= 2
    page.goto(f"{site.as_uri()}/diabetes-triage/index.html")
    assert "NOT READY" in page.inner_text("h1")
    context.close()


def test_the_portfolio_is_sorted_and_filtered_without_a_server(
    site: Path, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/index.html")

    def names() -> list[str]:
        rows = page.locator("table tbody tr:visible td:first-child").all_inner_texts()
        return [one for one in rows if one in ("diabetes-triage", "co2-forecast")]

    assert names() == ["diabetes-triage", "co2-forecast"]
    page.get_by_role("button", name=re.compile("project")).click()
    assert names() == ["co2-forecast", "diabetes-triage"]
    page.get_by_label("Find").fill("diab")
    assert names() == ["diabetes-triage"]
    page.close()


def test_a_report_prints_to_a_pdf_with_headings_and_pages(
    site: Path, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/diabetes-triage/index.html")
    page.emulate_media(media="print")
    assert not page.locator("nav[aria-label='Pages']").is_visible()
    content = page.pdf(path=str(tmp_path / "report.pdf"), outline=True, tagged=True, format="A4")
    assert content.startswith(b"%PDF")
    assert b"/Outlines" in content
    assert b"/StructTreeRoot" in content
    assert content.count(b"/Type /Page\n") >= 3
    page.close()


def test_every_page_forbids_what_it_does_not_need(site: Path) -> None:
    for name in pages(site):
        text = (site / name).read_text(encoding="utf-8")
        found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert found, name
        policy = found[1].replace("&#39;", "'")
        assert policy.startswith("default-src 'none'"), name
        assert "unsafe" not in policy
        assert ("script-src" in policy) is (name == "index.html"), name
        assert " style=" not in text, name
        assert not re.search(r"<script(?! src=)|\son\w+=|javascript:", text), name
