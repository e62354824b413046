"""Canonical JSON: the examples of RFC 8785, and the same bytes as its reference library."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.core.canonical import EXACT, PARTED, canonical

SOURCE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
WRITTEN = (
    r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    r'"string":"€$\u000f\nA' + r"'B\"\\\\\"/" + '"}'
)
"""RFC 8785, 3.2.2 and 3.2.3."""
KEYS = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
"""RFC 8785, 3.2.3: sorted by UTF-16 code units."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers(-EXACT, EXACT) | TEXT
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | NUMBERS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(TEXT, inner)
        | st.dictionaries(st.text('ab"\\\x7f\n', max_size=3), inner)
    ),
)


def nested(value: Any, depth: int) -> Any:
    for n in range(depth):
        value = {"b": value, "a": n} if n % 2 else [1, value, "é"]
    return value


def test_the_example_of_the_rfc_is_written_as_it_says() -> None:
    assert canonical(json.loads(SOURCE)) == WRITTEN.encode()


@pytest.mark.parametrize("value", [1, 1.5])
def test_keys_are_in_the_order_of_the_rfc(value: float) -> None:
    assert list(json.loads(canonical(dict.fromkeys(sorted(KEYS), value)))) == KEYS


@given(VALUES)
def test_any_value_is_written_as_the_reference_library_writes_it(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("depth", range(PARTED + 3))
@given(LEAVES | NUMBERS)
def test_it_is_so_at_every_depth(depth: int, value: Any) -> None:
    assert canonical(nested(value, depth)) == rfc8785.dumps(nested(value, depth))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "nan is not representable in JCS"),
        ([1, {"a": float("inf")}], "inf is not representable in JCS"),
        ({"a": EXACT + 1, "b": 0.5}, "9007199254740992 exceeds safe integer domain"),
        ({1: 0.5}, "object keys must be strings"),
        ({"a": {1: "x"}}, "object keys must be strings"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        canonical(value)
