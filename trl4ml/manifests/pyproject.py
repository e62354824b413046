"""The manifests in TOML: pyproject.toml (PEP 621, 735, Poetry, PDM, uv, pixi), Pipfile, pixi.toml."""

import re
from collections.abc import Mapping
from typing import Any

from trl4ml.manifests.requirements import FIXED, Entries, inside, listed
from trl4ml.manifests.sources import Requirement, Sort, Source, normal

KEYS = {f"{sort}dependencies" for sort in ("", "optional-", "dev-", "pypi-", "host-", "build-")}
KEYS |= {"dependency-groups"}
ONE_VERSION = re.compile(r"\s*(?:={2,3}\s*)?\d[^*,\s<>|]*\s*")
DEEPEST = 6


def pyproject(data: Mapping[str, Any]) -> Source | None:
    """None when it only configures tools."""
    tool = below(data, "tool")
    own = {key: data[key] for key in ("project", "dependency-groups") if key in data}
    own |= {key: tool[key] for key in ("poetry", "pdm", "uv", "pixi") if key in tool}
    entries = tuple(under_keys(own))
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
        specs = spec if isinstance(spec, list) else [spec]
        if specs is spec and any(not isinstance(s, dict) or "include-group" in s for s in spec):
            yield from listed(spec)
        elif specs := [one for one in specs if not local(one)]:
            yield Requirement(normal(name), all(one_version(one) for one in specs))


def local(spec: object) -> bool:
    return isinstance(spec, dict) and "path" in spec and inside(str(spec["path"]))


def one_version(spec: object) -> bool:
    if isinstance(spec, dict):
        where = (spec.get("url"), f"@{spec.get('rev') or spec.get('ref')}")
        if any(FIXED.search(str(one)) for one in where):
            return True
        spec = spec.get("version")
    return isinstance(spec, str) and bool(ONE_VERSION.fullmatch(spec))
