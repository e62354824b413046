"""A note's file: one way to write it, and nothing more in it than was signed."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.writing import entry, statement
from trl4ml.core.canonical import canonical
from trl4ml.core.review import Decision, payload
from trl4ml.ledger import note
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Note


@given(st.binary(max_size=300), st.text(max_size=200))
def test_what_is_written_is_read_back(content: bytes, signature: str) -> None:
    try:
        signature.encode()
    except UnicodeEncodeError:
        return
    made = Note(content, signature)
    assert note.read(note.written(content, signature)) == made


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        found = note.read(content)
    except Refused:
        return
    assert note.read(note.written(*found)) == found


@given(st.binary(max_size=400))
def test_no_payload_breaks_the_reader(content: bytes) -> None:
    with pytest.raises(Refused):
        note.statement(Note(content, ""))


def test_the_name_of_a_note_is_that_of_its_payload_alone() -> None:
    assert Note(b"{}", "one").digest == Note(b"{}", "another").digest
    assert Note(b"{}", "").digest == (
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


def test_a_note_says_what_was_said() -> None:
    said = statement(decision=Decision.CONDITIONS, conditions=("Measure drift.",), level=5)
    assert note.statement(note.read(entry(said).content)) == said


def test_the_file_is_one_line_of_canonical_json() -> None:
    content = note.written(b"{}", "x")
    assert content == b'{"payload":"e30=","signature":"x"}\n'


MOVED: dict[str, Callable[[bytes], bytes]] = {
    "spaces": lambda text: text.replace(b'":', b'": '),
    "another order": lambda text: json.dumps(dict(reversed(json.loads(text).items()))).encode(),
    "an escape": lambda text: text.replace(b"read it", b"\\u0072ead it"),
    "a float": lambda text: text.replace(b'"level":4', b'"level":4.0'),
    "a minus": lambda text: text.replace(b'"level":4', b'"level":-0'),
    "a newline at the end": lambda text: text + b"\n",
    "half a letter": lambda text: text.replace(b"read it", b"\\ud800"),
    "a number without end": lambda text: text.replace(b'"level":4', b'"level":' + b"9" * 400),
}


@pytest.mark.parametrize("how", MOVED)
def test_a_payload_has_one_form(how: str) -> None:
    text = MOVED[how](payload(statement()))
    assert text != payload(statement())
    with pytest.raises(Refused, match="its payload is not canonical JSON"):
        note.statement(Note(text, ""))


def test_a_number_that_no_parser_takes_is_refused_too() -> None:
    text = payload(statement()).replace(b'"level":4', b'"level":' + b"9" * 5000)
    with pytest.raises(Refused, match="its payload is not JSON"):
        note.statement(Note(text, ""))


@pytest.mark.parametrize("wrong", [b"[]", b"1", b"null", b'"x"'])
def test_a_payload_is_an_object(wrong: bytes) -> None:
    with pytest.raises(Refused, match="its payload is no JSON object; sign anew"):
        note.statement(Note(wrong, ""))


@pytest.mark.parametrize(
    "wrong", [{"payload": 1, "signature": ""}, {"payload": "", "signature": []}]
)
def test_payload_and_signature_are_texts(wrong: object) -> None:
    with pytest.raises(Refused, match="payload and signature are texts"):
        note.read(canonical(wrong))
