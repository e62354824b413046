"""setup.cfg, and of setup.py, which is a program, what stands in it literally."""

import ast
import configparser
import warnings
from typing import Any

from trl4ml.manifests.requirements import listed
from trl4ml.manifests.sources import Malformed, Sort, Source


def setup_cfg(text: str) -> Source | None:
    """None when it only configures tools."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise Malformed("not a configuration of setuptools") from None
    if not ("options" in parser or "metadata" in parser):
        return None
    values = [parser.get("options", "install_requires", fallback="")]
    if "options.extras_require" in parser:
        values += parser["options.extras_require"].values()
    lists = [value.splitlines() for value in values if not value.startswith("file:")]
    entries = tuple(one for items in lists for one in listed(items))
    return Source(Sort.MANIFEST, entries, own=parser.get("metadata", "name", fallback=""))


def setup_py(text: str) -> Source:
    """The lists given to `setup`, directly or by the name of a variable of the module."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Malformed("not Python") from None
    known = {t.id: node.value for node in tree.body if isinstance(node, ast.Assign)
             for t in node.targets if isinstance(t, ast.Name)}  # fmt: skip
    given = {one.arg: one.value for node in ast.walk(tree) if isinstance(node, ast.Call)
             for one in node.keywords if one.arg in ("install_requires", "extras_require")}  # fmt: skip
    lists: list[Any] = []
    computed = False
    for value in given.values():
        try:
            items = ast.literal_eval(known.get(value.id, value) if isinstance(value, ast.Name) else value)
            lists += items.values() if isinstance(items, dict) else [items]
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            computed = True
    lines = (one.splitlines() if isinstance(one, str) else one for one in lists)
    entries = tuple(one for items in lines for one in listed(items))
    return Source(Sort.MANIFEST, entries, computed=computed)
