"""setup.cfg, and of setup.py, which is a program, what stands in it literally."""

import ast
import configparser
import warnings
from contextlib import suppress
from typing import Any

from trl4ml.manifests.requirements import listed
from trl4ml.manifests.sources import Sort, Source

LARGEST_CFG, LARGEST_PY = 50_000, 200_000
"""Characters: of what is no option the parser takes the square of their number in time; a syntax tree
may take a thousand times their number of bytes."""


def setup_cfg(text: str) -> Source | None:
    """None when it only configures tools."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    _refuse(text, LARGEST_CFG)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise ValueError("not a configuration of setuptools") from None
    if not ("options" in parser or "metadata" in parser):
        return None
    values = [parser.get("options", "install_requires", fallback="")]
    if "options.extras_require" in parser:
        values += parser["options.extras_require"].values()
    lists = [value.splitlines() for value in values if not value.startswith("file:")]
    entries = tuple(one for items in lists for one in listed(items))
    return Source(Sort.MANIFEST, entries, own=parser.get("metadata", "name", fallback=""))


def setup_py(text: str) -> Source | None:
    """The lists given to `setup`, in it or in a variable; None when a program makes them all."""
    _refuse(text, LARGEST_PY)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("not Python") from None
    variables = {t.id: node.value for node in tree.body if isinstance(node, ast.Assign)
                 for t in node.targets if isinstance(t, ast.Name)}  # fmt: skip
    given = [one.value for node in ast.walk(tree) if isinstance(node, ast.Call)
             for one in node.keywords if one.arg in ("install_requires", "extras_require")]  # fmt: skip
    lists: list[Any] = []
    for value in given:
        made = variables.get(value.id) if isinstance(value, ast.Name) else value
        with suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            items = ast.literal_eval(made or value)
            lists += items.values() if isinstance(items, dict) else [items]
    lines = (one.splitlines() if isinstance(one, str) else one for one in lists)
    entries = tuple(one for items in lines for one in listed(items))
    return Source(Sort.MANIFEST, entries) if lists or not given else None


def _refuse(text: str, largest: int) -> None:
    if len(text) > largest:
        raise ValueError(f"larger than {largest // 1000} kB, and no more is read of such a file")
