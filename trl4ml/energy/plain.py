"""Frozen dataclasses to plain JSON data and back, each value held to the type of its field."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from trl4ml.dense import loads
from trl4ml.energy.errors import Refused

Shape = TypeVar("Shape")
HALF = re.compile("[\ud800-\udfff]")
WORDS = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"
}  # fmt: skip


class _Entry(NamedTuple):
    """A field of a dataclass: its name, its key in the JSON, its type and whether it must be."""

    name: str
    key: str
    hint: Any
    needed: bool


def _entries(kind: Any) -> tuple[_Entry, ...]:
    return _of(kind)


@cache
def _of(kind: Any) -> tuple[_Entry, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_entry(one, hints[one.name]) for one in fields(kind))


def _entry(one: Field[Any], hint: Any) -> _Entry:
    key = one.name
    if get_origin(hint) is Annotated:
        hint, key = get_args(hint)
    return _Entry(one.name, key, hint, one.default is MISSING and one.default_factory is MISSING)


def plain(noun: Any) -> Any:
    """Dataclasses as dicts, under the keys that their annotations name, and tuples as lists."""
    if is_dataclass(noun):
        return {entry.key: plain(getattr(noun, entry.name)) for entry in _entries(type(noun))}
    if isinstance(noun, Mapping):
        return {key: plain(noun[key]) for key in sorted(noun)}
    return [plain(one) for one in noun] if isinstance(noun, tuple) else noun


def loaded(text: str, name: str) -> Any:
    """The data of a JSON text in which no key stands twice. Raises Refused with `name` and place."""
    try:
        return loads(text, constant=_never, pairs=_once)
    except json.JSONDecodeError as error:
        raise Refused(f"{name}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (Refused, RecursionError, ValueError) as error:
        says = "nested too deeply" if isinstance(error, RecursionError) else error
        raise Refused(f"{name}: not an energy record: {says}") from None


def _never(word: str) -> None:
    raise Refused(f"{word} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise Refused(f"the key '{twice}' stands twice")
    return found


def shaped(kind: type[Shape], data: Any, place: str = "") -> Shape:
    """The dataclass that the data is of. Raises Refused with the place."""
    if not isinstance(data, dict):
        raise Refused(f"{place or 'the record'}: should be an object, not {_told(data)}")
    given = dict(_given(kind, data, place))
    unknown = sorted(data.keys() - {entry.key for entry in _entries(kind)})
    if unknown:
        raise Refused(f"{_at(place, unknown[0])}: unknown key")
    try:
        return kind(**given)
    except Refused as refused:
        raise Refused(f"{place}: {refused}" if place else str(refused)) from None


def _given(kind: Any, data: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for entry in _entries(kind):
        if entry.key in data:
            yield entry.name, _value(entry.hint, data[entry.key], _at(place, entry.key))
        elif entry.needed:
            raise Refused(f"{_at(place, entry.key)}: missing")


def _value(hint: Any, data: Any, place: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return _one_of(arguments, data, place)
    if origin is Literal:
        if data not in arguments:
            raise Refused(f"{place}: {_told(data)} is none of {', '.join(arguments)}")
        return data
    if origin is tuple:
        if not isinstance(data, list):
            raise Refused(f"{place}: should be a list, not {_told(data)}")
        return tuple(_value(arguments[0], x, f"{place}[{i}]") for i, x in enumerate(data))
    if origin is Mapping:
        if not isinstance(data, dict):
            raise Refused(f"{place}: should be an object, not {_told(data)}")
        named = ((_scalar(str, key, place), x) for key, x in data.items())
        return {key: _value(arguments[1], x, _at(place, key)) for key, x in named}
    if isinstance(hint, type) and is_dataclass(hint):
        return shaped(hint, data, place)
    return _scalar(hint, data, place)


def _one_of(arguments: tuple[Any, ...], data: Any, place: str) -> Any:
    if data is None and NoneType in arguments:
        return None
    kinds = [a for a in arguments if a is not NoneType]
    if len(kinds) == 1:
        return _value(kinds[0], data, place)
    if type(data) in kinds:
        return _scalar(type(data), data, place)
    raise Refused(f"{place}: should be {' or '.join(WORDS[k] for k in kinds)}, not {_told(data)}")


def _scalar(hint: Any, data: Any, place: str) -> Any:
    if hint is float and type(data) is int and abs(data) < 2**53:
        return float(data)
    if isinstance(data, str) and not data.isascii() and HALF.search(data):
        raise Refused(f"{place}: {ascii(data)[:40]} holds half a character (a lone surrogate)")
    if type(data) is not hint or (hint is float and not isfinite(data)):
        raise Refused(f"{place}: should be {WORDS[hint]}, not {_told(data)}")
    return data


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _told(data: Any) -> str:
    if isinstance(data, dict | list):
        return "an object" if isinstance(data, dict) else "a list"
    text = "null" if data is None else repr(data)
    return text if len(text) <= 40 else text[:37] + "..."
