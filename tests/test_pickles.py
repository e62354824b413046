"""The room of pickles: what loading would import, told without loading."""

import bz2
import datetime
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.pickles import containers, looking, opcodes
from trl4ml.pickles.looking import Look, look

SHELL = b"cos\nsystem\n(X\x04\0\0\0truetR."
HARMLESS = {"a": [1, 2.0, None], "b": OrderedDict(c=(1,)), "d": {1}, "e": datetime.date(2026, 1, 1)}


def seen(data: bytes, expected: bool = True) -> Look | None:
    return look(data[: looking.HEAD], len(data), lambda: io.BytesIO(data), expected)


def zipped(data: bytes, how: int = zipfile.ZIP_DEFLATED, name: str = "a/data.pkl") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_containers_are_harmless_and_a_class_is_not(protocol: int) -> None:
    told = seen(pickle.dumps(HARMLESS, protocol))
    assert told and told.imports and not told.strange and not told.problem
    told = seen(pickle.dumps(Fraction(1, 3), protocol))
    assert told and told.strange == ["fractions.Fraction"] and not told.dangerous


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zlib.compress, bz2.compress, lzma.compress, zipped]
)
def test_the_shell_is_found_however_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    told = seen(pack(SHELL))
    assert told and told.dangerous == ["os.system"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        (b"", "ends early"),
        (b"\x80\x04K", "ends early"),
        (b"PK\x03\x04...", "broken archive"),
        (zipped(SHELL, zipfile.ZIP_LZMA), "cannot be bounded"),
        (gzip.compress(SHELL, mtime=0)[:9], "ends early"),
    ],
)
def test_what_cannot_be_read_is_a_problem(data: bytes, problem: str) -> None:
    told = seen(data)
    assert told and problem in told.problem


def test_what_nobody_expected_to_be_a_pickle_is_passed_by() -> None:
    assert seen(b"plain text", expected=False) is None
    assert seen(b"\x89HDF\r\n", expected=False) is None
    assert seen(SHELL, expected=False) is not None


def test_every_bound_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opcodes, "MOST_OPCODES", 20)
    told = seen(SHELL[:-1] + b"N0" * 20 + b".")
    assert told and "20 opcodes" in told.problem and told.dangerous == ["os.system"]
    monkeypatch.setattr(containers, "MOST_UNPACKED", 100)
    told = seen(zipped(b"N0" * 500 + SHELL))
    assert told and "unpacks to more than 100" in told.problem
    told = look(SHELL, containers.LARGEST + 1, lambda: io.BytesIO(b""), expected=True)
    assert told and "larger than" in told.problem and told.dangerous == ["os.system"]


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x80\x04", b"PK\x03\x04", b"\x93NUMPY\x01\0"])
)
def test_no_bytes_are_a_surprise(data: bytes, begin: bytes) -> None:
    told = seen(begin + data)
    assert told is None or all(name.isprintable() for name in told.imports)


@given(st.recursive(st.none() | st.integers() | st.text() | st.binary() | st.floats(),
                    lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=8),
       st.integers(0, pickle.HIGHEST_PROTOCOL))  # fmt: skip
def test_plain_values_are_never_strange(value: object, protocol: int) -> None:
    told = seen(pickle.dumps(value, protocol))
    assert told and not told.strange and not told.problem
