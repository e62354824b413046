"""What is installed and what is missing: looked up offline, without importing any of it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from trl4ml import __version__, resources
from trl4ml.errors import WrongInput

ADDS = {
    "energy": "Measures and predicts energy and carbon, from counters or a stated model.",
    "inspect": "Reads the logs of present Inspect, which are compressed by Zstandard.",
    "server": "Runs the team server, with its index in SQLite or PostgreSQL.",
    "signing": "Verifies signatures: of reviews, and of models.",
    "site": "Builds the readiness pages into a static site.",
    "slices": "Measures fairness and quality in slices of a table of predictions.",
    "spark": "Reads tables of predictions on a Spark cluster; needs Java 17.",
    "watermark": "Reads models and verifies watermarks in them, or through their API.",
    "watermark-train": "Embeds watermarks while a model is trained; brings PyTorch.",
    "all": "Everything that the other extras add, but Spark and PyTorch.",
}
"""One sentence for each extra in pyproject.toml."""
REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^]]*)\])?")
EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")
OTHER = re.compile(r"\b(python_|sys_platform|platform_|os_name|implementation_name)")


class State(StrEnum):
    OK = "ok"
    MISSING = "missing"
    WARNING = "warning"
    BROKEN = "broken"


class Check(NamedTuple):
    state: State
    what: str
    says: str


class Requirement(NamedTuple):
    """A line of Requires-Dist, as far as it matters here."""

    name: str
    extras: tuple[str, ...]
    """Those of the required package: `trl4ml[site]`."""
    of: str
    """The extra of ours that requires it; empty: the core."""
    conditional: bool
    """Wanted on some systems only."""


def project_here() -> Path | None:
    """The folder of the project, upwards from here."""
    try:
        from trl4ml.loading import find

        return find(None)
    except (ImportError, WrongInput):
        return None


def examine(here: Path | None) -> list[Check]:
    """Every check; `here` is the folder of the project, when there is one."""
    lines = _requires()
    return [
        *_core(lines),
        _git(),
        *_folders(),
        *_plug_ins(),
        *_store(here),
        *(_extra(name, lines) for name in sorted({line.of for line in lines or ()} - {""})),
    ]


def _requires() -> list[Requirement] | None:
    """None where trl4ml itself is not installed but only lies on the path."""
    try:
        return [parsed(line) for line in metadata.requires("trl4ml") or ()]
    except metadata.PackageNotFoundError:
        return None


def parsed(line: str) -> Requirement:
    """`mkdocs<2,>=1.6; extra == 'site'`, read without a library that the core does not have."""
    wanted, _, marker = line.partition(";")
    found, extra = REQUIREMENT.match(wanted), EXTRA.search(marker)
    extras = [one.strip() for one in (found["extras"] or "").split(",")] if found else []
    return Requirement(
        found["name"] if found else wanted.strip(), tuple(one for one in extras if one),
        extra[1] if extra else "", bool(OTHER.search(marker)),
    )  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _core(lines: list[Requirement] | None) -> Iterator[Check]:
    yield Check(State.OK, "trl4ml", f"{__version__}, from {resources.PACKAGE}")
    yield Check(State.OK, "Python", f"{sys.version.split()[0]}, {sys.executable}")
    if lines is None:
        says = "trl4ml is not installed, it only lies on the path: what it needs is not known"
        yield Check(State.WARNING, "core", f"{says}; install it with: pip install trl4ml")
        return
    needed = [line for line in lines if not line.of]
    versions = {line.name: _version(line.name) for line in needed}
    missing = [line.name for line in needed if not (versions[line.name] or line.conditional)]
    if missing:
        says = f"{', '.join(missing)} not installed; repair it with: pip install trl4ml"
        yield Check(State.BROKEN, "core", says)
    else:
        found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        yield Check(State.OK, "core", found)


def _git() -> Check:
    without = "probes of the history answer unknown; install git"
    if not shutil.which("git"):
        return Check(State.WARNING, "git", f"not found: {without}")
    try:
        done = subprocess.run(
            ["git", "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Check(State.WARNING, "git", f"does not run ({type(error).__name__}): {without}")
    return Check(State.OK, "git", done.stdout.strip().removeprefix("git version "))


def _folders() -> Iterator[Check]:
    for name in ("checklists", "templates"):
        folder = resources.folder(name)
        count = sum(one.is_file() for one in folder.rglob("*")) if folder.is_dir() else 0
        if count:
            yield Check(State.OK, name, f"{count} files in {folder}")
        else:
            says = f"{folder} is missing or empty; install trl4ml again"
            yield Check(State.BROKEN, name, says)


def _plug_ins() -> Iterator[Check]:
    try:
        from trl4ml.probes import plugged_in

        found = plugged_in()
    except ImportError as error:
        yield Check(State.BROKEN, "probes", f"cannot be loaded ({error})")
    except ValueError as error:
        yield Check(State.BROKEN, "plug-ins", str(error))
    except Exception as error:  # a plug-in may be anybody's code
        yield Check(State.BROKEN, "plug-ins", f"one cannot be loaded: {error!r}")
    else:
        told = ", ".join(f"{id} ({probe.distribution})" for id, probe in sorted(found.items()))
        yield Check(State.OK, "plug-ins", told or "none")


def _store(here: Path | None) -> Iterator[Check]:
    if here is None:
        return
    try:
        from trl4ml.store.evidence import Store
    except ImportError:
        return
    store = Store(here.absolute())
    store.state()
    nearest = next(one for one in (store.folder, *store.folder.parents) if one.exists())
    if store.notices:
        yield Check(State.WARNING, "store", "; ".join(store.notices))
    elif not _writable(nearest):
        says = f"{nearest} cannot be written: every audit asks every probe again"
        yield Check(State.WARNING, "store", says)
    else:
        there = "readable and writable" if store.folder.exists() else "will be made by an audit"
        yield Check(State.OK, "store", f"{store.folder}, {there}")


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _extra(name: str, lines: list[Requirement] | None) -> Check:
    missing = sorted(set(_missing(name, lines or [])))
    adds = ADDS.get(name, "")
    if missing:
        says = f"{adds} Add it with: pip install 'trl4ml[{name}]' ({', '.join(missing)})"
        return Check(State.MISSING, f"[{name}]", says.strip())
    return Check(State.OK, f"[{name}]", adds)


def _missing(extra: str, lines: list[Requirement], seen: tuple[str, ...] = ()) -> Iterator[str]:
    """What the extra needs and is not installed; `trl4ml[site]` stands for all that site needs."""
    for line in lines:
        if line.of != extra or extra in seen:
            continue
        if line.name.lower() == "trl4ml":
            for other in line.extras:
                yield from _missing(other, lines, (*seen, extra))
        elif not _version(line.name) and not line.conditional:
            yield line.name
