"""The fields of a noun, in words, for the reference pages: name, type, what it means."""

import inspect
from typing import Any, NamedTuple

from trl4ml.core.noun import Noun
from trl4ml.core.registers import REGISTERS
from trl4ml.schema import describe, nouns


class Field(NamedTuple):
    name: str
    type: str
    needed: bool
    about: str


class Described(NamedTuple):
    """One noun: what it is, and its fields."""

    name: str
    about: str
    fields: tuple[Field, ...]


def registers() -> dict[str, tuple[Described, ...]]:
    """Every register by name: itself first, then what its entries are made of."""
    return {name: described(kind) for name, kind in REGISTERS.items()}


def described(kind: type[Noun]) -> tuple[Described, ...]:
    """The noun, and every noun in it, in the order in which they are met."""
    made = kind.model_json_schema()
    known = nouns(kind)
    describe(made, kind)
    parts = made.get("$defs", {})
    found = [Described("", _about(kind), _fields(made, parts))]
    for name, definition in parts.items():
        if "properties" in definition and (noun := known.get(name)):
            describe(definition, noun)
            found.append(Described(name, _about(noun), _fields(definition, parts)))
    return tuple(found)


def _fields(definition: dict[str, Any], parts: dict[str, Any]) -> tuple[Field, ...]:
    needed = definition.get("required", ())
    return tuple(
        Field(name, _type(one, parts), name in needed, one.get("description", ""))
        for name, one in definition["properties"].items()
    )


WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


def _type(one: dict[str, Any], parts: dict[str, Any]) -> str:
    """In words: `text`, `list of Requirement`, `one of low, high`."""
    if "$ref" in one:
        name = str(one["$ref"]).rpartition("/")[2]
        values = parts.get(name, {}).get("enum")
        return f"one of {', '.join(values)}" if values else name
    if "anyOf" in one:
        return " or ".join(_type(o, parts) for o in one["anyOf"] if o.get("type") != "null")
    if one.get("type") == "array":
        return f"list of {_type(one.get('items', {}), parts)}"
    if one.get("type") == "object":
        return f"mapping to {_type(one.get('additionalProperties', {}), parts)}"
    return "date" if one.get("format") == "date" else WORDS.get(str(one.get("type")), "any")


def _about(kind: type[Any]) -> str:
    own = kind.__dict__.get("__doc__")
    return inspect.cleandoc(own) if own else ""
