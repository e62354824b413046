"""JSON of many small values is refused before it is made; what is read keeps to its bound."""

import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_fuzz import within
from trl4ml.dense import DENSE as REFUSED
from trl4ml.dense import SPARE, TIMES, Dense, loads, loads_toml, too_dense

SIZE = 2_000_000


def many(one: str, size: int = SIZE) -> str:
    return "[" + ",".join([one] * (size // (len(one.encode()) + 1))) + "]"


def keys(one: str, size: int = SIZE) -> str:
    return "{" + ",".join(one % n for n in range(size // len(one % 0))) + "}"


DENSE: dict[str, Callable[[], str]] = {
    "empty lists": lambda: many("[]"),
    "lists of one": lambda: many("[0]"),
    "empty objects": lambda: many("{}"),
    "objects of one": lambda: many('{"":0}'),
    "spaced objects": lambda: many('{ "a" : 1 }'),
    "small numbers": lambda: many("-9"),
    "small texts": lambda: many('"ab"'),
    "small texts in Unicode": lambda: many('"ā"'),
    "emoji": lambda: many('"😀"'),
    "keys of their own": lambda: keys('"%06x":1'),
    "objects under keys of their own": lambda: keys('"%06x":{"a":1}'),
}
READ: dict[str, Callable[[], str]] = {
    "long texts": lambda: many(f'"{"x" * 60}"'),
    "a long text with an emoji in it": lambda: f'"😀{"x" * SIZE}"',
    "large numbers": lambda: many("1" * 400),
    "numbers as tools write them": lambda: many(" 0.6666666666666666"),
    "records": lambda: many('{"name": "Fuzzing", "score": 0, "reason": "project is not fuzzed", "details": null}'),
    "records with signs of JSON in their texts": lambda: many('{"text": "if (a[0] == {b: [1, 2]}) { call(a, b, c) }"}'),
    "long keys of their own": lambda: keys('"metric_of_the_model_%030x":0.5'),
}  # fmt: skip


def peak_of(text: str) -> tuple[Any, int]:
    """What comes out, and the bytes that it took beside the text."""
    size = len(text.encode())
    tracemalloc.start()
    try:
        try:
            found = loads(text, size)
        except ValueError as error:
            found = str(error)
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_many_small_values_are_refused_and_nothing_is_made_of_them(name: str) -> None:
    found, peak = peak_of(DENSE[name]())
    assert found == REFUSED
    assert peak <= TIMES * SIZE + SPARE


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_what_tools_write_is_read_within_the_bound(name: str) -> None:
    text = READ[name]()
    found, peak = peak_of(text)
    assert found == json.loads(text)
    assert peak + sys.getsizeof(text) <= TIMES * len(text.encode()) + SPARE


@pytest.mark.slow
@pytest.mark.parametrize("text", ["[" * SIZE, '{"a":' * (SIZE // 5), '"\\"' * SIZE, '"' * SIZE])
def test_what_is_no_json_takes_neither_long_nor_much(text: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises((ValueError, RecursionError)):
            loads(text, len(text))
        assert tracemalloc.get_traced_memory()[1] <= TIMES * len(text) + SPARE
    finally:
        tracemalloc.stop()


def test_a_small_file_may_be_as_dense_as_it_likes() -> None:
    assert loads(many("{}", 50_000), 50_000) == [{}] * 16_666


def test_it_is_read_with_the_hooks_of_its_reader() -> None:
    assert loads('{"a": 1, "a": [NaN]}', 22, constant=str, pairs=list) == [("a", 1), ("a", ["NaN"])]
    with pytest.raises(Dense, match="so many small values"):
        loads(keys('"%06x":1'), SIZE, pairs=dict)


def test_bytes_are_read_in_the_encodings_of_json() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert loads('["ä"]'.encode(encoding)) == ["ä"]


def record(text: str) -> None:
    from trl4ml.energy import plain

    plain.loaded(text, "record.json")


def manifest(text: str) -> None:
    from trl4ml.provenance import strict

    strict.parsed(text.encode(), "record.json", 2 * SIZE)


def candidates(text: str) -> None:
    from trl4ml.consumption import candidates

    candidates.read(text, "record.json")


@pytest.mark.parametrize("read", [record, manifest, candidates])
def test_what_libraries_read_is_bounded_and_says_so(read: Callable[[str], None]) -> None:
    with pytest.raises(
        ValueError, match=r"record\.json: .*so many small values.*in a smaller file"
    ):
        read(many("{}"))


@pytest.mark.parametrize("read", [record, manifest])
def test_a_key_that_stands_twice_among_many_is_found_in_time(read: Callable[[str], None]) -> None:
    text = (
        json.dumps({f"metric_of_the_model_{n:050}": n for n in range(20_000)})[:-1]
        + ', "a": 1, "a": 2}'
    )
    with within(3), pytest.raises(ValueError, match="the key 'a' stands twice"):
        read(text)


TOML = {
    "tables": "[a%d]\n", "nested tables": "[a%d.b.c.d]\n", "tables in tables": "[[a%d.b.c]]\n",
    "dotted keys": "a%d.b.c.d=1\n", "quoted dotted keys": "a%d.'b'.\"c\"=1\n",
    "inline tables": "a%d=[{},{},{},{},{},{},{},{}]\n", "small lists": "a%d=[[],[],[],[],[],[],[],[]]\n",
    "dotted keys in inline tables": "a%d={b.c.d=1,e.f.g=2}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TOML)
def test_toml_of_many_small_values_is_refused(name: str) -> None:
    text = "".join(TOML[name] % n for n in range(900_000 // len(TOML[name])))
    with pytest.raises(ValueError, match="so many small values"):
        loads_toml(text, len(text))


LOCK = """[[package]]
name = "p%d"
version = "1.2.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "numpy" }, { name = "scipy", marker = "python_full_version >= '3.11'" }]
sdist = { url = "https://files.pythonhosted.org/packages/ab/cd/p-1.2.3.tar.gz", hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", size = 12345 }
wheels = [
%s]
"""
WHEEL = '    { url = "https://files.pythonhosted.org/packages/ab/cd/p-1.2.3-cp311-cp311-manylinux_2_17_x86_64.whl", hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", size = 12345 },\n'


@pytest.mark.slow
def test_a_lock_file_of_a_megabyte_is_read_within_the_bound() -> None:
    text = "".join(LOCK % (n, WHEEL * 8) for n in range(500))
    assert len(text) > 900_000
    tracemalloc.start()
    try:
        assert len(loads_toml(text, len(text))["package"]) == 500
        assert tracemalloc.get_traced_memory()[1] <= TIMES * len(text) + SPARE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("one", ["a", "a.", "a . ", '"', "[", "a.b ", "'a'.", "[a.b]="])
def test_toml_that_is_no_toml_takes_no_time(one: str) -> None:
    with within(5), pytest.raises(ValueError):
        loads_toml(one * 200_000, 200_000 * len(one))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=30,
)


@given(JSON, st.sampled_from([None, 1]))
def test_the_weights_are_upper_bounds(data: Any, indent: int | None) -> None:
    """Of what CPython says each object takes, with its place in the garbage collector."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    assert not too_dense(text, 10**6)
    assert loads(text, len(text.encode())) == data
    if (takes := _bytes(json.loads(text))) > 1:
        assert too_dense(text, takes - 1)


def _bytes(data: Any) -> int:
    """Keys apart, of which each is made once."""
    if isinstance(data, dict):
        return sys.getsizeof(data) + sum(_bytes(one) for one in data.values())
    if isinstance(data, list):
        return sys.getsizeof(data) + sum(map(_bytes, data))
    return 0 if data is None or isinstance(data, bool) else sys.getsizeof(data)
