"""Files of a site that is swapped while it is served."""

import re
from pathlib import Path

import pytest

from trl4ml import resources
from trl4ml.server.limits import Refusal
from trl4ml.server.pages import OWN, Whole


def scope(**headers: str) -> dict[str, object]:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"type": "http", "method": "GET", "headers": named}


def test_a_page_that_is_swapped_after_it_was_looked_up_is_sent_whole(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("as it was when it was looked up")
    seen = page.stat()
    page.write_text("another")
    answer = Whole(directory=tmp_path).file_response(page, seen, scope())
    assert (answer.body, answer.headers["content-length"]) == (b"another", "7")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_that_a_swap_has_taken_away_is_not_there(tmp_path: Path) -> None:
    page = tmp_path / "old.html"
    page.write_text("old")
    seen = page.stat()
    page.unlink()
    with pytest.raises(Refusal) as refused:
        Whole(directory=tmp_path).file_response(page, seen, scope())
    assert refused.value.status == 404


def test_a_page_is_sent_once_as_long_as_its_content_is_the_same(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("the same")
    files = Whole(directory=tmp_path)
    tag = files.file_response(page, page.stat(), scope()).headers["etag"]
    assert files.file_response(page, page.stat(), scope(if_none_match=tag)).status_code == 304
    page.write_text("not same")
    assert files.file_response(page, page.stat(), scope(if_none_match=tag)).status_code == 200


def test_whatever_a_script_of_the_server_imports_is_served_beside_it() -> None:
    for name, (folder, _) in OWN.items():
        text = (resources.folder("templates") / folder / name).read_text(encoding="utf-8")
        assert set(re.findall(r'from "\./([\w-]+\.js)"', text)) <= OWN.keys(), name


def test_one_script_makes_passkeys_for_all_pages() -> None:
    scripts = resources.folder("templates").rglob("*.js")
    made = [one.name for one in scripts if "credentials.create(" in one.read_text(encoding="utf-8")]
    assert made == ["passkey.js"]
