"""Plain data → nouns, every complaint at its line and column, all complaints at once."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import SchemaValidator

from trl4ml.errors import Complaint, Complaints, did_you_mean
from trl4ml.load.places import Node, Spot, locate
from trl4ml.load.text import MANY, MOST_TOLD, SPARE, TIMES

NounT = TypeVar("NounT", bound=BaseModel)
MISTAKE, MISSING = 550, 7
"""Bytes that a mistake takes at most before it is told; how many values a mapping may lack."""
MOST_READINGS = 25
"""Each may find other fields in which a number stands for text."""
ANY = object()
FIRST = "in a file of this size the first wrong entry of each list is told: there may be more"
WORDS = {
    "missing": "is missing",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false (here `yes` and `no` are text)",
    "string_type": "should be text",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "dict_type": "should be a mapping of keys to values",
    "model_type": "should be a mapping of keys to values",
    "string_too_short": "should have at least {min_length} characters",
    "too_short": "should have at least {min_length}",
    "wrong": "{says}",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "should be small letters, digits and single hyphens, as in my-model",
    "date_from_datetime_parsing": "should be a date as in 2027-01-31",
    "date_parsing": "should be a date as in 2027-01-31",
    "date_type": "should be a date as in 2027-01-31",
    "greater_than_equal": "should be at least {ge}",
    "less_than_equal": "should be at most {le}",
    "value_error": "{error}",
}

FORMS = {
    "^[0-9]$": "should be a level, from 0 to 9",
    "^[1-9][0-9]{0,3}d$": "should be a number of days, as in 180d",
    "^(ssh|passkey)$": "should be ssh or passkey",
    "^(github|gitlab|gitea)$": "should be github, gitlab or gitea",
    r"^(https://[a-z0-9.-]+|http://localhost)(:[0-9]{1,5})?$": "should be an address without a path, "
    "as in https://reviews.example.org",
    "^https://[!-~]+$": "should be an address, as in https://example.org/team/shop",
    "^[A-Za-z0-9][A-Za-z0-9._+@-]*$": "should be a name in allowed_signers, as in carol@example.org",
    "^[A-Za-z0-9._/-]+$": "should be the name of a branch, as in main",
}
"""What a pattern asks for, in words."""


def build(node: Node, file: str, noun: type[NounT]) -> NounT:
    """The noun that the parsed text declares. Raises Complaints: with all of them, or as `validated`."""
    for _ in range(MOST_READINGS):
        try:
            return validated(node.data, noun)
        except ValidationError as error:
            count = error.error_count()
            wrong = error if count <= MOST_TOLD else None  # many take much memory: gone from here
        wrong = wrong or _first_wrong(node.data, noun)
        if wrong is None or not _as_written(node, wrong):
            break
    if wrong is None or count > MOST_TOLD:
        raise Complaints([Complaint(file, *node.spot(f"has {count} {MANY}"))])
    spots = spots_of(node, wrong, noun)
    if _too_many(json.dumps(node.data, ensure_ascii=False)):
        spots.append(node.spot(FIRST))
    raise Complaints([Complaint(file, *s) for s in spots])


def validated(data: Any, noun: type[NounT]) -> NounT:
    """The noun of plain data, in a multiple of their size. Raises ValidationError: with all mistakes, or
    with the first of each list where telling all would take too much memory."""
    text = json.dumps(data, ensure_ascii=False)
    if _too_many(text):
        _hasty(noun).validate_json(text)
    return noun.model_validate_json(text)


def _too_many(text: str) -> bool:
    """Whether all the mistakes that there could be in a JSON text take too much memory."""
    values = sum(map(text.count, ",:[{"))
    return MISTAKE * (values + MISSING * text.count("{")) > TIMES * len(text) + SPARE


@cache
def _hasty(noun: type[BaseModel]) -> SchemaValidator:
    """A validator that stops at the first wrong entry of each list."""
    noun.model_rebuild()
    return SchemaValidator(_stopping(noun.__pydantic_core_schema__))


def _stopping(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_stopping(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: _stopping(one) for key, one in schema.items()}
    match schema.get("type"):
        case "tuple" | "list":
            copied["fail_fast"] = True
        case "model":  # of a class whose validator is there that one is taken, not the schema
            copied["cls"] = create_model(schema["cls"].__name__, __base__=schema["cls"])
    return copied


def spots_of(root: Node, error: ValidationError, noun: type[BaseModel]) -> list[Spot]:
    """Where under the node each complaint of the validation lies, and what it says."""
    found = _mistakes(error)
    deeper = {one["loc"][:n] for one in found for n in range(len(one["loc"]))}
    return [
        _spot(root, one, noun)
        for one in found
        if not (one["type"] == "too_short" and one["loc"] in deeper)
    ]


def _mistakes(error: ValidationError) -> list[Any]:
    return error.errors(include_url=False, include_input=False)


def _first_wrong(data: Any, noun: type[BaseModel]) -> ValidationError | None:
    """The mistakes in the first wrong entry of each list; None where those are too many as well."""
    try:
        _hasty(noun).validate_json(json.dumps(data, ensure_ascii=False))
    except ValidationError as error:
        return error if error.error_count() <= MOST_TOLD else None
    return None


def _as_written(root: Node, error: ValidationError) -> bool:
    """Put back the author's characters where text is wanted: `version: 1.10` means "1.10".

    What one entry of a list needs is done in all, as not all may have been told of.
    """
    texts = {
        tuple(ANY if isinstance(part, int) else part for part in one["loc"])
        for one in _mistakes(error)
        if one["type"] == "string_type"
    }
    changed = False
    for way in texts:
        for holder, last, node in _alike(root, way):
            if isinstance(node.data, int | float):
                holder[last] = node.word
                changed = True
    return changed


def _alike(root: Node, way: tuple[Any, ...]) -> Iterator[tuple[Any, Any, Node]]:
    """What holds it, its number or key, and the node, for all at that path."""
    part, *rest = way
    parts = range(len(root.data)) if part is ANY and isinstance(root.data, list) else [part]
    for one in parts:
        node = root.below(one)
        if node is not None and rest:
            yield from _alike(node, tuple(rest))
        elif node is not None:
            yield root.data, one, node


def _spot(root: Node, error: Any, noun: type[BaseModel]) -> Spot:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields(noun, path[:-1])
        hint = did_you_mean(known, str(path[-1])) or f"; known here: {', '.join(known)}"
        return locate(root, path, key=True).spot(f"unknown key '{path[-1]}'{hint}")
    path += tuple(error.get("ctx", {}).get("path", ()))
    where = ".".join(map(str, path))
    node = locate(root, path)
    return node.spot(f"{where + ': ' if where else ''}{_says(error, node.data)}")


def _says(error: Any, given: Any) -> str:
    if error["type"] in ("enum", "literal_error"):
        wanted = str(error["ctx"]["expected"])
        names = [word.strip("' ") for word in wanted.replace(" or ", ", ").split(",")]
        return f"should be {wanted}{did_you_mean(names, str(given))}"
    context = error.get("ctx", {})
    if context.get("pattern") in FORMS:
        return FORMS[context["pattern"]]
    return str(WORDS.get(error["type"], error["msg"])).format(**context)


def _fields(model: Any, path: tuple[int | str, ...]) -> list[str]:
    """The names of the fields that the mapping at the path may hold."""
    for part in path:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = model.model_fields[part].annotation
        while args := [a for a in getattr(model, "__args__", ()) if a not in (type(None), ...)]:
            model = args[-1]
    return list(getattr(model, "model_fields", {}))
