"""The manifests in TOML: pyproject.toml (PEP 621, 735, Poetry, PDM, uv, pixi), Pipfile, pixi.toml."""

import re
from collections.abc import Mapping
from typing import Any

from trl4ml.manifests.requirements import FIXED, Entries, inside, listed
from trl4ml.manifests.sources import Include, Requirement, Sort, Source, normal

KEYS = {f"{sort}dependencies" for sort in ("", "optional-", "dev-", "pypi-", "host-", "build-")}
KEYS |= {"dependency-groups"}
ONE_VERSION = re.compile(r"\s*(?:={2,3}\s*)?\d[^*,\s<>|]*\s*")
COMMIT = re.compile(r"[0-9a-f]{7,64}")
DEEPEST = 6


def pyproject(data: Mapping[str, Any]) -> Source | None:
    """None when it only configures tools."""
    tool = below(data, "tool")
    own = {key: data[key] for key in ("project", "dependency-groups") if key in data}
    own |= {key: tool[key] for key in ("poetry", "pdm", "uv", "pixi") if key in tool}
    dynamic = below(below(tool, "setuptools"), "dynamic")
    files = [dynamic.get("dependencies"), *below(dynamic, "optional-dependencies").values()]
    entries = (*under_keys(own), *(one for source in files for one in included(source)))
    name = below(own, "project").get("name") or below(own, "poetry").get("name")
    declares = entries or own.keys() - {"uv", "pdm"}
    return Source(Sort.MANIFEST, entries, own=str(name or "")) if declares else None


def pixi(data: Mapping[str, Any]) -> Source:
    return Source(Sort.MANIFEST, tuple(under_keys(data)))


def pipfile(data: Mapping[str, Any]) -> Source:
    """Each table is a category of packages, but for a few."""
    categories = sorted(data.keys() - {"requires", "scripts", "pipenv", "source"})
    return Source(Sort.MANIFEST, tuple(one for name in categories for one in tabled(data[name])))


def below(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def under_keys(data: Mapping[str, Any], levels: int = DEEPEST) -> Entries:
    """What stands at any depth under a key that declares: a list, or a table."""
    for key, value in data.items():
        if key in KEYS:
            yield from listed(value)
            yield from tabled(value)
        elif isinstance(value, dict) and levels:
            yield from under_keys(value, levels - 1)


def tabled(table: object) -> Entries:
    """Names with a version, a mapping or mappings; or groups with lists of requirements."""
    for name, spec in table.items() if isinstance(table, dict) else ():
        several = spec if isinstance(spec, list) else [spec]
        if several is spec and any(not isinstance(s, dict) or "include-group" in s for s in spec):
            yield from listed(spec)
        elif specs := [one for one in several if not local(one)]:
            yield Requirement(normal(name), all(one_version(one) for one in specs))


def local(spec: object) -> bool:
    path = spec.get("path") if isinstance(spec, dict) else None
    return isinstance(path, str) and inside(path)


def one_version(spec: object) -> bool:
    if isinstance(spec, dict):
        commit = str(spec.get("rev") or spec.get("ref") or "")
        if COMMIT.fullmatch(commit) or FIXED.search(str(spec.get("url", ""))):
            return True
        spec = spec.get("version")
    return isinstance(spec, str) and bool(ONE_VERSION.fullmatch(spec))


def included(source: object) -> list[Include]:
    """The files that setuptools is told to read dependencies from."""
    files = source.get("file") if isinstance(source, dict) else None
    several = files if isinstance(files, list) else [files]
    return [Include(one) for one in several if isinstance(one, str)]
