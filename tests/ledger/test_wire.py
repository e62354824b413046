"""Numbers and strings of SSH: what is written is read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.ledger.errors import Refused
from trl4ml.ledger.wire import Reader, mpint, string


@given(st.lists(st.binary(max_size=50)), st.integers(1, 2**600))
def test_what_is_written_is_read(texts: list[bytes], number: int) -> None:
    reader = Reader(b"".join(map(string, texts)) + mpint(number), "it")
    assert [reader.string() for _ in texts] == texts
    assert reader.mpint() == number
    reader.done()


@given(st.binary(max_size=40))
def test_a_number_has_one_form_alone(raw: bytes) -> None:
    try:
        value = Reader(string(raw), "it").mpint()
    except Refused:
        return
    assert mpint(value) == string(raw)


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\1", b"\0\0\x80", b"\x80", b"\xff\xff"])
def test_a_number_that_is_zero_negative_or_padded_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"^it holds a number that is not written in its one form$"):
        Reader(string(raw), "it").mpint()


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\2a", b"\xff\xff\xff\xffabc"])
def test_a_length_past_the_end_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"^it is cut short$"):
        Reader(data, "it").string()


def test_bytes_left_over_are_refused() -> None:
    reader = Reader(string(b"a") + b"\0", "it")
    reader.string()
    with pytest.raises(Refused, match=r"^it has bytes left over at its end$"):
        reader.done()


@pytest.mark.parametrize("raw", [b"a\0", b"a\n", "é".encode(), b"\x7f", b"\x1b[2J"])
def test_a_name_is_plain_ascii(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"^it holds a name that is not plain ASCII$"):
        Reader(string(raw), "it").text()
