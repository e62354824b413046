"""Which files there are, and how each is read."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Literal, NamedTuple

from trl4ml.manifests.conda import environment
from trl4ml.manifests.locks import conda_lock, packages, pipfile_lock
from trl4ml.manifests.pyproject import pipfile, pixi, pyproject
from trl4ml.manifests.requirements import requirements
from trl4ml.manifests.setuptools import setup_cfg, setup_py
from trl4ml.manifests.sources import Sort, Source


class Kind(NamedTuple):
    """Names in lower case, where `*` is anything; the form of the data that `read` takes."""

    names: str
    form: Literal["text", "toml", "json", "yaml"]
    read: Callable[[Any], Source | None]


CONSTRAINTS = Kind("*constraints*.txt *constraints*.in constraints/*.txt", "text",
                   partial(requirements, sort=Sort.LOCK))  # fmt: skip
SOURCES = Kind("*requirements*.in requirements/*.in reqs/*.in", "text",
               partial(requirements, sort=Sort.MANIFEST))  # fmt: skip
REQUIREMENTS = Kind("*requirements*.txt requirements*.lock requirements/*.txt requirements/*.lock "
                    "reqs/*.txt", "text", requirements)  # fmt: skip
KINDS = (
    CONSTRAINTS, SOURCES, REQUIREMENTS,
    Kind("pyproject.toml", "toml", pyproject),
    Kind("setup.cfg", "text", setup_cfg),
    Kind("setup.py", "text", setup_py),
    Kind("pipfile", "toml", pipfile),
    Kind("pixi.toml", "toml", pixi),
    Kind("uv.lock poetry.lock pdm.lock pylock.toml pylock.*.toml", "toml", packages),
    Kind("pipfile.lock", "json", pipfile_lock),
    Kind("*conda-lock.yml *conda-lock.yaml conda-*.lock pixi.lock", "text", conda_lock),
    Kind("environment*.yml environment*.yaml conda*.yml conda*.yaml env.yml env.yaml", "yaml",
         environment),
)  # fmt: skip
NAMES = tuple(name for kind in KINDS for name in kind.names.split())


def kind_of(path: str) -> Kind:
    """Of a path with `/`; a file of no known name was included by requirements."""
    fits = (k for k in KINDS for n in k.names.split() if fnmatchcase(f"/{path.lower()}", f"*/{n}"))
    return next(fits, REQUIREMENTS)
