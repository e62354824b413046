"""Bad input is caught before the model answers only if what may come in is written for a machine.

Looks for schemas in code, which is parsed and never run: pandera, pydantic models that a service
takes as a request body, dataframely, patito, Great Expectations and Deequ; and in files: JSON
Schema, expectation suites, TFDV's schema.pbtxt, the signature of an MLmodel, Frictionless, dbt and
Soda. A field is constrained when a range, a set of values, a pattern or its nullability is stated.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from posixpath import basename
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The model's inputs have a machine-readable schema."
version = 1

FOREIGN = re.compile(
    r"(^|/)((node_modules|vendor|third_party|site-packages|tests?|docs?|reports?|\.github|\.vscode)/|"
    r"(test_[^/]*|[^/]*_test|conftest)\.py$)",
    re.IGNORECASE,
)
NOT_INPUT = re.compile(
    r"config|setting|response|output|result|package\b|manifest|workflow|openapi|swagger",
    re.IGNORECASE,
)
SCHEMA_FILES = (
    *("**/*schema*.{json,yaml,yml,pbtxt}", "**/schema{,s}/**/*.{json,yaml,yml,pbtxt}"),
    *("**/{expectations,gx,great_expectations}/**/*.json", "**/*expectation*.json"),
    *("**/{datapackage.json,datapackage.yaml,MLmodel}", "**/{soda,checks}/**/*.{yaml,yml}"),
    "**/{*soda*,checks*}.{yaml,yml}",
)
CHECK = re.compile(
    r"gt|ge|lt|le|eq|ne|(min|max)(imum|_length|_items|_exclusive|_digits)?|in_range|is_?in|not_?in|"
    r"str_\w+|regex|pattern|unique|multiple_of|nullable|checks?|primary_key|constraints"
)
NARROW = re.compile(
    r"Literal|con(int|float|str|decimal|list|date)|(Non)?(Positive|Negative)(Int|Float)|EmailStr|"
    r"(Any|Http)Url|UUID\d?|(Past|Future)Date(time)?|G[te]|L[te]|Interval|MultipleOf|Len|\w*Enum"
)
JSON_CHECK = re.compile(
    r"enum|const|(exclusive)?(min|max)imum|multipleOf|(min|max)(Length|Items)|pattern|format|uniqueItems",
    re.IGNORECASE,
)
CHECKED_FEATURE = re.compile(r"\b(\w*domain|presence|value_counts?)\b")
SODA = re.compile(r"^(?:missing|invalid|duplicate|min|max|avg)\w*\s*\(([^)]{1,200})\)")
DEEQU = re.compile(
    rb"\.(?:is(?:Complete|Unique|ContainedIn|NonNegative|Positive)|has(?:Completeness|Min|Max|Pattern|"
    rb"DataType|Uniqueness))\(\s*[\"'](\w+)"
)
FRAMES = {
    "pandera": {"DataFrameModel", "SchemaModel"},
    "dataframely": {"Schema"},
    "patito": {"Model"},
}
FRAME_WORDS = (b"pandera", b"dataframely", b"patito", b"great_expectations")
SERVERS = (
    b"fastapi",
    b"bentoml",
    b"litestar",
    b"flask",
    b"robyn",
    b"ninja",
    b"ray.serve",
    b"modal",
)
ROUTE = re.compile(rb"@[\w. ]*\b(post|put|patch|api|api_route|route|websocket|endpoint)\b")
CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Further schema files, where they have other names."""


