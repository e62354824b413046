"""Nouns that trl4ml wrote as JSON, read in at most ten times their size and 4 MB, whoever wrote them.

Pydantic keeps every mistake that it finds, outside of Python and larger than most values. So what may
hold many is validated piece by piece, and the first wrong one ends it. The weights are upper bounds,
measured for pydantic 2.14 and CPython 3.11.
"""

import json
from itertools import islice
from typing import Any, TypeVar

from pydantic_core import from_json, to_json

from trl4ml.core.evidence import Evidence, Measure
from trl4ml.core.noun import Noun
from trl4ml.core.trace import Trace
from trl4ml.dense import SPARE, TIMES, Dense, too_dense

NounT = TypeVar("NounT", bound=Noun)
MISTAKE, TOLD = 1_800, 3_300
"""Bytes that a mistake takes at most, and with what `errors()` makes of it."""
OBJECT, LIST, VALUE = 300, 150, 150
"""Bytes that plain data take at most."""
NOUN = 1_200
"""Bytes that a noun takes beside its values."""
PIECE = 1_000
Parts = dict[type[Noun], dict[str, type[Noun]]]
PARTS: Parts = {Evidence: {"measures": Measure}}
"""Which fields hold many nouns, as a list or a mapping, and of which kind."""


def few(text: str | bytes, mistake: int = MISTAKE, spare: int = SPARE) -> bool:
    """Whether there is room for a mistake in every value of the JSON text."""
    if isinstance(text, bytes):
        values = sum(map(text.count, (b",", b"[", b"{")))
    else:
        values = sum(map(text.count, ",[{"))
    return mistake * values <= TIMES * len(text) + spare


def plain(content: bytes) -> Any:
    """The data of a JSON text. Raises ValueError, also where they would take too much."""
    objects, lists, commas = map(content.count, (b"{", b"[", b","))
    most = TIMES * len(content) + SPARE
    roughly = OBJECT * objects + LIST * lists + VALUE * commas
    if roughly > most and too_dense(content.decode(), most):
        raise Dense
    return from_json(content)


def noun(kind: type[NounT], content: bytes, parts: Parts = PARTS) -> NounT:
    """The noun in the text. Raises ValueError, TypeError or AttributeError where there is none."""
    if not few(content):
        _room(NOUN * content.count(b"{"), content)
        content = _once(kind, content, parts)
    return kind.model_validate_json(content)


def _once(kind: type[Noun], content: bytes, parts: Parts) -> bytes:
    """The same text with each key once: of what stands there again every mistake would be kept."""
    data = plain(content)
    _check(kind, data, parts)
    return to_json(data, inf_nan_mode="constants")


def _check(kind: type[Noun], data: Any, parts: Parts) -> None:
    """Each part on its own, and the rest without them."""
    rest = dict(data)
    for name, inner in parts.get(kind, {}).items():
        held = rest.get(name, ())
        for one in held.values() if isinstance(held, dict) else held:
            _check(inner, one, parts)
        if held:
            rest[name] = type(held)()
    text = json.dumps(rest)
    if not few(text):
        raise Dense
    kind.model_validate_json(text)


def trace(data: Any) -> Trace:
    """The trace in plain data. Raises ValueError, TypeError or AttributeError for what is none."""
    if len(data) > len(Trace.model_fields):
        raise ValueError("it holds what no trace does")
    for name, named in data.items():
        if isinstance(named, dict) and len(named) > PIECE:
            entries = iter(named.items())
            while piece := dict(islice(entries, PIECE)):
                Trace.model_validate({name: piece})
    return Trace.model_validate(data)


def _room(need: int, content: bytes) -> None:
    if need > TIMES * len(content) + SPARE:
        raise Dense
