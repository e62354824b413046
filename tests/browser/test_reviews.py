"""Reviewers at their pages, in a real Chromium with a virtual authenticator."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.browser.reviewing import (
    Person,
    allowing,
    decide,
    enrolled,
    passkey,
    person,
    served,
    signed,
    site,
)
from tests.browser.test_pages import AXE, NARROW, RULES
from tests.making import evidence, item, report
from tests.reviewed import CAROL, DAN, POLICY, found
from tests.test_render import hostile, whole
from tests.test_review_pages import note, statement
from trl4ml.core.canonical import canonical, digest
from trl4ml.core.evidence import Outcome
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.review import NAMESPACE, Statement, payload
from trl4ml.core.standing import Verified
from trl4ml.ledger import keys, sshsig
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Note, read
from trl4ml.ledger.note import statement as statement_of
from trl4ml.render.pages.reviews import Passkey
from trl4ml.render.words import verdict

pytestmark = pytest.mark.slow
ES256_ONLY = "publicKey.pubKeyCredParams is missing"
"""Chromium's warning: OpenSSH reads no other kind, so the page asks for no other."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with served(folder / "site") as at:
        yield at


@pytest.fixture
def carol(browser: Browser) -> Iterator[Person]:
    one = person(browser)
    yield one
    one.close()


@pytest.fixture
def key(folder: Path, address: str, carol: Person) -> str:
    """The line of a passkey that Carol has enrolled; the site knows it."""
    site(found(whole(), policy=allowing(address)), folder)
    line = enrolled(carol, address, CAROL)
    site(found(whole(), policy=allowing(address), passkeys=(passkey(line),)), folder)
    return line


def said(page: Page) -> str:
    page.locator("#fault").wait_for()
    return page.inner_text("#fault")


def refused(page: Page, address: str, path: str = "sign.html") -> str:
    """What the page says that cannot work here; no form is shown then."""
    page.goto(f"{address}/{path}")
    page.locator("#says.notice").wait_for()
    assert not page.locator("#form").is_visible()
    return page.inner_text("#says")


# --- from enrolment to a note


