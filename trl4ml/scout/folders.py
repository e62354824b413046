"""Which folders look like components of their own."""

from collections.abc import Iterable
from posixpath import basename, dirname

from trl4ml.core.project import Component
from trl4ml.scout.paths import ASIDE, MANIFESTS, PAGES, is_code

GROUPS = {"apps", "components", "crates", "libs", "models", "modules", "packages", "pipelines",
          "projects", "services"}  # fmt: skip


def component_folders(names: Iterable[str]) -> list[str]:
    """Folders with a manifest and code of their own, if there are several, sorted."""
    manifests, code = set(), set()
    for name in names:
        if ASIDE.search(name) or PAGES.search(name):
            continue
        first, *more = dirname(name).split("/")
        if basename(name) in MANIFESTS and (not more or (first in GROUPS and len(more) == 1)):
            manifests.add(dirname(name))
        if is_code(name):
            code |= {first, "/".join([first, *more[:1]])}
    folders = {one for one in manifests & code if one and _claimable(one)}
    inmost = sorted(folders - {dirname(folder) for folder in folders})
    return inmost if len(inmost) > 1 else []


def _claimable(folder: str) -> bool:
    """Whether `paths` in trl4ml.yaml can name the folder as it is."""
    try:
        return Component(name="a", paths=(folder,)).paths == (folder,)
    except ValueError:
        return False
