"""What is not pinned can differ at the next installation, and with it every figure of the model.

Reads what the tools of Python and conda read, in the top folder or, where nothing is declared there,
in the highest folders where something is. A dependency is pinned when a lock file, a constraint or
the manifest gives it one version or commit; Python, pip and paths inside the project do not count.
Where there is a lock file and no manifest, all that it names is declared. What setup.py computes is
not seen. `hashed` means that lock files with hashes name all that is declared.
"""

import posixpath
import re
from collections.abc import Iterator

from trl4ml.core.evidence import Finding, Measure, no, not_applicable, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.manifests.kinds import CONSTRAINTS, NAMES, Kind, kind_of
from trl4ml.manifests.sources import Account, Sort, Source, account

asks = "Every declared dependency is pinned to one version."
version = 2

HOLDERS = {"requirements", "reqs", "constraints", "conda", "env", "envs", "environments"}
ASIDE = {
    "node_modules", "vendor", "vendored", "third_party", "third-party", "external", "site-packages",
    "test", "tests", "testing", "fixtures", "docs", "doc", "example", "examples", "samples", "templates",
}  # fmt: skip
CODE = "**/*.{py,ipynb,r,rmd,qmd,jl,js,mjs,ts,tsx,rs,go,java,kt,scala,c,cc,cpp,cu,cs,swift,m,lua}"
LARGEST = 16_000_000
SHOWN = 5


class Options(Noun):
    folders: tuple[str, ...] = ()
    """The folders that hold the manifests; not given: the highest ones in which there are any."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    empty: list[str] = []
    for level in levels(files, options):
        folders = [read(files, documents, paths) for paths in level]
        accounts = [account(sources) for sources in folders]
        if any(one.declared for one in accounts):
            return judged(accounts)
        empty += [path for some in folders for path in some if some[path].sort is not Sort.LOCK]
    return nothing_declared(files, empty)


def levels(files: Files, options: Options) -> list[list[list[str]]]:
    """The paths of manifests and locks by folder, the highest folders first."""
    wanted = {posixpath.normpath(folder.strip("/")) for folder in options.folders}
    folders: dict[str, list[str]] = {}
    for path in files.matching("**/{" + ",".join(NAMES) + "}"):
        folder = posixpath.dirname(path) or "."
        if posixpath.basename(folder).lower() in HOLDERS and folder not in wanted:
            folder = posixpath.dirname(folder) or "."
        if folder in wanted if wanted else not ASIDE & set(folder.lower().split("/")):
            folders.setdefault(folder, []).append(path)
    if missing := sorted(wanted - set(folders)):
        raise Unreadable(missing[0], "no manifest and no lock file of dependencies lies there")
    depths = {one: 0 if wanted or one == "." else 1 + one.count("/") for one in folders}
    return [[folders[f] for f in folders if depths[f] == one] for one in sorted({*depths.values()})]


def read(files: Files, documents: Documents, paths: list[str]) -> dict[str, Source]:
    """Each file, and what it includes."""
    sources: dict[str, Source] = {}
    waiting = [(path, kind_of(path)) for path in paths]
    while waiting:
        path, kind = waiting.pop(0)
        try:
            source = None if path in sources else kind.read(content(files, documents, path, kind))
        except ValueError as error:
            raise Unreadable(path, str(error)) from None
        if source:
            sources[path] = source
            waiting += included(path, source)
    return sources


def content(files: Files, documents: Documents, path: str, kind: Kind) -> object:
    """Parsed, or the text, also as PowerShell writes it: `pip freeze >` makes UTF-16 there."""
    if kind.form != "text":
        return getattr(documents, kind.form)(path)
    if files.bytes(path, 2) in (b"\xff\xfe", b"\xfe\xff"):
        text = files.bytes(path, LARGEST).decode("utf-16", "replace")
    else:
        text = files.text(path, LARGEST)
    if files.size(path) > LARGEST:
        raise Unreadable(path, f"larger than {LARGEST // 1_000_000} MB, and no more is read")
    return text


def included(path: str, source: Source) -> Iterator[tuple[str, Kind]]:
    for one in source.includes:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), one.path))
        if "://" not in one.path and not target.startswith(("..", "/")):
            yield target, CONSTRAINTS if one.constraint else kind_of(target)
        elif not one.constraint:
            raise Unreadable(path, "it includes requirements from outside of the project")


def judged(accounts: list[Account]) -> Finding:
    measures = measured(accounts)
    loose = sorted((name, a.declared[name]) for a in accounts for name in a.loose)
    if loose:
        names = ", ".join(re.sub(r"[^\w./@:-]", "?", name)[:80] for name, _ in loose[:SHOWN])
        more = f" and {len(loose) - SHOWN} more" if len(loose) > SHOWN else ""
        says = f"{len(loose)} of {measures['declared']} declared dependencies are not pinned"
        return no(f"{says}: {names}{more}", sorted({at for _, at in loose}), **measures)
    locks = {lock for a in accounts for lock in a.locks}
    where = sorted(locks or {at for a in accounts for at in a.declared.values()})
    says = f"all declared dependencies ({measures['declared']}) are pinned"
    return yes(f"{says} in {', '.join(where[:SHOWN])}", where, **measures)


def measured(accounts: list[Account]) -> dict[str, Measure | int | float]:
    declared = sum(len(one.declared) for one in accounts)
    pinned = declared - sum(len(one.loose) for one in accounts)
    return {
        "declared": declared,
        "pinned": pinned,
        "share": pinned / declared if declared else undefined("no dependency is declared"),
        "locks": len({lock for one in accounts for lock in one.locks}),
        "hashed": bool(declared) and all(one.hashed for one in accounts if one.declared),
    }


def nothing_declared(files: Files, manifests: list[str]) -> Finding:
    if manifests:
        return yes(f"{manifests[0]} declares no dependency", manifests, **measured([]))
    for path in files.matching(CODE):
        return unknown(f"no manifest says what {path} needs; add pyproject.toml", [path])
    return not_applicable("there is neither code nor a manifest of Python, so nothing to install")
