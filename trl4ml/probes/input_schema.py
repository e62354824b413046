"""Bad input is caught before the model answers only if what may come in is written for a machine.

Looks for schemas in code, which is parsed and never run: pandera, pydantic models that a service
takes as a request body, dataframely, patito, Great Expectations and Deequ; and in files: JSON
Schema, expectation suites, TFDV's schema.pbtxt, the signature of an MLmodel, Frictionless, dbt and
Soda. A field is constrained when a range, a set of values, a pattern or its nullability is stated.
"""

import re
from collections.abc import Iterator
from posixpath import basename
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.dense import loads
from trl4ml.source.fields import by_column
from trl4ml.source.paths import is_aside, is_docs
from trl4ml.source.routes import may_take_data, types_taken
from trl4ml.source.schemas import deequ, frames, may_hold_frames, requests
from trl4ml.source.trees import parsed

asks = "The model's inputs have a machine-readable schema."
version = 2

ABOUT_THE_WORK = re.compile(r"(?:^|/)(?:reports?|\.github|\.vscode)/", re.IGNORECASE)
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
JSON_CHECK = re.compile(
    r"enum|const|(exclusive)?(min|max)imum|multipleOf|(min|max)(Length|Items)|pattern|format|uniqueItems",
    re.IGNORECASE,
)
CHECKED_FEATURE = re.compile(r"\b(\w*domain|presence|value_counts?)\b")
SODA = re.compile(r"^(?:missing|invalid|duplicate|min|max|avg)\w*\s*\(([^)]{1,200})\)")
LARGEST = 1_000_000


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


def is_foreign(name: str) -> bool:
    return is_aside(name) or is_docs(name) or bool(ABOUT_THE_WORK.search(name))


def in_files(
    files: Files, documents: Documents, options: Options, broken: list[str]
) -> Iterator[Schema]:
    """The schemas in files; which tool's each is shows in its content."""
    dbt = ["**/models/**/*.{yaml,yml}"] if files.matching("**/dbt_project.yml") else []
    for name in files.matching(*SCHEMA_FILES, *dbt, *options.paths):
        try:
            found = None if is_foreign(name) else read(files, documents, name)
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
        return [False for _ in mappings(loads(inputs) if isinstance(inputs, str) else inputs)]
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
        if is_foreign(name):
            continue
        content = files.bytes(name, LARGEST)
        if checked := deequ(content):
            yield Schema("deequ", name, [True] * len(checked))
        if b"BaseModel" in content:
            models[name] = content
        if name.endswith(".py") and (may_hold_frames(content) or may_take_data(content)):
            try:
                tree = parsed(content)
            except ValueError:
                broken.append(name)
                continue
            yield from (Schema(form.tool, name, form.fields) for form in frames(tree))
            taken |= types_taken(tree)
    yield from (Schema("pydantic", path, fields) for path, fields in requests(models, taken))
