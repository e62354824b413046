"""Plain data → nouns, every complaint at its line and column, all complaints at once."""

import json
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from trl4ml.errors import Complaint, Complaints, did_you_mean
from trl4ml.load.text import Document, Spot, locate, spot

NounT = TypeVar("NounT", bound=BaseModel)
MOST_TOLD = 10_000
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


def build(document: Document, file: str, noun: type[NounT]) -> NounT:
    """The noun that the parsed document declares. Raises Complaints, with all of them."""
    data = document.data
    try:
        try:
            return noun.model_validate_json(json.dumps(data))
        except ValidationError as error:
            many = error.error_count() > MOST_TOLD
            if many or not _as_written(data, document.node, error):
                raise
            return noun.model_validate_json(json.dumps(data))
    except ValidationError as error:
        if error.error_count() > MOST_TOLD:
            says = f"has {error.error_count()} mistakes, too many to tell; is it the right file?"
            raise Complaints([Complaint(file, *spot(document.node, says))]) from None
        spots = spots_of(document.node, error, noun)
        raise Complaints([Complaint(file, *s) for s in spots]) from None


def spots_of(root: yaml.Node, error: ValidationError, noun: type[BaseModel]) -> list[Spot]:
    """Where under the node each complaint of the validation lies, and what it says."""
    found = error.errors()
    deeper = {one["loc"][:n] for one in found for n in range(len(one["loc"]))}
    return [
        _spot(root, one, noun)
        for one in found
        if not (one["type"] == "too_short" and one["loc"] in deeper)
    ]


def _as_written(data: Any, root: yaml.Node, error: ValidationError) -> bool:
    """Put back the author's characters where text is wanted: `version: 1.10` means "1.10"."""
    changed = False
    for complaint in error.errors():
        *way, last = complaint["loc"] or ("",)
        node = locate(root, complaint["loc"])
        if complaint["type"] != "string_type" or not isinstance(node, yaml.ScalarNode):
            continue
        if complaint["input"] is None:
            continue
        holder = data
        for part in way:
            holder = holder[part]
        holder[last] = node.value
        changed = True
    return changed


def _spot(root: yaml.Node, error: Any, noun: type[BaseModel]) -> Spot:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields(noun, path[:-1])
        hint = did_you_mean(known, str(path[-1])) or f"; known here: {', '.join(known)}"
        return spot(locate(root, path, key=True), f"unknown key '{path[-1]}'{hint}")
    path += tuple(error.get("ctx", {}).get("path", ()))
    where = ".".join(map(str, path))
    return spot(locate(root, path), f"{where + ': ' if where else ''}{_says(error)}")


def _says(error: Any) -> str:
    if error["type"] in ("enum", "literal_error"):
        wanted = str(error["ctx"]["expected"])
        names = [word.strip("' ") for word in wanted.replace(" or ", ", ").split(",")]
        return f"should be {wanted}{did_you_mean(names, str(error['input']))}"
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