class Schema(NamedTuple):
    tool: str
    path: str
    fields: list[bool] | None
    """Of each field whether it is constrained; None when the fields cannot be read."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    broken: list[str] = []
    schemas = [*in_files(files, documents, options, broken), *in_code(files, broken)]
    known = [schema.fields for schema in schemas if schema.fields is not None]
    unread = undefined("no schema lists its fields in a form that is read here")
    tools = ", ".join(sorted({schema.tool for schema in schemas}))
    places = sorted({schema.path for schema in schemas})
    measures: dict[str, Measure | Scalar] = {
        "schemas": len(schemas),
        "fields": sum(map(len, known)) if known else unread,
        "constrained": sum(map(sum, known)) if known else unread,
        "tools": tools or undefined("there is no schema"),
        "unreadable": len(broken),
    }
    if schemas:
        first = ", ".join(places[:3]) + (", …" if len(places) > 3 else "")
        return yes(f"schemas of inputs ({tools}) are in {first}", places, **measures)
    if broken:
        says = f"{broken[0]} cannot be read and there is no other schema; repair it"
        return unknown(says, broken, unreadable=len(broken))
    return no("there is no schema of the inputs, in code or in a file", (), **measures)


def in_files(
    files: Files, documents: Documents, options: Options, broken: list[str]
) -> Iterator[Schema]:
    """The schemas in files; which tool's each is shows in its content."""
    dbt = ["**/models/**/*.{yaml,yml}"] if files.matching("**/dbt_project.yml") else []
    for name in files.matching(*SCHEMA_FILES, *dbt, *options.paths):
        try:
            found = None if FOREIGN.search(name) else read(files, documents, name)
        except Unreadable:
            broken.append(name)
            continue
        about_other = found and found[0] == "json-schema" and NOT_INPUT.search(basename(name))
        if found and (not about_other or name in options.paths):
            yield Schema(found[0], name, found[1])


def read(files: Files, documents: Documents, name: str) -> tuple[str, list[bool] | None] | None:
    """The tool and the fields of a schema file; None for another file. Raises Unreadable."""
    if name.lower().endswith(".pbtxt"):
        return "tfdv", features(name, files.text(name))
    is_json = name.lower().endswith(".json")
    top = documents.json(name) if is_json else (documents.yaml(name) or [None])[0]
    if not isinstance(top, dict):
        return None
    if "signature" in top:
        return ("mlflow", fields) if (fields := signed(name, top["signature"])) else None
    fields = list(expected(top)) or list(columns(top))
    if fields:
        return next(t for key, t in TOOLS.items() if any(k.startswith(key) for k in top)), fields
    if "$schema" in top or top.get("type") == "object":
        return ("json-schema", fields) if (fields := list(properties(top))) else None
    return None


TOOLS = {"expectations": "great-expectations", "schema_type": "pandera", "checks for ": "soda",
         "models": "dbt", "sources": "dbt", "resources": "table-schema", "fields": "table-schema"}  # fmt: skip


def features(name: str, text: str) -> list[bool] | None:
    """Of TFDV, in protobuf's text form. Raises Unreadable."""
    bare = re.sub(r"\"[^\"\n]*\"|#[^\n]*", "", text)
    if "feature" not in bare or bare.count("{") != bare.count("}"):
        raise Unreadable(name, "no features, or its braces do not match")
    blocks = (part.split("\n}")[0] for part in re.split(r"^feature\s*\{", bare, flags=re.M)[1:])
    return [bool(CHECKED_FEATURE.search(block)) for block in blocks] or None


def signed(name: str, signature: Any) -> list[bool]:
    """Of an MLmodel: its signature gives names and types and constrains no values."""
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    try:
        return [False for _ in mappings(json.loads(inputs) if isinstance(inputs, str) else inputs)]
    except (ValueError, RecursionError):
        raise Unreadable(name, "its signature is not JSON") from None


def expected(top: dict[str, Any]) -> list[bool]:
    """Of an expectation suite."""
    found: list[tuple[str, str]] = []
    for one in mappings(top.get("expectations")):
        given = one.get("kwargs")
        if isinstance(given, dict) and isinstance(given.get("column"), str):
            found.append((given["column"], str(one.get("expectation_type") or one.get("type"))))
    return by_column(found)


