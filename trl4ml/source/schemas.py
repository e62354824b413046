"""Schemas of data that are written in code: of frames, of expectations, of requests."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from trl4ml.source.calls import Call, calls
from trl4ml.source.fields import by_column, fields_of, is_checked
from trl4ml.source.names import Names, last
from trl4ml.source.routes import names_in
from trl4ml.source.trees import near_imports, nodes, parsed, statements

FRAMES = {
    "pandera": {"DataFrameModel", "SchemaModel"},
    "dataframely": {"Schema"},
    "patito": {"Model"},
}
FRAME_WORDS = (*(tool.encode() for tool in FRAMES), b"great_expectations")
DEEQU = re.compile(
    rb"\.(?:is(?:Complete|Unique|ContainedIn|NonNegative|Positive)|has(?:Completeness|Min|Max|Pattern|"
    rb"DataType|Uniqueness))\(\s*[\"'](\w+)"
)
CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)
EXPECTED = ("expect_column_", "ExpectColumn")


class Form(NamedTuple):
    """A schema: which tool reads it, and of each field whether it is constrained."""

    tool: str
    fields: list[bool] | None
    """None when the fields are not written out."""


def deequ(content: bytes) -> set[str]:
    """The columns that Python or Scala has Deequ check."""
    found = b"deequ" in content and b"deequ" in near_imports(content)
    return {name.decode() for name in DEEQU.findall(content)} if found else set()


def may_hold_frames(content: bytes) -> bool:
    """A quick look, so that only few files are parsed."""
    words = [word for word in FRAME_WORDS if word in content]
    return bool(words) and any(word in near_imports(content) for word in words)


def frames(tree: ast.AST) -> Iterator[Form]:
    """Classes of pandera, dataframely and patito, DataFrameSchema(...), and expectations."""
    every = list(nodes(tree))
    names = Names(every)
    imported = {name.split(".")[0] for name in names.modules}
    for node in every:
        if isinstance(node, ast.ClassDef):
            bases = {*map(last, node.bases)}
            tools = (tool for tool in FRAMES if tool in imported and FRAMES[tool] & bases)
            yield from (Form(tool, list(fields_of(node).values())) for tool in tools)
    made = list(calls(every, names))
    if "pandera" in imported:
        yield from (_columns(call) for call in made if call.last == "DataFrameSchema")
    if "great_expectations" in imported and (wanted := [*_expectations(made)]):
        yield Form("great-expectations", by_column(wanted))


def _columns(call: Call) -> Form:
    given = call.first("columns")
    held = [is_checked(one) for one in given.values] if isinstance(given, ast.Dict) else None
    return Form("pandera", held)


def _expectations(made: list[Call]) -> Iterator[tuple[str, str]]:
    """The columns that something is expected of, and what."""
    for call in made:
        column = call.first("column") if call.last.startswith(EXPECTED) else None
        if isinstance(column, ast.Constant) and isinstance(column.value, str):
            yield column.value, call.last


def requests(files: Mapping[str, bytes], taken: set[str]) -> Iterator[tuple[str, list[bool]]]:
    """The pydantic models among the names, by file, with the fields of their bases and parts.

    A file that cannot be parsed defines nothing.
    """
    where = {name.decode(): path for path, text in files.items() for name in CLASS.findall(text)}
    in_file = cache(lambda path: _classes(files[path]))

    def found(name: str) -> ast.ClassDef | None:
        return in_file(where[name]).get(name) if name in where else None

    for name in sorted(taken & where.keys()):
        family = _family(name, found)
        bases = {one: {*map(last, node.bases)} for one, node in family.items()}
        if any("BaseModel" in those for those in bases.values()):
            enums = {one for one, those in bases.items() if "Enum" in " ".join(those)}
            models = (node for one, node in family.items() if one not in enums)
            yield where[name], [c for node in models for c in fields_of(node, enums).values()]


def _classes(content: bytes) -> dict[str, ast.ClassDef]:
    try:
        tree = parsed(content)
    except ValueError:
        return {}
    return {node.name: node for node in statements(tree) if isinstance(node, ast.ClassDef)}


def _family(name: str, found: Callable[[str], ast.ClassDef | None]) -> dict[str, ast.ClassDef]:
    """The class, and those that it derives from or holds in its fields, directly or not."""
    family: dict[str, ast.ClassDef] = {}
    todo, seen = [name], {name}
    while todo:
        one = todo.pop()
        if node := found(one):
            family[one] = node
            notes = (part.annotation for part in node.body if isinstance(part, ast.AnnAssign))
            new = {*map(last, node.bases)}.union(*map(names_in, notes)) - seen
            seen |= new
            todo += sorted(new)
    return family
