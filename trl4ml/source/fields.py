"""The fields of a class that describes data, and whether their values are constrained."""

import ast
import re
from collections.abc import Container, Iterable, Iterator

from trl4ml.source.functions import Function, decorating_calls
from trl4ml.source.names import last
from trl4ml.source.routes import names_in
from trl4ml.source.trees import nodes

CHECK = re.compile(
    r"gt|ge|lt|le|eq|ne|(min|max)(imum|_length|_items|_exclusive|_digits)?|in_range|is_?in|not_?in|"
    r"str_\w+|regex|pattern|unique|multiple_of|nullable|checks?|primary_key|constraints"
)
NARROW = re.compile(
    r"Literal|con(int|float|str|decimal|list|date)|(Non)?(Positive|Negative)(Int|Float)|EmailStr|"
    r"(Any|Http)Url|UUID\d?|(Past|Future)Date(time)?|G[te]|L[te]|Interval|MultipleOf|Len|\w*Enum"
)
ONLY_TYPED = re.compile(r"to_?exist|of_?type|type_?list", re.IGNORECASE)


def fields_of(node: ast.ClassDef, enums: Container[str] = ()) -> dict[str, bool]:
    """The fields of a class and whether each is constrained, also by a validator."""
    fields: dict[str, bool] = {}
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            fields |= _annotated(part, part.target.id, enums)
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            names = {t.id for t in part.targets if isinstance(t, ast.Name)}
            fields |= dict.fromkeys(names - {"model_config"}, is_checked(part.value))
        elif isinstance(part, Function):
            about = {*_constants(part)}
            fields |= {field: True for field in fields if field in about}
    return fields


def is_checked(node: ast.AST | None) -> bool:
    """Whether a call within it has an argument that constrains values."""
    calls = (n for n in nodes(node) if isinstance(n, ast.Call)) if node else ()
    return any(
        any(CHECK.fullmatch(k.arg or "") for k in call.keywords)
        or (last(call.func) == "Column" and len(call.args) > 1)
        for call in calls
    )


def by_column(expectations: Iterable[tuple[str, str]]) -> list[bool]:
    """Of each column whether an expectation says more than that it exists or is of a type."""
    columns: dict[str, bool] = {}
    for column, kind in expectations:
        columns[column] = columns.get(column, False) or not ONLY_TYPED.search(kind)
    return list(columns.values())


def _annotated(part: ast.AnnAssign, field: str, enums: Container[str]) -> dict[str, bool]:
    names = names_in(part.annotation)
    if "ClassVar" in names or field.startswith("_"):
        return {}
    narrow = any(NARROW.fullmatch(name) or name in enums for name in names)
    return {field: narrow or is_checked(part.annotation) or is_checked(part.value)}


def _constants(function: Function) -> Iterator[object]:
    """What its decorators are given by place, such as the field that it validates."""
    for call in decorating_calls(function):
        yield from (one.value for one in call.args if isinstance(one, ast.Constant))
