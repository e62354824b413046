"""The name of the project, in the letters that names in trl4ml.yaml are made of."""

import re
import unicodedata
from typing import Any

from trl4ml.core.views import Documents, Unreadable

FOREIGN = "ßæœøłđðþıабвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρσςτυφχψω"
LATIN = (
    "ss ae oe o l d d th i a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia "
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
)
LETTERS = str.maketrans(dict(zip(FOREIGN, LATIN.split(" "), strict=True)))


def slug(text: str) -> str:
    """The name in small Latin letters, digits and single hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).lower().translate(LETTERS)
    kept = "".join(c for c in plain if c.isascii() and (c.isprintable() or c.isspace()))
    return re.sub(r"[^a-z0-9]+", "-", kept).strip("-")[:60].strip("-")


def project_name(folder: str, documents: Documents) -> str:
    """By pyproject.toml where it says so, else by the folder."""
    try:
        declared = documents.toml("pyproject.toml")
    except Unreadable:
        declared = {}
    tables = (declared.get("project"), _sub(declared.get("tool"), "poetry"))
    names = [name for table in tables if isinstance(name := _sub(table, "name"), str)]
    return next(filter(None, map(slug, (*names, folder))), "project")


def _sub(table: Any, key: str) -> Any:
    return table.get(key) if isinstance(table, dict) else None
