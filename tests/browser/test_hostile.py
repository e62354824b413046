"""Text that wants to be more than text, in every field of a report, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import pages
from tests.making import TODAY
from tests.test_render import HOSTILE, hostile
from trl4ml import siting
from trl4ml.core.project import Component
from trl4ml.presenting import Found, made

WANTS = (
    "<script>window.hit = 1</script>", "<img src=x onerror='window.hit = 1'>",
    '"><svg/onload=window.hit=1>', "</code></pre></td></table><iframe src=http://evil.test></iframe>",
    "[x](javascript:window.hit=1) <http://evil.test> ![i](http://evil.test/y.png)",
    "| a | b |\n\n# H\n\n---\n<!--", "\u202egnp.exe {: #main .x onclick=hit }", "{{ 7*7 }}", "A" * 190,
)  # fmt: skip
EVERY = (*WANTS, " ".join(HOSTILE[:9]), " ".join(HOSTILE[9:]))
SEEN = """() => ({
  hit: window.hit ?? 0,
  tags: document.querySelectorAll('main :is(script, iframe, img, object, input, style)').length,
  handlers: [...document.querySelectorAll('*')].filter(
    one => [...one.attributes].some(own => own.name.startsWith('on'))).length,
  away: [...document.querySelectorAll('a')].filter(one => one.protocol !== 'file:').length,
  titles: document.querySelectorAll('h1').length,
  cut: document.documentElement.scrollWidth > 390,
})"""


@pytest.mark.slow
@pytest.mark.parametrize("text", EVERY, ids=range(len(EVERY)))
def test_hostile_text_in_every_field_stays_text(
    text: str, tmp_path: Path, browser: Browser
) -> None:
    report = hostile(text)
    parts = tuple(Component(name=one.name, kind=one.kind) for one in report.components)
    for name, content in made(Found(report, lambda of, what: text, parts, TODAY)).items():
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_text(content, encoding="utf-8")
    siting.dress(tmp_path / "docs", tmp_path / "site", "p")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: None if request.url[:5] == "file:" else said.append(request.url)
    )
    calm = {"hit": 0, "tags": 0, "handlers": 0, "away": 0, "titles": 1, "cut": False}
    for name in pages(tmp_path / "site"):
        if name != "404.html":
            page.goto((tmp_path / "site" / name).as_uri())
            assert page.evaluate(SEEN) == calm, name
    page.close()
    assert said == []