def by_column(found: Iterable[tuple[str, str]]) -> list[bool]:
    """Of each column whether an expectation says more than that it exists or is of a type."""
    columns: dict[str, bool] = {}
    for column, kind in found:
        plain = re.search(r"to_?exist|of_?type|type_?list", kind, re.IGNORECASE)
        columns[column] = columns.get(column, False) or not plain
    return list(columns.values())


def columns(top: dict[str, Any]) -> Iterator[bool]:
    """Of pandera's files, Frictionless, dbt and Soda."""
    held = top.get("columns") if "schema_type" in top else None
    for one in held.values() if isinstance(held, dict) else ():
        yield isinstance(one, dict) and bool(one.get("checks") or "nullable" in one)
    for one in (top, *(r.get("schema") for r in mappings(top.get("resources")))):
        for field in mappings(one.get("fields") if isinstance(one, dict) else None):
            yield bool(field.get("constraints"))
    sources = (table for s in mappings(top.get("sources")) for table in mappings(s.get("tables")))
    for table in (*mappings(top.get("models")), *sources):
        for column in mappings(table.get("columns")):
            yield bool(column.get("tests") or column.get("data_tests"))
    lists = (held for key, held in top.items() if key.startswith("checks for "))
    checks = (next(iter(c), "") if isinstance(c, dict) else c for v in lists for c in items(v))
    found = (SODA.match(str(check)) for check in checks)
    yield from (True for _ in {n.strip() for m in found if m for n in m[1].split(",")})


def properties(node: Any, depth: int = 0) -> Iterator[bool]:
    """Of a JSON Schema, at any depth, definitions too."""
    parts = node.values() if isinstance(node, dict) else items(node)
    held = node.get("properties") if isinstance(node, dict) else None
    for one in held.values() if isinstance(held, dict) else ():
        inner = one if isinstance(one, dict) else {}
        each = inner.get("items")
        keys = {*inner, *(each if isinstance(each, dict) else ())}
        yield "null" in items(inner.get("type")) or any(map(JSON_CHECK.fullmatch, keys))
    for part in parts if depth < 30 else ():
        yield from properties(part, depth + 1)


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in items(value) if isinstance(one, dict)]


def in_code(files: Files, broken: list[str]) -> Iterator[Schema]:
    """The schemas in Python and Scala; of pydantic only what a service takes."""
    models: dict[str, bytes] = {}
    taken: set[str] = set()
    for name in files.matching("**/*.{py,scala}"):
        if FOREIGN.search(name):
            continue
        content = files.bytes(name, 1_000_000)
        near = b" ".join(part[:80] + part[-80:] for part in content.split(b"import"))
        if b"deequ" in near and (checked := {*DEEQU.findall(content)}):
            yield Schema("deequ", name, [True] * len(checked))
        if b"BaseModel" in content:
            models[name] = content
        framed = any(word in near for word in FRAME_WORDS)
        served = any(server in near for server in SERVERS) and ROUTE.search(content)
        if (framed or served) and name.endswith(".py"):
            tree = parsed(content)
            if tree is None:
                broken.append(name)
                continue
            yield from of_frames(name, tree)
            taken |= taken_by_routes(tree)
    yield from of_requests(models, taken)


def parsed(content: bytes) -> ast.AST | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def of_frames(name: str, tree: ast.AST) -> Iterator[Schema]:
    """Classes of pandera, dataframely and patito, DataFrameSchema(...), and expectations."""
    nodes = list(ast.walk(tree))
    imported = {a.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for a in n.names}
    imported |= {(n.module or "").split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    wanted: list[tuple[str, str]] = []
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            bases = {*map(last_name, node.bases)}
            tools = (tool for tool in FRAMES if tool in imported and FRAMES[tool] & bases)
            yield from (Schema(tool, name, list(fields_of(node).values())) for tool in tools)
        elif isinstance(node, ast.Call):
            kind, first = last_name(node.func), argument(node, "column")
            about = first.value if isinstance(first, ast.Constant) else None
            if kind == "DataFrameSchema" and "pandera" in imported:
                shown = argument(node, "columns")
                held = shown.values if isinstance(shown, ast.Dict) else None
                yield Schema("pandera", name, None if held is None else [*map(is_checked, held)])
            elif kind.startswith(("expect_column_", "ExpectColumn")) and isinstance(about, str):
                wanted.append((about, kind))
    if wanted and "great_expectations" in imported:
        yield Schema("great-expectations", name, by_column(wanted))


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """The first argument of a call, given by its place or by this name."""
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == name)]
    return given[0] if given else None


