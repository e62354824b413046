"""What a reviewer is told when the page is old, the data beside it are not whole, or somebody is in a hurry."""

import base64
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.reviewing import (
    Person,
    allowing,
    decide,
    enrolled,
    lay,
    passkey,
    person,
    served,
    show,
    signed,
    site,
)  # fmt: skip
from tests.making import evidence, item, report
from tests.reviewed import CAROL, DAN, POLICY, found
from tests.test_render import whole
from tests.test_review_pages import note
from trl4ml.core.canonical import canonical, digest
from trl4ml.core.evidence import Measure, Outcome
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.standing import Verified
from trl4ml.ledger.note import read, statement
from trl4ml.presenting import made
from trl4ml.render.pages.reviews import Passkey

pytestmark = pytest.mark.slow
BESIDE, REPORT = "site/data/review.json", "site/data/report.json"
NOT_WHOLE = "Reload the page; if that does not help, the pages were not published whole."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed")
    (folder / "site").mkdir()
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder / "site") as at:
        yield at


@pytest.fixture(scope="module")
def carol(browser: Browser, folder: Path, address: str) -> Iterator[Person]:
    """Carol with a passkey, before a site that was dressed once."""
    one = person(browser)
    site(found(whole(), policy=allowing(address)), folder)
    one.said.append(enrolled(one, address, CAROL))
    yield one
    one.close()


@pytest.fixture
def page(carol: Person, folder: Path, address: str) -> Page:
    """Carol's page; the data are those of the whole report, and know her passkey."""
    publish(folder, address, carol)
    return carol.page


def publish(folder: Path, address: str, carol: Person, one: Report | None = None, **more: Any) -> None:  # fmt: skip
    """New data below the pages; no page is dressed anew, as pages without them are the same."""
    policy = allowing(address, **more.pop("policy", {}))
    given = {"policy": policy, "passkeys": (passkey(key_of(carol)),), **more}
    files = made(found(one or whole(), **given))
    lay(folder / "site", {name: text for name, text in files.items() if name.startswith("data/")})


def key_of(carol: Person) -> str:
    return next(one for one in carol.said if one.startswith(CAROL))


def fault(page: Page) -> str:
    page.locator("#fault").wait_for()
    return page.inner_text("#fault")


def opened(page: Page, address: str, more: str = "") -> None:
    page.goto(f"{address}/sign.html{more}")
    page.locator("#form").wait_for()


def refused(page: Page, address: str) -> str:
    page.goto(f"{address}/sign.html")
    page.locator("#says.notice").wait_for()
    assert not page.locator("#form").is_visible()
    return page.inner_text("#says")


# --- a page that was opened yesterday


