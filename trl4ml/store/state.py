"""The index of a store: which evidence each probe gave, having looked at what.

    {"sum":"<SHA-256 of the rest>","schema_version":2, …}

What is not as it was written is not parsed; what is, in ten times its size and 4 MB.
"""

import hashlib

from trl4ml.core import pieces
from trl4ml.core.noun import Noun, checked
from trl4ml.core.trace import Trace
from trl4ml.dense import SPARE, TIMES, Dense

SCHEMA_VERSION = 2
SUM, SUMMED = b'{"sum":"', b'",'
HEAD = len(SUM) + 64 + len(SUMMED)
NOT_OURS = ValueError, TypeError, KeyError, AttributeError
KEPT = 3_000
"""Bytes that one answer with its trace takes, however small they are."""
Stamp = tuple[int, int, int, int]


class Kept(Noun):
    """One probe's last answer: the digests of its code with options and of its evidence."""

    made_by: str
    evidence: str
    trace: Trace


class State(Noun):
    schema_version: int = SCHEMA_VERSION
    saved_ns: int = 0
    known: dict[str, tuple[Stamp, str]] = {}
    kept: dict[str, Kept] = {}
    nouns: dict[str, str] = {}
    """Projects and checklists as JSON, by the digest of their text: YAML is slow to read."""


def written(state: State) -> bytes:
    """The text of the state."""
    return summed(state.model_dump_json().encode())


def summed(content: bytes) -> bytes:
    """The JSON object with the SHA-256 of itself as its first key."""
    return _head(content[1:]) + content[1:]


def read(content: bytes) -> State | None:
    """The state in the text; None for one of another version. Raises what is in NOT_OURS."""
    if content[:HEAD] != _head(memoryview(content)[HEAD:]):
        raise ValueError("its sum is of another text")
    data = pieces.plain(content)
    if data["schema_version"] != SCHEMA_VERSION:
        return None
    if KEPT * len(data["kept"]) > TIMES * len(content) + SPARE:
        raise Dense
    return checked(
        State,
        saved_ns=_whole(data["saved_ns"]),
        known={path: _seen(*one) for path, one in data["known"].items()},
        kept={name: _kept(**one) for name, one in data["kept"].items()},
        nouns={digest: _text(one) for digest, one in data["nouns"].items()},
    )


def _head(rest: bytes | memoryview) -> bytes:
    """How the text begins: with the sum of what comes behind."""
    return SUM + hashlib.sha256(rest).hexdigest().encode() + SUMMED


def _seen(stamp: list[int], digest: str) -> tuple[Stamp, str]:
    a, b, c, d = map(_whole, stamp)
    return (a, b, c, d), _text(digest)


def _kept(made_by: str, evidence: str, trace: object) -> Kept:
    looked = pieces.trace(trace)
    return checked(Kept, made_by=_text(made_by), evidence=_text(evidence), trace=looked)


def _text(value: str) -> str:
    if type(value) is not str:
        raise TypeError("it is no text")
    return value


def _whole(value: int) -> int:
    if type(value) is not int:
        raise TypeError("it is no whole number")
    return value
