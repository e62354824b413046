"""Whoever calls the model must know what to send and what comes back without reading its code.

Looks for OpenAPI, Swagger and AsyncAPI (YAML by content, JSON with `api` or `swagger` in its name),
protobuf services, GraphQL schemas, inputs and outputs in Triton's config.pbtxt or MLflow's MLmodel,
route handlers with types (FastAPI, Ninja, Litestar, BentoML) and packages with py.typed. Tests and
vendored folders are left out; a document that describes no operation does not count.
"""

import re
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Measure, Place, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.source.paths import is_aside
from trl4ml.source.routes import METHODS, has_version, typed_handlers
from trl4ml.source.trees import parsed

asks = "The interface is described by a machine-readable specification."
version = 2

LIMIT = 1_000_000
YAML_LIMIT = 10_000_000
CANDIDATES = (
    "**/{*.{yaml,yml,proto,graphql,graphqls,gql,py},*{api,swagger}*.json,"
    "config.pbtxt,MLmodel,py.typed}"
)
NAMED = re.compile(
    r"(?:^|/)(?:openapi|swagger|asyncapi)(?:[-_.]?(?:spec|v?\d[\w.]*))?\.(?:ya?ml|json)$",
    re.IGNORECASE,
)
DOCUMENT = re.compile(
    rb"""^["']?(?:openapi|swagger|asyncapi)["']?[ ]*:[ ]*["']?\d"""
    rb'|"(?:openapi|swagger|asyncapi)"\s*:\s*"\d',
    re.MULTILINE,
)
KINDS = {"openapi": "OpenAPI", "swagger": "Swagger", "asyncapi": "AsyncAPI"}
FRAMEWORK = re.compile(rb"\n[ \t]*(?:from|import)[ \t]+(?:fastapi|ninja|litestar|bentoml)\b")
HANDLERS, PACKAGE = "typed handlers", "typed package"
QUOTED = r'"(?:\\.|[^"\\\n])*"?'
ASIDE = {
    "proto": re.compile(rf"//[^\n]*|/\*(?:.*?\*/|.*)|{QUOTED}", re.DOTALL),
    "graphql": re.compile(rf'#[^\n]*|"""(?:.*?"""|.*)|{QUOTED}', re.DOTALL),
    "pbtxt": re.compile(rf"#[^\n]*|{QUOTED}"),
}
SERVICE = re.compile(r"^[ \t]*service\s+\w+\s*\{", re.MULTILINE)
RPC = re.compile(r"\brpc\s+\w+\s*\(")
PACKAGE_VERSION = re.compile(r"^[ \t]*package\s+(?:\w+\.)*v\d+\w*\s*;", re.MULTILINE)
SCHEMA = re.compile(r"\bschema\b[^{}]{0,500}\{([^{}]*)\}")
TYPE = re.compile(r"\btype\s+(\w+)[^{}]{0,2000}\{([^{}]*)\}")
INPUT = re.compile(r"^[ \t]*input\s*:?\s*[\[{]", re.MULTILINE)
OUTPUT = re.compile(r"^[ \t]*output\s*:?\s*[\[{]", re.MULTILINE)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of OpenAPI, Swagger or AsyncAPI documents that carry other names."""


class Spec(NamedTuple):
    path: str
    kind: str
    operations: int | None
    """None where they cannot be counted, as when they are in other files."""
    versioned: bool = False


def run(files: Files, documents: Documents, options: Options) -> Finding:
    named = frozenset(files.matching(*options.paths) if options.paths else ())
    if options.paths and not named:
        return unknown("no file matches the option `paths`; give the paths of the specifications")
    paths = [path for path in files.matching(CANDIDATES) if not is_aside(path)]
    specs: list[Spec] = []
    broken: list[Unreadable] = []
    for path in sorted(named.union(paths)):
        try:
            if path in named or NAMED.search(path):
                specs += _document(path, files, documents) or [Spec(path, "no known format", 0)]
            else:
                specs += _specs(path, files, documents)
        except Unreadable as error:
            broken.append(error)
    folders = {path.rpartition("/")[0] for path in paths if path.endswith("__init__.py")}
    typed = [path for path in paths if path.endswith("py.typed")]
    specs += [Spec(path, PACKAGE, None) for path in typed if path.rpartition("/")[0] in folders]
    return _finding(specs, broken)


def _finding(specs: list[Spec], broken: list[Unreadable]) -> Finding:
    described = [spec for spec in specs if spec.operations != 0]
    kinds = sorted({spec.kind for spec in described})
    counts = [spec.operations for spec in described if spec.kind != PACKAGE]
    known = [count for count in counts if count is not None]
    measures: dict[str, Measure | Scalar] = {
        "specifications": len(described),
        "operations": sum(known),
        "versioned": any(spec.versioned for spec in specs if spec.kind in kinds),
        "kinds": ", ".join(kinds) or "none",
        "unreadable": len(broken),
    }
    if described and (not counts or len(known) < len(counts)):
        measures["operations"] = undefined("the files that were found do not list them")
    if described:
        says = f"{described[0].path} describes the interface ({described[0].kind})"
        return yes(says, [spec.path for spec in described], **measures)
    if broken:
        places = [Place(path=error.path, line=error.line) for error in broken]
        return unknown(f"{broken[0]}; correct it so that it can be read", places, **measures)
    if specs:
        says = f"{specs[0].path} ({specs[0].kind}) describes no operation"
        return no(says, [spec.path for spec in specs], **measures)
    return no("no specification of an interface was found", (), **measures)


def _specs(path: str, files: Files, documents: Documents) -> list[Spec]:
    """What one file specifies. Raises Unreadable."""
    ending = path.lower().rpartition("/")[2].rpartition(".")[2]
    if ending in ("yaml", "yml", "json"):
        found = DOCUMENT.search(files.bytes(path, LIMIT))
        return _document(path, files, documents) if found else []
    if ending == "py":
        content = files.bytes(path, LIMIT)
        return _handlers(path, content) if FRAMEWORK.search(b"\n" + content) else []
    if ending == "mlmodel":
        return _signature(path, _yaml(path, files, documents))
    if ending == "proto":
        return _services(path, _bare(path, files, "proto"))
    if ending == "pbtxt":
        text = _bare(path, files, "pbtxt")
        return [Spec(path, "Triton", 1)] if INPUT.search(text) and OUTPUT.search(text) else []
    return _schema(path, _bare(path, files, "graphql")) if ending != "typed" else []


def _yaml(path: str, files: Files, documents: Documents) -> list[Any]:
    if files.size(path) > YAML_LIMIT:
        raise Unreadable(path, f"it is larger than {YAML_LIMIT // 1_000_000} MB; give it as JSON")
    return documents.yaml(path)


def _document(path: str, files: Files, documents: Documents) -> list[Spec]:
    json = path.lower().endswith(".json")
    data = documents.json(path) if json else _yaml(path, files, documents)
    data = data[0] if isinstance(data, list) and data else data
    kind = next((key for key in KINDS if isinstance(data, dict) and key in data), None)
    if not kind:
        return []
    info = data.get("info")
    versioned = isinstance(info, dict) and info.get("version") not in (None, "")
    return [Spec(path, KINDS[kind], _operations(data), versioned)]


def _operations(data: dict[str, Any]) -> int | None:
    actions = data.get("operations")
    if isinstance(actions, dict):
        return sum(isinstance(action, dict) for action in actions.values())
    parts = [data.get(key) for key in ("paths", "webhooks", "channels")]
    tables = [part for part in parts if isinstance(part, dict)]
    items = [item for table in tables for item in table.values() if isinstance(item, dict)]
    if any("$ref" in one for one in tables + items):
        return None
    methods = [method for item in items for method in item.items()]
    return sum(key.lower() in METHODS and isinstance(value, dict) for key, value in methods)


def _signature(path: str, data: list[Any]) -> list[Spec]:
    model = data[0] if data and isinstance(data[0], dict) else {}
    signature = model.get("signature")
    if not isinstance(signature, dict) or not signature.get("inputs"):
        return []
    return [Spec(path, "MLflow signature", 1, bool(model.get("model_uuid")))]


def _bare(path: str, files: Files, language: str) -> str:
    """The text without comments and quoted words. Raises Unreadable when brackets do not close."""
    text = ASIDE[language].sub("", files.text(path, LIMIT))
    if any(text.count(begin) != text.count(end) for begin, end in ("{}", "[]", "()")):
        raise Unreadable(path, "its brackets do not close")
    return text


def _services(path: str, text: str) -> list[Spec]:
    if not SERVICE.search(text):
        return []
    return [Spec(path, "protobuf", len(RPC.findall(text)), bool(PACKAGE_VERSION.search(text)))]


def _schema(path: str, text: str) -> list[Spec]:
    text = re.sub(r"\([^()]*\)", "", text)
    schema = SCHEMA.search(text)
    roots = {"Query", "Mutation", "Subscription"}
    roots = set(re.findall(r":\s*(\w+)", schema[1])) if schema else roots
    bodies = [body for name, body in TYPE.findall(text) if name in roots]
    fields = sum(len(re.findall(r"\w+\s*:", body)) for body in bodies)
    return [Spec(path, "GraphQL", fields)] if bodies else []


def _handlers(path: str, content: bytes) -> list[Spec]:
    try:
        tree = parsed(content)
    except ValueError as error:
        raise Unreadable(path, str(error)) from None
    typed, versioned = typed_handlers(tree), has_version(tree)
    return [Spec(path, HANDLERS, sum(typed), versioned)] if typed or versioned else []