def test_what_a_passkey_signs_is_checked_by_trl4ml_and_by_openssh(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    decide(carol.page, address)
    shown = carol.page.inner_text("#payload")
    text, name = signed(carol.page)
    made = read(text.encode())
    assert made.payload.decode() == shown
    assert payload(statement_of(made)) == made.payload
    says = statement_of(made).predicate
    assert (says.reviewer, says.role, says.decision, says.level) == (
        CAROL,
        "engineering",
        "approve",
        3,
    )
    assert statement_of(made).report == digest(whole())
    path = carol.page.inner_text("#path")
    assert path == f".trl4ml/reviews/{digest(whole())[:12]}/000001-{made.digest[:12]}.json"
    assert path.endswith(f"/{name}")
    parts = sshsig.parsed(made.signature)
    assert keys.verify(parts, made.payload, NAMESPACE, [address]) == "passkey"
    assert checked_by_openssh(made, key, folder) == f'Good "{NAMESPACE}" signature for {CAROL} with ECDSA-SK key {keys.fingerprint(parts.key)}\n'  # fmt: skip
    assert [one for one in carol.said if ES256_ONLY not in one] == []


def checked_by_openssh(made: Note, line: str, folder: Path) -> str:
    (folder / "allowed_signers").write_text(f"{line}\n", encoding="ascii")
    (folder / "note.sig").write_text(made.signature, encoding="ascii")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", line.split(maxsplit=1)[0],
               "-n", NAMESPACE, "-s", "note.sig"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, input=made.payload, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode()


def test_the_page_that_was_read_is_recorded_beside_the_report(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    site(found(whole(), policy=allowing(address), passkeys=(passkey(key),), manifests={"z.json": "b" * 64, "m.json": "a" * 64}), folder)  # fmt: skip
    decide(carol.page, address)
    subjects = {
        s.name: s.digest.sha256 for s in statement_of(read(signed(carol.page)[0].encode())).subject
    }
    page = sha256((folder / "site/index.html").read_bytes()).hexdigest()
    assert subjects == {"report.json": digest(whole()), "m.json": "a" * 64, "z.json": "b" * 64, "index.html": page}  # fmt: skip


@pytest.mark.parametrize(("fields", "wanted"), [
    ({"decision": "Reject", "About which component?": "model", "From which level on?": "4"},
     {"decision": "reject", "component": "model", "level": 4}),
    ({"decision": "Approve with conditions", "Conditions, one on each line": " Test it.\n\nSay so.\u2003"},
     {"decision": "approve-with-conditions", "conditions": ["Test it.", "Say so."]}),
    ({"decision": "Take no part"}, {"decision": "recuse"}),
    ({"On which day does it end": "2999-01-01", "In which role": "product"},
     {"expires_at": "2999-01-01T00:00:00Z", "role": "product"}),
    ({"Why?": "\x85 a\nb \ufeff\u3000"}, {"reason": "a\nb \ufeff"}),
])  # fmt: skip
def test_each_decision_becomes_the_statement_that_says_it(
    key: str, carol: Person, address: str, fields: dict[str, str], wanted: dict[str, Any]
) -> None:
    decide(carol.page, address, **fields)
    made = read(signed(carol.page)[0].encode())
    says = statement_of(made).predicate.model_dump(mode="json")
    assert {name: says[name] for name in wanted} == wanted


def test_questions_are_answered_beside_the_decision(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    asked = [item("said", 1, "answer", ask="Was it said?"), item("late", 9, "answer")]
    one = report(asked, [])
    site(found(one, policy=allowing(address), passkeys=(passkey(key),)), folder)
    page = carol.page
    page.goto(f"{address}/sign.html?as={CAROL}&role=product&level=1")
    page.get_by_label("Approve", exact=True).check()
    page.get_by_text("Questions that people answer").click()
    assert page.locator("#answers legend").all_inner_texts() == ["Level 1: Was it said?"]
    page.get_by_label("Your answer").select_option("not_applicable")
    page.get_by_label("Why?").fill("I looked.")
    page.get_by_role("button", name="Show what I will sign").click()
    assert said(page) == "said: say in a remark why it does not apply (at least 10 characters)."
    page.get_by_label("Remark").fill("There are no people in it.")
    page.get_by_role("button", name="Show what I will sign").click()
    page.locator("#check").wait_for()
    says_of_it = "Was it said? You answer: not applicable. There are no people in it."
    assert says_of_it in page.inner_text("#summary")
    says = statement_of(read(signed(page)[0].encode())).predicate
    assert says.role == "product"
    assert [one.model_dump(mode="json") for one in says.answers] == [
        {"item": "said", "answer": "not_applicable", "remark": "There are no people in it."}
    ]


def test_a_decision_of_ones_own_is_taken_back(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    before = note(level=3, component="model", role="product")
    site(found(whole(), policy=allowing(address), passkeys=(passkey(key),), verified=Verified((before,), (), before.digest)), folder)  # fmt: skip
    decide(carol.page, address, decision="Take back what I decided before")
    assert "What you take back: approve, model, level 3, of 2026-11-21: I looked." in (
        carol.page.inner_text("#summary")
    )
    says = statement_of(read(signed(carol.page)[0].encode())).predicate
    assert (says.decision, says.revokes, says.prev) == ("revoke", before.digest, before.digest)
    assert (says.component, says.level, says.role) == ("model", 3, "product")
    assert "/000002-" in carol.page.inner_text("#path")


def test_who_may_not_take_back_is_not_asked(key: str, carol: Person, address: str) -> None:
    carol.page.goto(f"{address}/sign.html?as={CAROL}")
    carol.page.locator("#form").wait_for()
    assert not carol.page.get_by_label("Take back what I decided before").is_visible()


# --- what is read is what is signed


def test_the_page_shows_what_the_report_says_and_counts_what_is_unknown(
    key: str, carol: Person, address: str
) -> None:
    carol.page.goto(f"{address}/sign.html")
    carol.page.locator("#form").wait_for()
    text = carol.page.inner_text("#evidence")
    assert text.startswith("The evidence of p: NOT READY")
    assert "model supports level 0, First Principles; level 4 is wanted." in text
    assert digest(whole()) in text
    assert "Level 1, model: Is it? (told)" in text
    counted = {status.value: n for status, n in whole().counts().items()}
    assert f"{counted['unknown']} unknown · {counted['not_applicable']} not applicable" in text


@pytest.mark.parametrize("one", [
    whole(), report([item("a")], [evidence("probe-a")]), report([item("a")], []),
    report([item("a")], [evidence("probe-a")], components=[Component(name="model", claims=0)]),
    report([item("a")], [evidence("probe-a", Outcome.NO)], components=[Component(name="model", claims=0)]),
], ids=range(5))  # fmt: skip
def test_the_verdict_on_the_page_is_that_of_the_report(
    key: str, carol: Person, address: str, one: Report
) -> None:
    carol.page.goto(f"{address}/reviews.html")
    carol.page.goto(f"{address}/sign.html")
    word = carol.page.evaluate(
        'async (one) => (await import("/evidence.js")).word(one)', one.model_dump(mode="json")
    )
    assert word == verdict(one)[0]


def test_evidence_that_is_not_the_report_of_the_page_is_not_signed(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    path = folder / "site/data/report.json"
    path.write_bytes(path.read_bytes().replace(b'"unknown"', b'"met"', 1))
    found_now = sha256(path.read_bytes()).hexdigest()
    assert refused(carol.page, address).startswith(
        f"The evidence that was loaded ({found_now[:12]}) is not the report that this page is about "
        f"({digest(whole())[:12]}), so it cannot be signed."
    )


def test_pages_that_were_not_published_whole_say_so(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    (folder / "site/data/report.json").unlink()
    assert refused(carol.page, address).startswith(
        "data/report.json could not be loaded (404). Reload the page; if that does not help, the "
        "pages were not published whole."
    )


# --- the same bytes as trl4ml writes


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
SHORT = TEXT.filter(lambda text: text.strip() != "")
SEEN = st.fixed_dictionaries({
    "reason": SHORT, "conditions": st.lists(SHORT, max_size=3), "level": st.integers(0, 9),
    "remark": TEXT, "component": st.none() | st.just("model"), "prev": st.none() | st.just("c" * 64),
    "expiresAt": st.none() | st.just("2999-01-01T00:00:00Z"),
    "manifests": st.dictionaries(TEXT.filter(lambda t: t not in ("report.json", "index.html")), st.just("d" * 64), max_size=3),
})  # fmt: skip


@pytest.fixture(scope="module")
def scripts(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page on which the scripts can be asked for what they make."""
    folder = tmp_path_factory.mktemp("scripts")
    with served(site(found(whole()), folder)) as at:
        page = browser.new_page()
        page.goto(f"{at}/enrol.html")
        yield page
        page.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(told=SEEN)
@example(told={"reason": "r", "conditions": [], "level": 0, "remark": "r", "component": None, "prev": None,
               "expiresAt": None, "manifests": {"__proto__": "d" * 64, "constructor": "d" * 64}})  # fmt: skip
def test_the_page_and_trl4ml_write_one_statement_in_the_same_bytes(
    scripts: Page, told: dict[str, Any]
) -> None:
    conditions = told["conditions"]
    say = {
        "decision": "approve-with-conditions" if conditions else "approve", "project": "p",
        "component": told["component"], "level": told["level"], "role": "product", "reviewer": CAROL,
        "reason": told["reason"], "conditions": conditions, "prev": told["prev"], "revokes": None,
        "answers": [{"item": "said", "answer": "yes", "remark": told["remark"]}],
        "createdAt": "2026-11-21T09:00:00Z", "expiresAt": told["expiresAt"],
    }  # fmt: skip
    given_to_page = {**say, "report": "a" * 64, "page": "", "policy": "b" * 64, "manifests": told["manifests"]}  # fmt: skip
    made = scripts.evaluate(
        'async (given) => Array.from((await import("/statement.js")).payload(JSON.parse(given)))',
        json.dumps(given_to_page),
    )
    # lists in the order of UTF-16, as JavaScript sorts names
    names = sorted(told["manifests"], key=lambda name: name.encode("utf-16-be"))
    subject = [("report.json", "a" * 64), *((name, told["manifests"][name]) for name in names)]
    plain = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1",
        "subject": [{"name": name, "digest": {"sha256": one}} for name, one in subject],
        "predicate": {**say, "policy": {"sha256": "b" * 64}},
    }
    assert bytes(made) == payload(Statement.model_validate_json(json.dumps(plain)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(value=JSON)
def test_canonical_json_is_that_of_rfc_8785(scripts: Page, value: Any) -> None:
    text = scripts.evaluate(
        'async (text) => (await import("/statement.js")).canonical(JSON.parse(text))', json.dumps(value)
    )  # fmt: skip
    assert text.encode() == canonical(value)


@pytest.mark.parametrize("value", [r"'\ud800'", r"{'\udc00': 1}", "1.5", "2 ** 53", "NaN", "undefined"])  # fmt: skip
def test_what_has_no_canonical_form_is_refused(scripts: Page, value: str) -> None:
    says = scripts.evaluate(
        f"async () => {{ try {{ (await import('/statement.js')).canonical({value}); return ''; }}"
        " catch (why) { return why.message; } }"
    )
    assert says == "The text holds half a character, which cannot be signed: type it again."


# --- where the note goes


@pytest.mark.parametrize(("kind", "start"), [
    ("github", "https://h.example.org/o/r/new/a%20b/main?filename=.trl4ml%2Freviews%2Fx.json&value=%7B%22"),
    ("gitea", "https://h.example.org/o/r/_new/a%20b/main?filename=.trl4ml%2Freviews%2Fx.json&value=%7B%22"),
    ("gitlab", "https://h.example.org/o/r/-/new/a%20b/main?file_name=.trl4ml%2Freviews%2Fx.json"),
])  # fmt: skip
def test_a_new_file_is_proposed_on_each_code_host(scripts: Page, kind: str, start: str) -> None:
    forge = {"kind": kind, "url": "https://h.example.org/o/r/", "branch": "a b/main"}
    asked = 'async ([forge, note]) => (await import("/statement.js")).newFile(forge, ".trl4ml/reviews/x.json", note)'  # fmt: skip
    assert scripts.evaluate(asked, [forge, '{"payload":"a&b#c"}']).startswith(start)
    long = scripts.evaluate(asked, [forge, "x" * 7000])
    assert (long == "") is (kind != "gitlab")
    for odd in (
        {**forge, "url": "javascript:alert(1)//"}, {**forge, "kind": "other"},
        {**forge, "kind": "constructor"},
    ):  # fmt: skip
        assert scripts.evaluate(asked, [odd, "{}"]) == ""


def test_above_the_limit_of_addresses_there_is_only_the_download(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    from trl4ml.core.panel import Forge

    forge = Forge(kind="github", url="https://github.com/o/r")
    site(found(whole(), policy=allowing(address, forge=forge), passkeys=(passkey(key),), folder="models/a"), folder)  # fmt: skip
    page = carol.page
    decide(page, address)
    text, _ = signed(page)
    link = page.get_by_role("link", name="Open it as a new file in the repository")
    to = link.get_attribute("href") or ""
    assert to.startswith(
        "https://github.com/o/r/new/main?filename=models%2Fa%2F.trl4ml%2Freviews%2F"
    )
    assert len(to) <= 7000
    assert page.inner_text("#path").startswith("models/a/.trl4ml/reviews/")
    decide(page, address, **{"Why?": "x" * 5000})
    long, _ = signed(page)
    assert len(long) > len(text)
    assert not link.is_visible()
    assert "It is too long for a link to the repository." in page.inner_text("#next")


# --- what a reviewer may get wrong


@pytest.mark.parametrize(("fields", "says"), [
    ({"Why?": " \n\u3000"}, "Say why: the reason is empty."),
    ({"decision": "Approve with conditions", "Conditions, one on each line": " \n "},
     "Name at least one condition, or approve without."),
    ({"On which day does it end": "2020-01-01"},
     "The day on which it ends is over already: choose a later one."),
    ({"Why?": "x" * 20_001}, "A text is longer than 20,000 characters: shorten it."),
    ({"decision": "Approve with conditions", "Conditions, one on each line": "x\n" * 201},
     "There are more than 200 conditions."),
])  # fmt: skip
def test_what_is_lacking_is_said_before_anything_is_signed(
    key: str, carol: Person, address: str, fields: dict[str, str], says: str
) -> None:
    decide(carol.page, address, **fields)
    assert said(carol.page) == says
    assert not carol.page.locator("#check").is_visible()


def test_without_a_passkey_on_the_device_the_page_says_what_to_do(
    key: str, browser: Browser, address: str
) -> None:
    other = person(browser)
    decide(other.page, address)
    other.page.get_by_role("button", name="Sign with my passkey").click()
    assert said(other.page) == (
        "Nothing was signed: it was cancelled, took too long, or this device has no passkey for this "
        "address. If you have not enrolled on this device, enrol first."
    )
    assert not other.page.locator("#done").is_visible()
    other.close()


def test_a_person_who_is_not_verified_signs_nothing(key: str, carol: Person, address: str) -> None:
    carol.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": carol.authenticator, "isUserVerified": False})  # fmt: skip
    decide(carol.page, address)
    carol.page.get_by_role("button", name="Sign with my passkey").click()
    assert said(carol.page).startswith("Nothing was signed: it was cancelled, took too long")


def test_the_passkey_of_somebody_else_is_named(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    mine = passkey(key)
    as_dan = Passkey(DAN, mine.key)
    site(found(whole(), policy=allowing(address), passkeys=(as_dan,)), folder)
    decide(carol.page, address)
    assert carol.page.inner_text("#who-says").startswith(
        f"No passkey of {CAROL} for localhost is in"
    )
    carol.page.get_by_role("button", name="Sign with my passkey").click()
    assert said(carol.page) == (
        f"That is the passkey of {DAN}, and you have chosen {CAROL}. Choose the right name, or use "
        f"the passkey of {CAROL}."
    )
    site(found(whole(), policy=allowing(address)), folder)
    decide(carol.page, address)
    carol.page.get_by_role("button", name="Sign with my passkey").click()
    assert said(carol.page) == (
        f"That passkey is not one of {CAROL} that this project knows. Use another, or enrol this "
        "device first."
    )


def test_a_clock_that_is_behind_the_last_review_is_named(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    last = note(createdAt="2999-01-01T00:00:00Z")
    site(found(whole(), policy=allowing(address), passkeys=(passkey(key),), verified=Verified((last,), (), last.digest)), folder)  # fmt: skip
    decide(carol.page, address)
    assert said(carol.page) == (
        "The clock of this computer is behind the last review (2999-01-01T00:00:00Z). Set it right, "
        "and reload the page."
    )


def test_owners_and_strangers_to_the_panel_are_told_before_they_sign(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    site(found(whole(), policy=allowing(address), passkeys=(passkey(key),), owners={"model": [CAROL]}), folder)  # fmt: skip
    decide(carol.page, address, **{"Up to which level?": "1"})
    carol.page.get_by_role("button", name="Change something").click()
    assert carol.page.inner_text("#panel") == (
        "The gate of level 1 needs: 2 research; 2 people in all. Neither it nor a gate below asks for "
        "engineering, so an approval opens nothing; engineering is asked at levels 3, 4, 5 and 6. Up to "
        "there 5 of the items that gates ask for are not met or unknown; an approval does not change "
        "that. You own model: there your approval does not count. The approval of whoever wrote what is "
        "reviewed does not count."
    )


# --- where the page does not work


@pytest.mark.parametrize("path", ["sign.html", "enrol.html"])
def test_a_page_opened_from_a_file_offers_the_terminal(
    folder: Path, browser: Browser, path: str
) -> None:
    page = browser.new_page()
    says = refused(page, site(found(whole()), folder).as_uri(), path)
    assert says == (
        "This page was opened from a file, where browsers allow no passkeys. Open it where it is "
        "published (its address begins with https), or show it with: trl4ml site serve. In a terminal, "
        "in the project's folder, the same is done with trl4ml sign."
    )
    page.close()


@pytest.mark.parametrize("path", ["sign.html", "enrol.html"])
def test_a_page_in_a_frame_does_not_work(key: str, carol: Person, address: str, folder: Path, path: str) -> None:  # fmt: skip
    (folder / "site/frame.html").write_text(f"<iframe src='{path}'></iframe>", encoding="utf-8")
    carol.page.goto(f"{address}/frame.html")
    inner = carol.page.frame_locator("iframe")
    inner.locator("#says.notice").wait_for()
    assert "does not run inside another page" in inner.locator("#says").inner_text()
    assert not inner.locator("#form").is_visible()
    assert inner.get_by_role("link", name="Open it by itself").get_attribute("href") == f"{address}/{path}"  # fmt: skip


def test_an_address_of_numbers_leads_to_localhost(key: str, carol: Person, address: str) -> None:
    by_number = address.replace("localhost", "127.0.0.1")
    assert refused(carol.page, by_number).startswith(
        "Passkeys belong to a name, and 127.0.0.1 is a number. Open this page as localhost"
    )
    carol.page.get_by_role("link", name="Open this page as localhost").click()
    carol.page.locator("#form").wait_for()


def test_an_address_that_the_rules_do_not_name_takes_no_signature(
    carol: Person, address: str, folder: Path
) -> None:
    site(found(whole(), policy=allowing("https://reviews.example.org")), folder)
    assert refused(carol.page, address) == (
        f"The rules of this project do not let passkeys sign on {address}. They name: "
        "https://reviews.example.org. In a terminal, in the project's folder: trl4ml sign."
    )
    carol.page.goto(f"{address}/enrol.html")
    carol.page.locator("#form").wait_for()
    assert f"do not name {address} among the addresses" in carol.page.inner_text("#says")


@pytest.mark.parametrize(("more", "says"), [
    ({"accept": ("ssh",)}, "The rules of this project take no passkeys; sign with an SSH key."),
    ({"roles": {}}, "The rules of this project name no reviewers yet"),
])  # fmt: skip
def test_rules_that_let_nobody_sign_here_are_said(
    carol: Person, address: str, folder: Path, more: dict[str, Any], says: str
) -> None:
    site(found(whole(), policy=allowing(address, **more)), folder)
    assert refused(carol.page, address).startswith(says)


def test_a_page_without_scripts_says_that_it_needs_them(
    key: str, browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign.html")
    assert "scripts are switched off" in page.inner_text("#says")
    assert not page.locator("#form").is_visible()
    context.close()


# --- what verification refuses of what a page could make


MAKE = """async ([who, challenge, verification]) => {
  const made = await import("/sshsig.js");
  const asked = await made.toBeSigned("signoff@trl4ml", new Uint8Array(challenge));
  const got = await navigator.credentials.get({ publicKey: {
    rpId: location.hostname, challenge: asked, userVerification: verification } });
  return made.sshSig(made.unbase64(who), "signoff@trl4ml", got);
}"""


def test_a_signature_without_user_verification_is_refused_though_openssh_takes_it(
    key: str, carol: Person, address: str, folder: Path
) -> None:
    carol.page.goto(f"{address}/sign.html")
    carol.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": carol.authenticator, "isUserVerified": False})  # fmt: skip
    message = payload(statement())
    armour = carol.page.evaluate(MAKE, [passkey(key).key, list(message), "discouraged"])
    assert checked_by_openssh(Note(message, armour), key, folder).startswith("Good")
    with pytest.raises(Refused, match="did not verify the person"):
        keys.verify(sshsig.parsed(armour), message, NAMESPACE, [address])


def test_a_signature_made_on_another_page_is_refused(key: str, carol: Person, address: str) -> None:
    carol.page.goto(f"{address}/sign.html")
    message = payload(statement())
    armour = carol.page.evaluate(MAKE, [passkey(key).key, list(message), "required"])
    assert keys.verify(sshsig.parsed(armour), message, NAMESPACE, [address]) == "passkey"
    with pytest.raises(Refused, match=re.escape(address)):
        keys.verify(sshsig.parsed(armour), message, NAMESPACE, ["https://reviews.example.org"])


# --- hostile text


MEAN = (
    "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>", "\u202egnp.exe \u200b{{ 7*7 }}",
    "[x](javascript:window.hit=1) </textarea></pre><svg/onload=window.hit=1>",
)  # fmt: skip
HARM = """() => ({
  hit: window.hit ?? 0,
  tags: document.querySelectorAll('main :is(script, iframe, img, svg[onload], object, style)').length,
  handlers: [...document.querySelectorAll('*')].filter(
    one => [...one.attributes].some(own => own.name.startsWith('on'))).length,
  turned: /[\u202a-\u202e\u200b]/.test(document.querySelector('main').innerText),
})"""


@pytest.mark.parametrize("text", MEAN, ids=range(len(MEAN)))
def test_hostile_text_in_report_reason_reviewer_and_component_stays_text(
    key: str, carol: Person, address: str, folder: Path, text: str
) -> None:
    mean = note(reason=text)
    assert mean.statement
    says = mean.statement.predicate.model_copy(update={"reviewer": text, "role": text, "component": text})  # fmt: skip
    stated = mean.statement.model_copy(update={"predicate": says})
    notes = (mean._replace(statement=stated, signer=text, says=text, path=text),)
    one = hostile(text)
    parts = tuple(part.model_copy(update={"name": text}) for part in one.components)
    one = one.model_copy(update={"components": parts})
    roles = {**POLICY.roles, "engineering": (CAROL, text), text: (CAROL,)}
    site(found(one.model_copy(update={"components": hostile(text).components}),
               policy=allowing(address, roles=roles), passkeys=(passkey(key),), verified=Verified(notes, (text,))), folder)  # fmt: skip
    beside = folder / "site/data"
    changed = canonical(one)
    told = json.loads((beside / "review.json").read_text(encoding="utf-8"))
    told |= {"report": sha256(changed).hexdigest(), "conditions": [{"component": text, "level": 1, "says": text}]}  # fmt: skip
    (beside / "report.json").write_bytes(changed)
    (beside / "review.json").write_text(json.dumps(told), encoding="utf-8")
    calm = {"hit": 0, "tags": 0, "handlers": 0, "turned": False}
    carol.page.goto(f"{address}/reviews.html")
    assert carol.page.evaluate(HARM) == calm
    decide(carol.page, address, **{"Why?": text})
    assert carol.page.evaluate(HARM) == calm
    made, _ = signed(carol.page)
    assert json.loads(base64.b64decode(json.loads(made)["payload"]))["predicate"]["reason"] == text
    assert carol.page.evaluate(HARM) == calm


# --- for everyone


STAGES = ("enrol", "sign", "check", "done", "reviews")


def stages(one: Person, address: str) -> Iterator[str]:
    """Every look of the pages, one after the other."""
    one.page.goto(f"{address}/enrol.html")
    one.page.locator("#form").wait_for()
    yield "enrol"
    one.page.get_by_label("Under which address").fill(CAROL)
    one.page.get_by_role("button", name="Create my passkey").click()
    one.page.locator("#done").wait_for()
    yield "enrolled"
    decide(
        one.page,
        address,
        decision="Approve with conditions",
        **{"Conditions, one on each line": "a"},
    )
    one.page.locator("#check").wait_for()
    yield "check"
    one.page.get_by_role("button", name="Change something").click()
    yield "form"
    one.page.get_by_role("button", name="Show what I will sign").click()
    one.page.get_by_role("button", name="Sign with my passkey").click()
    one.page.locator("#fault, #done").and_(one.page.locator(":visible")).first.wait_for()
    yield "done"
    one.page.goto(f"{address}/reviews.html")
    yield "reviews"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_at_320_pixels(
    folder: Path, address: str, browser: Browser, scheme: Any
) -> None:
    one = person(browser, color_scheme=scheme, bypass_csp=True, viewport={"width": NARROW, "height": 640})  # fmt: skip
    asked = [item("said", 1, "answer", ask="Was it said? " * 9), item("review-level-0", 0)]
    shown = report([*asked, item("condition-aaaaaaaaaaaa-1", 1)], [])
    notes = (note(), note(2, reason="why " * 99))
    site(
        found(report(asked, []), shown, policy=allowing(address), verified=Verified(notes)), folder
    )
    line = enrolled(one, address, CAROL)
    site(found(report(asked, []), shown, policy=allowing(address), passkeys=(passkey(line),), verified=Verified(notes)), folder)  # fmt: skip
    wrong = []
    for stage in stages(one, address):
        one.page.evaluate(AXE)
        result = one.page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")
        wrong += [f"{stage}: {v['id']} at {[n['target'] for n in v['nodes']][:3]}" for v in result["violations"]]  # fmt: skip
        wide = one.page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{stage}: is {wide} wide"] if wide > NARROW else []
    assert wrong == []
    one.close()


def test_a_review_is_signed_with_the_keyboard_alone(key: str, carol: Person, address: str) -> None:
    page = carol.page
    page.goto(f"{address}/sign.html")
    page.locator("#form").wait_for()
    keyed = page.keyboard
    for selector, keys_pressed in (
        ("#who", "carol"),
        ("input[name=decision]", " "),
        ("#reason", "I looked."),
    ):
        to(page, selector)
        keyed.type(keys_pressed)
    to(page, "#continue")
    keyed.press("Enter")
    page.locator("#check").wait_for()
    assert page.evaluate("document.activeElement.id") == "check-title"
    to(page, "#sign")
    keyed.press("Enter")
    page.locator("#done").wait_for()
    assert page.evaluate("document.activeElement.id") == "done-title"
    to(page, "#download")


def to(page: Page, selector: str) -> None:
    """Press the tabulator until it is there; what has the focus is always seen."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "[document.activeElement.outerHTML.slice(0, 80), getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert focused[1] != "none", focused
    raise AssertionError(f"the keyboard does not reach {selector}")