def fields_of(node: ast.ClassDef, enums: Iterable[str] = ()) -> dict[str, bool]:
    """The fields of a class and whether each is constrained, also by a validator."""
    fields: dict[str, bool] = {}
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            names = names_in(part.annotation)
            narrow = any(map(NARROW.fullmatch, names)) or not names.isdisjoint(enums)
            checked = narrow or is_checked(part.annotation) or is_checked(part.value)
            if "ClassVar" not in names and not part.target.id.startswith("_"):
                fields[part.target.id] = checked
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            names = {t.id for t in part.targets if isinstance(t, ast.Name)}
            fields |= dict.fromkeys(names - {"model_config"}, is_checked(part.value))
        elif isinstance(part, ast.FunctionDef):
            calls = (call for call in part.decorator_list if isinstance(call, ast.Call))
            about = {a.value for c in calls for a in c.args if isinstance(a, ast.Constant)}
            fields |= {field: True for field in fields if field in about}
    return fields


def is_checked(node: ast.AST | None) -> bool:
    """Whether a call within it has an argument that constrains values."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call)) if node else ()
    return any(
        any(CHECK.fullmatch(k.arg or "") for k in call.keywords)
        or (last_name(call.func) == "Column" and len(call.args) > 1)
        for call in calls
    )


def names_in(node: ast.AST) -> set[str]:
    """Every name in an annotation, also in one that is written as text."""
    texts = (str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {*map(last_name, ast.walk(node))}.union(*(re.findall(r"\w+", text) for text in texts))


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, `a.b.c[...]` and `a.b.c(...)`; empty for anything else."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def taken_by_routes(tree: ast.AST) -> set[str]:
    """The names of the types that routes of a service take as arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [m for m in node.decorator_list if ROUTE.match(b"@" + last_name(m).encode())]
            every = (
                (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if marks else ()
            )
            calls = (mark for mark in marks if isinstance(mark, ast.Call))
            inputs = (
                k.value for c in calls for k in c.keywords if k.arg in ("input", "input_spec")
            )
            notes = (one.annotation for one in every if one.annotation)
            found.update(*map(names_in, (*notes, *inputs)))
    return found


def of_requests(models: dict[str, bytes], taken: set[str]) -> Iterator[Schema]:
    """The pydantic models among the names, with the fields of their bases and parts."""
    where = {n.decode(): file for file, text in models.items() for n in CLASS.findall(text)}
    classes: dict[str, ast.ClassDef] = {}
    for name in sorted(taken & where.keys()):
        fields: dict[str, list[bool]] = {}
        todo, seen = [name], set[str]()
        while todo:
            one = todo.pop()
            if one in where and one not in classes:
                tree = parsed(models[where[one]]) or ast.Module([], [])
                found = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
                classes.update({node.name: node for node in found})
            if one not in seen and (node := classes.get(one)):
                enums = {
                    n for n, c in classes.items() if "Enum" in " ".join(map(last_name, c.bases))
                }
                fields[one] = [] if one in enums else list(fields_of(node, enums).values())
                notes = (part.annotation for part in node.body if isinstance(part, ast.AnnAssign))
                todo += sorted({*map(last_name, node.bases)}.union(*map(names_in, notes)))
            seen.add(one)
        if "BaseModel" in seen:
            yield Schema(
                "pydantic", where[name], [checked for one in fields.values() for checked in one]
            )
