"""JSON Schemas of what people write and read, made from the nouns, with their documentation."""

import ast
import inspect
import textwrap
from typing import Any

from pydantic import BaseModel

from trl4ml.core.checklist import Checklist
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Project
from trl4ml.core.registers import REGISTERS
from trl4ml.core.report import Report
from trl4ml.loading import all_probes

NOUNS: dict[str, type[BaseModel]] = {
    "project": Project, "checklist": Checklist, "report": Report, "review-policy": ReviewPolicy,
}  # fmt: skip
ADDRESS = "https://trl4ml.github.io/trl4ml/schema/{subject}-1.json"


def schema(subject: str) -> dict[str, Any]:
    """The JSON Schema of one of NOUNS; that of a `project` has the options of our own probes."""
    noun = NOUNS[subject]
    made = noun.model_json_schema()
    known = nouns(noun)
    for definition in (made, *made.get("$defs", {}).values()):
        describe(definition, known.get(definition.get("title", "")))
    if subject == "project":
        made["properties"]["probes"]["properties"] = _options()
        made["properties"]["registers"]["properties"] = _registers()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS.format(subject=subject),
        **made,
    }


def _options() -> dict[str, Any]:
    """The options of the probes that come with trl4ml, by probe id."""
    options = {}
    for id, probe in all_probes().items():
        if probe.options and probe.module_name.startswith("trl4ml.probes."):
            described = probe.options.model_json_schema()
            describe(described, probe.options)
            options[id] = {**described, "title": id, "description": probe.asks}
    return options


def _registers() -> dict[str, Any]:
    """Each register: a list of entries, a mapping, or the path of a YAML file."""
    kinds: list[dict[str, str]] = [{"type": "string"}, {"type": "array"}, {"type": "object"}]
    return {
        name: {"anyOf": kinds, "description": inspect.cleandoc(kind.__doc__ or name)}
        for name, kind in REGISTERS.items()
    }


def nouns(noun: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Every noun by its name: those that share the schema are among them."""
    found: dict[str, type[BaseModel]] = {noun.__name__: noun}
    pending: list[type[BaseModel]] = list(BaseModel.__subclasses__())
    while pending:
        one = pending.pop()
        if one.__module__.startswith("trl4ml.core."):
            found.setdefault(one.__name__, one)
        pending += one.__subclasses__()
    return found


def describe(definition: dict[str, Any], noun: type[BaseModel] | None) -> None:
    if noun is None:
        return
    for name, about in attribute_docstrings(noun).items():
        if name in definition.get("properties", {}):
            definition["properties"][name]["description"] = about


def attribute_docstrings(noun: type) -> dict[str, str]:
    """The text below each attribute of the class and of the classes it extends."""
    found: dict[str, str] = {}
    for one in reversed(noun.__mro__):
        if not one.__module__.startswith("trl4ml."):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for node, below in zip(body.body, body.body[1:], strict=False):
            about = below.value if isinstance(below, ast.Expr) else None
            if isinstance(node, ast.AnnAssign) and isinstance(about, ast.Constant):
                found[ast.unparse(node.target)] = inspect.cleandoc(str(about.value)).replace(
                    "\n", " "
                )
    return found
