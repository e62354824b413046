"""Signatures of passkeys: the page, the person and the browser's statement, beside stock."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.forging import (
    HOST,
    MESSAGE,
    NAMESPACE,
    ORIGIN,
    line,
    new_p256,
    passkey,
    stock_takes,
)
from trl4ml.ledger import keys, sshsig, webauthn
from trl4ml.ledger.errors import Refused

KEY = new_p256()
ORIGINS = (ORIGIN,)


def check(text: str, origins: tuple[str, ...] = ORIGINS) -> str:
    return keys.verify(sshsig.parsed(text), MESSAGE, NAMESPACE, origins)


def refusal(origins: tuple[str, ...] = ORIGINS, **changes: Any) -> str:
    with pytest.raises(Refused) as why:
        check(passkey(KEY, **changes), origins)
    return str(why.value)


def stock(tmp_path: Path, **changes: Any) -> bool:
    text = passkey(KEY, **changes)
    return stock_takes(tmp_path, text, line(sshsig.parsed(text).key))


STATEMENT = "the browser's statement"
UNLIKE = f"{STATEMENT} is not written as browsers write it"
INSIDE = "the passkey was used inside a page of another site"
NOT_SIGNING = f"{STATEMENT} is of another kind than signing in with a passkey"
OTHER_BYTES = f"{STATEMENT} is about other bytes: what was signed was changed since"
OTHER_PAGE = f"{STATEMENT} names another page than the signature"
TWICE = f"{STATEMENT}: a key stands twice in one object"


def ends(after: str) -> dict[str, Any]:
    """The statement of a browser with another end."""
    return {"said": lambda text: text.removesuffix(',"crossOrigin":false}') + after}


def changed(old: str, new: str) -> dict[str, Any]:
    return {"said": lambda text: text.replace(old, new, 1)}


def sorted_anew(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"flags": 0x0D},
        {"flags": 0x1D},
        {"flags": 0x85, "extensions": b"\xa1\x63abc\xf5"},
        ends("}"),
        ends(',"crossOrigin":false,"other_keys_can_be_added_here":"do not compare"}'),
        ends(',"crossOrigin":false,"tokenBinding":{"status":"supported"}}'),
        ends(',"crossOrigin":false,"name":"Zoë"}'),
    ],
)
def test_what_browsers_make_is_taken_here_and_by_stock(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    assert check(passkey(KEY, **changes)) == "passkey"
    assert stock(tmp_path, **changes)


STOCK_TAKES: dict[str, tuple[dict[str, Any], str]] = {
    "nobody verified": (
        {"flags": 0x01},
        "the passkey did not verify the person by PIN, finger or face; sign again with a passkey "
        "that does",
    ),
    "nobody present": ({"flags": 0x04}, "the passkey was used with nobody present"),
    "neither": ({"flags": 0x00}, "the passkey was used with nobody present"),
    "backed up, and never to be": ({"flags": 0x15}, "the passkey's flags contradict each other"),
    "inside another site": (ends(',"crossOrigin":true}'), INSIDE),
    "inside another site, named": (
        ends(',"crossOrigin":true,"topOrigin":"https://evil.example"}'), INSIDE,
    ),
    "inside another site, denied": (
        ends(',"crossOrigin":false,"topOrigin":"https://evil.example"}'), INSIDE,
    ),
    "inside, as nothing": (ends(',"crossOrigin":null}'), INSIDE),
    "inside, as a number": (ends(',"crossOrigin":0}'), INSIDE),
    "inside, as a text": (ends(',"crossOrigin":""}'), INSIDE),
    "with a space after the page": (ends(' ,"crossOrigin":false}'), UNLIKE),
    "the page twice": (ends(',"origin":"https://evil.example"}'), TWICE),
    "the kind twice": (ends(',"type":"webauthn.create"}'), TWICE),
    "the bytes twice": (ends(',"challenge":"AAAA"}'), TWICE),
    "inside twice": (ends(',"crossOrigin":true,"crossOrigin":false}'), TWICE),
    "the page twice, by an escape": (ends(',"\\u006frigin":"https://evil.example"}'), TWICE),
    "not JSON after that": (ends(',"crossOrigin":fals}'), f"{STATEMENT} is not JSON"),
    "cut short": (ends(","), f"{STATEMENT} is not JSON"),
    "more after its end": (ends("}}"), f"{STATEMENT} is not JSON"),
    "no number": (ends(',"n":NaN}'), f"{STATEMENT}: NaN is no JSON number"),
    "deep": (ends(',"n":' + "[" * 10_000 + "}"), f"{STATEMENT} is not JSON"),
    "not UTF-8": ({"said": lambda t: t.encode()[:-1] + b',"n":"\xff"}'},
                  f"{STATEMENT} is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", STOCK_TAKES)
def test_what_stock_takes_and_a_review_does_not(name: str, tmp_path: Path) -> None:
    changes, says = STOCK_TAKES[name]
    assert stock(tmp_path, **changes)
    assert refusal(**changes) == says


BOTH_REFUSE: dict[str, tuple[dict[str, Any], str]] = {
    "another kind": (changed("webauthn.get", "webauthn.create"), NOT_SIGNING),
    "no kind": (changed('"type":"webauthn.get",', ""), NOT_SIGNING),
    "a payment": (changed("webauthn.get", "payment.get"), NOT_SIGNING),
    "a list": ({"said": lambda text: f"[{text}]"}, NOT_SIGNING),
    "other bytes": (changed('"challenge":"U', '"challenge":"V'), OTHER_BYTES),
    "padded": (changed('","origin"', '==","origin"'), OTHER_BYTES),
    "no bytes": (changed('"challenge"', '"other"'), OTHER_BYTES),
    "another page": (changed(ORIGIN, "https://evil.example"), OTHER_PAGE),
    "no page": (changed('"origin"', '"page"'), OTHER_PAGE),
    "in another order": ({"said": sorted_anew}, UNLIKE),
    "with spaces": (changed('"type":', '"type": '), UNLIKE),
    "with a space before": ({"said": lambda text: " " + text}, UNLIKE),
    "with an escape": (changed("webauthn.get", "webauthn\\u002eget"), UNLIKE),
    "with a mark of order": ({"said": lambda text: "\ufeff" + text}, f"{STATEMENT} is not JSON"),
    "nothing": ({"said": lambda text: ""}, f"{STATEMENT} is not JSON"),
    "flags of an enrolment": ({"flags": 0x45}, "the passkey's flags contradict each other"),
    "an extension hidden": ({"extensions": b"\xa0"}, "the passkey's flags contradict each other"),
    "an extension missing": ({"flags": 0x85}, "the passkey's flags contradict each other"),
    "signed for another host": ({"host": "example.com", "key_host": HOST}, keys.NO_FIT),
    "bytes after": ({"after": b"\0"}, "the signature has bytes left over at its end"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOTH_REFUSE)
def test_what_neither_takes(name: str, tmp_path: Path) -> None:
    changes, says = BOTH_REFUSE[name]
    assert not stock(tmp_path, **changes)
    assert refusal(**changes) == says


UNLISTED = (
    "the page {} is not on the list of pages where passkeys may sign; "
    "add it to `origins` of the trust policy if it should be"
)


@pytest.mark.parametrize(
    "origin",
    [
        "https://reviews.example.com",
        "https://reviews.example.org:8443",
        "https://reviews.example.org:443",
        "http://reviews.example.org",
        "https://reviews.example.org/",
        "https://reviews.example.org.",
        "HTTPS://reviews.example.org",
        "https://Reviews.example.org",
        "https://evil@reviews.example.org",
        "https://reviews.example.org.evil.example",
        "null",
        "",
        "android:apk-key-hash:abc",
    ],
)
def test_the_page_is_listed_letter_for_letter(origin: str) -> None:
    assert refusal(origin=origin) == UNLISTED.format(origin)


def test_with_no_pages_listed_no_passkey_signs() -> None:
    assert refusal(()) == UNLISTED.format(ORIGIN)


@pytest.mark.parametrize(
    "origin",
    ["https://evil@example.org", "ftp://example.org", "http://example.org", "https://a b", "*",
     "https://example.org:", "https://example.org:123456", "https://*.example.org", "https://"],
)  # fmt: skip
def test_a_list_of_other_things_than_pages_lets_nobody_sign(origin: str) -> None:
    assert refusal((origin,), origin=origin) == UNLISTED.format(origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.org", "https://evil-example.org"),
        ("example.org", "https://example.org.evil.com"),
        ("example.org", "https://example.com"),
        ("reviews.example.org", "https://example.org"),
        ("reviews.example.org", "https://x.example.org"),
        ("example.org", "https://example.org."),
        ("org", "https://example.org"),
        ("localhost", "https://evil.localhost"),
        ("example.org", "http://localhost:8000"),
        ("localhost", "https://example.org"),
    ],
)
def test_a_key_signs_on_its_own_host_alone(host: str, origin: str, tmp_path: Path) -> None:
    page = origin.split("//")[1].split(":", maxsplit=1)[0]
    says = f"the passkey belongs to {host}, and was used on a page of {page}"
    assert refusal((origin,), host=host, origin=origin) == says
    assert stock(tmp_path, host=host, origin=origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.org", "https://example.org"),
        ("example.org", "https://a.b.example.org:8443"),
        ("reviews", "https://reviews"),
        ("localhost", "http://localhost:8000"),
        ("localhost", "http://localhost"),
        ("localhost", "https://localhost:1"),
    ],
)
def test_its_host_and_what_lies_below_may_sign(host: str, origin: str) -> None:
    text = passkey(KEY, host=host, origin=origin)
    assert check(text, (origin, "https://other.example")) == "passkey"


@given(st.text(max_size=60), st.binary(max_size=60), st.integers(0, 255))
def test_no_end_of_a_statement_does_anything_but_refuse(
    after: str, extensions: bytes, flags: int
) -> None:
    changes = ends(after) | {"extensions": extensions, "flags": flags}
    try:
        check(passkey(KEY, **changes))
    except Refused:
        return
    whole = json.loads('{"a":1' + after)
    assert whole.get("crossOrigin", False) is False
    assert flags & 0x05 == 0x05


def test_the_challenge_is_the_whole_of_what_a_key_of_the_terminal_signs() -> None:
    """So that no page can have a review signed under another purpose."""
    blob = sshsig.to_be_signed(MESSAGE, NAMESPACE)
    text = base64.urlsafe_b64encode(blob).rstrip(b"=").decode()
    data = f'{{"type":"webauthn.get","challenge":"{text}","origin":"{ORIGIN}"}}'.encode()
    made = webauthn.Assertion(5, bytes(4), ORIGIN, data, b"")
    assert len(webauthn.signed(made, HOST, blob, ORIGINS)) == 32 + 1 + 4 + 32
    other = sshsig.to_be_signed(MESSAGE, "enrol@trl4ml")
    with pytest.raises(Refused, match="is about other bytes"):
        webauthn.signed(made, HOST, other, ORIGINS)


def test_the_hash_that_is_named_is_the_one_that_was_signed() -> None:
    found = sshsig.parsed(passkey(KEY))._replace(hash="sha256")
    with pytest.raises(Refused, match="is about other bytes"):
        keys.verify(found, MESSAGE, NAMESPACE, ORIGINS)
