"""JSON and base64 that two readers cannot read in two ways."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Note, statement
from trl4ml.ledger.strict import decoded, parsed

TWICE = "it: a key stands twice in one object"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a":1,"a":1}', TWICE),
        (b'{"a":{"b":1,"c":2,"b":3}}', TWICE),
        (b'{"a":1,"\\u0061":2}', TWICE),
        (b'{"a":NaN}', "it: NaN is no JSON number"),
        (b"[-Infinity]", "it: -Infinity is no JSON number"),
        (b"\xff", "it is not UTF-8"),
        (b"\xed\xa0\x80", "it is not UTF-8"),
        (b"", "it is not JSON"),
        (b"{}{}", "it is not JSON"),
        (b"{'a':1}", "it is not JSON"),
        (b"[1,]", "it is not JSON"),
        (b"1" * 5000, "it is not JSON"),
        (b"\xef\xbb\xbf{}", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[" * 33 + b"]" * 33, "it nests deeper than 32 levels"),
        (b'{"a":' * 600 + b"1" + b"}" * 600, "it nests deeper than 32 levels"),
    ],
)
def test_json_of_another_kind_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(Refused) as why:
        parsed(content, "it")
    assert str(why.value) == says


def test_a_small_and_deep_note_is_refused_where_it_would_end_the_check() -> None:
    """600 levels pass the reader of JSON, and are too deep for those who walk them after it."""
    deep = b'{"_type":' + b"[" * 600 + b"]" * 600 + b"}"
    assert json.loads(deep)
    with pytest.raises(Refused, match="nests deeper than 32 levels"):
        statement(Note(deep, ""))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_plain_json_is_read_as_it_is(plain: object) -> None:
    assert parsed(json.dumps(plain).encode(), "it") == plain


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_refuse(content: bytes) -> None:
    try:
        parsed(content, "it")
    except Refused as why:
        assert str(why).startswith("it")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AAA", "it is not base64"),
        ("AA AA", "it is not base64"),
        ("AAAA\n", "it is not base64"),
        ("AA-_", "it is not base64"),
        ("ＡAAA", "it is not base64"),
        ("\ud800", "it is not base64"),
        ("AAB=", "it is not base64 in its one form"),
        ("AAAA=", "it is not base64 in its one form"),
    ],
)
def test_base64_of_another_form_is_refused(text: str, says: str) -> None:
    with pytest.raises(Refused) as why:
        decoded(text, "it")
    assert str(why.value) == says
