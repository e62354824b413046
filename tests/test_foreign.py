"""Other people's YAML: anchors, merges, tags; and no more memory than ten times its size."""

import tracemalloc
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.load.foreign import MOST_NODES, SPARE, parse_foreign
from trl4ml.load.text import LARGE, TIMES, Refused

SIZE = 1_000_000


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", []),
        ("a: 1\n---\nb: no\n", [{"a": 1}, {"b": "no"}]),
        ("a: &x [1, 2]\nb: *x\n", [{"a": [1, 2], "b": [1, 2]}]),
        ("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n", [{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]),
        ("- &x {k: 1}\n- &y {k: 2, z: 3}\n- <<: [*x, *y]\n", [[{"k": 1}, {"k": 2, "z": 3}, {"k": 1, "z": 3}]]),
        ("- <<: 1\n", [[{}]]),
        ("&k key: 1\nv: *k\n", [{"key": 1, "v": "key"}]),
        ("&k key: 1\n*k : 2\n", [{"key": 2}]),
        ("a: !Ref b\nc: !!python/object:os.system {d: 1}\n", [{"a": "b", "c": {"d": 1}}]),
        ("a: 1\na: 2\n", [{"a": 2}]),
        ("? [1, 2]\n: 3\n", [{"[1, 2]": 3}]),
        ("a: &x 1\nb: &x 2\nc: *x\n", [{"a": 1, "b": 2, "c": 2}]),
        ("1: '1'\n", [{"1": "1"}]),
    ],
)  # fmt: skip
def test_it_is_read_as_its_own_tool_would(text: str, data: list[Any]) -> None:
    assert parse_foreign(text) == data


DEEP = "a: &a [1]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}]\n" for n in range(25)
)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: *b\n", 1, "found undefined alias 'b'"),
        ("- &a 1\n---\n- *a\n", 3, "found undefined alias 'a'"),
        ("a: &a [*a]\n", 1, "found undefined alias 'a'"),
        ("- &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"- &a{n} [{', '.join(['*a' + str(n - 1) if n else '*a'] * 10)}]\n" for n in range(9)),
         6, "aliases make it too large or too deep"),
        (f"{DEEP}z: {'[' * 20}*z{']' * 20}\n".replace("*z", "*y"), 27, "aliases make it too large or too deep"),
        ("[" * 41, 1, "nested deeper than 40"),
        ("a: [1\nb: 2\n", 2, "did not find expected ',' or ']'"),
        ("- 1        \n" * (MOST_NODES + 1), MOST_NODES, f"it holds more than {MOST_NODES} values"),
        ("{" + "a: {}," * 120_000 + "}", 1, LARGE),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_foreign(text)
    assert (refused.value.spots[0].line, refused.value.spots[0].says) == (line, says)


DENSE = {
    "numbers": "- -9\n", "nothing": "-\n", "maps": "- {}\n", "maps of one": "- {a: 1}\n", "lists": "- [0]\n",
    "documents": "---\n", "texts": "- ab\n", "merges": "- <<: {a: 1}\n",
    "as tools write": "- id: item-7\n  level: 3\n  ask: Is there something that somebody could ask in a line?\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_it_takes_no_more_than_ten_times_its_size(name: str) -> None:
    text = DENSE[name] * (SIZE // len(DENSE[name]))
    tracemalloc.start()
    try:
        try:
            read = bool(parse_foreign(text))
        except Refused:
            read = False
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= TIMES * len(text) + SPARE
    assert read is (name == "as tools write")


PLAIN = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_written_quoted_comes_back(data: Any) -> None:
    text = yaml.safe_dump(data, default_style='"', allow_unicode=True)
    assert parse_foreign(text) == [_texts(data)]


def _texts(data: Any) -> Any:
    """Quoted, everything is text."""
    if isinstance(data, dict):
        return {key: _texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_texts(one) for one in data]
    if isinstance(data, bool):
        return str(data).lower()
    return "null" if data is None else str(data)