def test_evidence_that_changed_since_the_page_was_opened_is_not_signed(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    opened(page, address, f"?as={CAROL}")
    page.get_by_label("Approve", exact=True).check()
    page.get_by_label("Why?").fill("I looked.")
    publish(folder, address, carol, report([item("a")], [evidence("probe-a")]))
    show(page)
    assert fault(page) == (
        "The evidence or the rules have changed since you opened this page, so nothing is signed. Copy "
        "what you have written, reload the page, and read what is new."
    )
    assert not page.locator("#check").is_visible()
    assert page.get_by_label("Why?").input_value() == "I looked."


@pytest.mark.parametrize("more", [
    {"policy": {"expires_after": "30d"}}, {"manifests": {"model.json": "a" * 64}},
], ids=["policy", "manifest"])  # fmt: skip
def test_rules_or_a_model_that_changed_since_are_not_signed_either(
    page: Page, carol: Person, address: str, folder: Path, more: dict[str, Any]
) -> None:
    decide(page, address)
    page.get_by_role("button", name="Change something").click()
    publish(folder, address, carol, **more)
    show(page)
    assert fault(page).startswith("The evidence or the rules have changed since you opened")


def test_a_decision_that_came_since_is_shown_before_one_signs_after_it(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    opened(page, address, f"?as={CAROL}")
    page.get_by_label("Approve", exact=True).check()
    page.get_by_label("Why?").fill("I looked.")
    later = note(decision="reject", reason="It is not safe.", role="product", reviewer=DAN)
    publish(folder, address, carol, verified=Verified((later,), (), later.digest))
    show(page)
    assert fault(page) == (
        "Something was decided since you opened this page. It stands above now, or will when the pages "
        "are made anew; read it, then press the button again."
    )
    assert "reject, all components, from level 4" in page.inner_text("#evidence")
    assert "It is not safe." in page.inner_text("#evidence")
    show(page)
    says = statement(read(signed(page)[0].encode())).predicate
    assert says.prev == later.digest
    assert "/000002-" in page.inner_text("#path")


def test_who_is_no_longer_in_the_role_is_told_before_signing(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    decide(page, address)
    page.get_by_role("button", name="Change something").click()
    publish(folder, address, carol, policy={"roles": {"product": (DAN,)}})
    show(page)
    assert fault(page) == (
        f"By the rules of this project {CAROL} is not in the role engineering. Reload the page."
    )


def test_what_was_shown_long_ago_is_shown_again_before_it_is_signed(
    page: Page, address: str
) -> None:
    decide(page, address)
    page.evaluate("() => { const real = Date.now; Date.now = () => real() + 601e3; }")
    page.get_by_role("button", name="Sign with my passkey").click()
    assert fault(page).startswith(
        "That was shown more than ten minutes ago, so nothing was signed."
    )
    assert page.locator("#form").is_visible()
    show(page)
    page.get_by_role("button", name="Sign with my passkey").click()
    page.locator("#done").wait_for()


def test_without_an_answer_from_the_host_nothing_is_shown_to_sign(page: Page, address: str) -> None:
    opened(page, address, f"?as={CAROL}")
    page.get_by_label("Reject").check()
    page.get_by_label("Why?").fill("I looked.")
    page.context.set_offline(True)
    show(page)
    page.context.set_offline(False)
    assert fault(page) == f"data/review.json could not be loaded (no answer). {NOT_WHOLE}"


# --- somebody in a hurry


def test_two_clicks_make_one_signature_and_no_fault(page: Page, address: str) -> None:
    decide(page, address)
    page.evaluate("""() => {
      const real = navigator.credentials.get.bind(navigator.credentials);
      window.asked = 0;
      navigator.credentials.get = (...all) => { window.asked += 1; return real(...all); };
    }""")
    page.get_by_role("button", name="Sign with my passkey").dblclick()
    page.locator("#done").wait_for()
    assert page.evaluate("window.asked") == 1
    assert not page.locator("#fault").is_visible()


def test_a_signed_note_is_not_left_behind_without_a_warning(page: Page, address: str) -> None:
    warned: list[str] = []

    def heard(one: Dialog) -> None:
        warned.append(one.type)
        one.accept()

    page.goto(f"{address}/enrol.html")
    page.on("dialog", heard)
    decide(page, address)
    page.get_by_role("button", name="Sign with my passkey").click()
    page.locator("#done").wait_for()
    page.goto(f"{address}/enrol.html")
    assert warned == ["beforeunload"]
    decide(page, address)
    signed(page)
    page.goto(f"{address}/enrol.html")
    assert warned == ["beforeunload"]
    page.remove_listener("dialog", heard)


# --- data that are not whole, or mean


@pytest.mark.parametrize("text", [
    "", "<!doctype html>", "null", "[]", "{}", '{"__proto__": {"report": "x"}}', '{"report": "', "7",
])  # fmt: skip
def test_data_that_trl4ml_did_not_write_are_named(
    page: Page, address: str, folder: Path, text: str
) -> None:
    (folder / BESIDE).write_text(text, encoding="utf-8")
    assert refused(page, address).startswith(
        f"data/review.json is not what trl4ml writes. {NOT_WHOLE}"
    )


def changed(folder: Path, **more: Any) -> None:
    told = json.loads((folder / BESIDE).read_text(encoding="utf-8"))
    (folder / BESIDE).write_text(json.dumps({**told, **more}), encoding="utf-8")


@pytest.mark.parametrize("more", [
    {"people": None}, {"notes": {}}, {"panels": {}}, {"tip": 7}, {"policy": "x"}, {"pages": {}},
    {"people": {"a": {}}}, {"panels": {"4": None}}, {"forge": {"kind": "github"}},
])  # fmt: skip
def test_data_with_something_else_in_a_place_are_named(
    page: Page, address: str, folder: Path, more: dict[str, Any]
) -> None:
    changed(folder, **more)
    assert refused(page, address).startswith("data/review.json is not what trl4ml writes.")


def test_evidence_of_another_project_than_the_page_names_is_not_signed(
    page: Page, address: str, folder: Path
) -> None:
    changed(folder, project="other")
    assert refused(page, address).startswith(
        f"data/review.json is about another project than the evidence. {NOT_WHOLE}"
    )


@pytest.mark.parametrize("content", [b"{}", b'{"project":"p"}', b"{", b'{"components":[{}],"items":[],"project":"p"}', b"[" * 100_000])  # fmt: skip
def test_evidence_that_cannot_be_shown_is_not_signed(
    page: Page, address: str, folder: Path, content: bytes
) -> None:
    (folder / REPORT).write_bytes(content)
    changed(folder, report=sha256(content).hexdigest())
    says = refused(page, address)
    assert "undefined" not in says
    assert "published whole" in says


@pytest.mark.parametrize(("old", "new"), [
    (b'"project":"p"', b'"project":"q","project":"p"'), (b'"level":0', b'"level":-0'),
    (b'"level":0', b'"level":0.0'), (b'"level":0', b'"level": 0'), (b'"unknown"', b'"unk\\u006eown"'),
    (b'"level":0', b'"__proto__":{"level":9},"level":0'), (b'"level":0', b'"level":9007199254740993'),
])  # fmt: skip
def test_evidence_in_which_two_could_read_two_things_is_not_signed(
    page: Page, address: str, folder: Path, old: bytes, new: bytes
) -> None:
    content = (folder / REPORT).read_bytes()
    assert old in content
    content = content.replace(old, new, 1)
    (folder / REPORT).write_bytes(content)
    changed(folder, report=sha256(content).hexdigest())
    assert refused(page, address).startswith(
        "data/report.json is not written as trl4ml writes it, so others could read something else in it "
        "than this page shows. It cannot be signed."
    )


NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20,
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(value=JSON)
def test_whatever_trl4ml_writes_is_read_as_written(page: Page, address: str, value: Any) -> None:
    if "enrol" not in page.url:
        page.goto(f"{address}/enrol.html")
    asked = 'async (text) => (await import("/load.js")).canonical(JSON.parse(text))'
    text = canonical(value).decode()
    assert page.evaluate(asked, text) == text


def test_an_address_that_the_rules_no_longer_name_takes_no_signature(
    page: Page, address: str, folder: Path
) -> None:
    opened(page, address, f"?as={CAROL}")
    page.get_by_label("Reject").check()
    page.get_by_label("Why?").fill("I looked.")
    changed(folder, origins=["https://reviews.example.org"])
    show(page)
    assert fault(page).startswith(
        f"The rules of this project do not let passkeys sign on {address}."
    )


def test_keys_that_are_none_do_not_keep_others_from_signing(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    odd = (base64.b64encode(b"\0\0\0\x22sk-ecdsa").decode(), "!!", "AAAAAf8=", "")
    mine = passkey(key_of(carol)).key
    point = base64.b64decode(mine).replace(base64.b64decode(mine)[54:60], b"\xff" * 6)
    bent = base64.b64encode(point).decode()
    keys = [Passkey(CAROL, one) for one in (*odd, bent, mine)]
    publish(folder, address, carol, passkeys=tuple(keys))
    decide(page, address)
    signed(page)


def test_names_that_every_object_has_are_names_as_any_other(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    roles = {**POLICY.roles, "constructor": (CAROL, "constructor")}
    publish(folder, address, carol, policy={"roles": roles})
    decide(page, address, **{"In which role": "constructor", "Up to which level?": "4"})
    page.get_by_role("button", name="Change something").click()
    assert "Neither it nor a gate below asks for constructor" in page.inner_text("#panel")
    assert "As constructor you are asked at no level." in page.inner_text("#asked")


@pytest.mark.parametrize(("text", "says"), [
    ("a\u202eb", r"a\u202eb"), ("a\u3164b\u115f", r"a\u3164b\u115f"), ("a\ufe0f\U000e0041", r"a\ufe0f\udb40\udc41"),
    ("a\u2028b\x00", r"a\u2028b\u0000"),
])  # fmt: skip
def test_what_cannot_be_seen_is_written_out(page: Page, address: str, text: str, says: str) -> None:
    page.goto(f"{address}/enrol.html")
    asked = 'async (text) => (await import("/evidence.js")).visible(text)'
    assert page.evaluate(asked, text) == says


def test_the_command_of_enrolment_holds_no_role_that_is_none(
    page: Page, browser: Browser, address: str, folder: Path
) -> None:
    roles = ["product", "x; touch /tmp/x", "$(id)", "--key"]
    changed(folder, people={DAN: {"roles": roles, "passkeys": []}})
    other = person(browser)
    enrolled(other, address, DAN)
    command = other.page.inner_text("#command")
    assert command.endswith("' --role product")
    assert command.count("--role") == 1
    (folder / BESIDE).write_text("<!doctype html>", encoding="utf-8")
    assert enrolled(other, address, DAN).startswith(DAN)
    assert other.page.inner_text("#command").endswith("' --role ROLE")
    other.close()


# --- what is asked of whom


def test_the_level_is_the_one_at_which_the_role_is_asked(page: Page, address: str) -> None:
    opened(page, address, f"?as={DAN}")
    assert page.get_by_label("In which role").input_value() == "product"
    assert page.get_by_label("Up to which level?").input_value() == "4"
    assert page.inner_text("#asked") == (
        "As product you are asked at levels 4, 5, 6, 7, 8 and 9; none waits now."
    )
    page.get_by_label("Up to which level?").select_option("6")
    page.get_by_label("Who are you?").select_option(CAROL)
    assert page.get_by_label("Up to which level?").input_value() == "6"


def test_a_rejection_without_veto_promises_no_more_than_it_holds(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    publish(folder, address, carol, policy={"veto": ("product",)})
    decide(page, address, decision="Reject")
    assert "your role has no veto: it is shown" in page.inner_text("#summary")
    decide(page, address, decision="Reject", **{"In which role": "product"})
    assert "until somebody in your role approves later" in page.inner_text("#summary")


def test_who_takes_no_part_or_takes_back_is_asked_for_no_level(page: Page, address: str) -> None:
    opened(page, address, f"?as={CAROL}")
    page.get_by_label("Take no part").check()
    assert not page.locator("#level").is_visible()
    assert page.locator("#component").is_visible()


# --- the evidence itself


def measured() -> Report:
    gap = Measure(value=0.0563, n=79, lower=-0.02, upper=0.13)
    asked = [item("fair", 1, "probe_a.gap < 0.1"), item("there", 2, "probe_a")]
    return report(asked, [evidence("probe-a", Outcome.YES, "small", gap=gap)])


def test_the_numbers_behind_a_verdict_stand_with_it(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    publish(folder, address, carol, measured())
    opened(page, address)
    page.get_by_text("Met: ").click()
    line = page.locator("#evidence li", has_text="probe_a.gap").last
    assert line.inner_text() == (
        "probe_a.gap: 0.0563 (-0.02 to 0.13, n = 79, counted), wanted < 0.1"
    )
    link = page.get_by_role("link", name="fair", exact=True)
    assert link.get_attribute("href") == "items.html#fair"
    assert link.get_attribute("target") == "_blank"


def test_the_pages_of_figures_are_compared_with_the_report(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    table = b'{"rows": []}'
    held = evidence("probe-a").model_copy(
        update={"attached": {"tables.json": sha256(table).hexdigest()}}
    )
    publish(folder, address, carol, report([item("a")], [held]))
    (folder / "site/data/probe-a-tables.json").write_bytes(table)
    opened(page, address)
    one = page.locator("[data-probe=probe-a]")
    one.wait_for()
    assert one.inner_text() == "Its data are those of this report."
    (folder / "site/data/probe-a-tables.json").write_bytes(table + b" ")
    opened(page, address)
    one.and_(page.locator(".notice")).wait_for()
    assert one.inner_text() == "Its data are not those of this report: do not rely on it."


def test_a_report_of_five_megabytes_and_200_components_is_read_in_seconds(
    page: Page, carol: Person, address: str, folder: Path
) -> None:
    asked = [item(f"item-{n}", n % 10, "probe_a" if n % 3 else "probe_b") for n in range(75)]
    parts = [Component(name=f"part-{n}") for n in range(200)]
    big = report(asked, [evidence("probe-a")], components=parts)
    publish(folder, address, carol, big)
    assert (folder / REPORT).stat().st_size > 5_000_000
    began = time.monotonic()
    decide(page, address)
    assert time.monotonic() - began < 20
    page.get_by_role("button", name="Change something").click()
    page.get_by_text("Unknown: ").click()
    page.get_by_text("part-7:", exact=False).first.click()
    assert page.locator("#evidence details details[open] li").count() > 10
    made, _ = signed_again(page)
    assert statement(read(made.encode())).report == digest(big)


def signed_again(page: Page) -> tuple[str, str]:
    show(page)
    return signed(page)
