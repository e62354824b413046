"""A branch of the repository, asked of git itself: its files, when they came, and who wrote what.

Nothing here is read from the working tree, and no object is replaced or fetched on the way.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.answer import names
from trl4ml.core.unreadable import Unreadable
from trl4ml.readers.git import ELSEWHERE, QUIET, SAFE
from trl4ml.readers.ownership import remedied

REVISION = re.compile(r"[A-Za-z0-9_@{}^~][\w./@{}^~-]*", re.ASCII)
ORIGIN = "refs/remotes/origin/"
HEAD = f"{ORIGIN}HEAD"
REMOTE = (f"{ORIGIN}main", f"{ORIGIN}master")
LOCAL = ("refs/heads/main", "refs/heads/master")
NAMED = ("refs/heads/{}", "refs/remotes/{}", "refs/tags/{}")
LARGEST, MOST = 4_000_000, 100_000
LATEST = 253_402_300_799
"""The last second that has a date."""
REGULAR = (b"100644", b"100755")
SILENT = "git failed"
PARTIAL = "this clone is partial and lacks contents of the base branch; clone it without --filter"
TOGETHER = "%(trailers:key=Co-authored-by,valueonly,separator=%x02)"
AS_IT_IS = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}


class Branch(NamedTuple):
    """A commit, and by which name it was found."""

    root: Path
    shown: str
    commit: str


class Wrote(NamedTuple):
    """One commit: who wrote it, by every name and address, in small letters, and its paths."""

    people: frozenset[str]
    paths: tuple[str, ...]


def base(root: Path, named: str | None) -> Branch:
    """The branch that is named; else origin's default, main or master; else, without any remote, the
    local main or master. Raises Unreadable, whose reason ends with the remedy.
    """
    if named is not None:
        return _named(root, named)
    remote = _git(root, "remote").strip()
    found = _refs(root, (HEAD, *REMOTE) if remote else LOCAL)
    if HEAD in found:
        return Branch(root, _short(HEAD), found[HEAD])
    if not found:
        what = "neither origin/HEAD, origin/main nor origin/master" if remote else (
            "no remote, and neither a branch main nor master"
        )  # fmt: skip
        raise Unreadable(".git", f"the repository has {what}; fetch the base branch (in CI: "
                                 "fetch-depth: 0), or name it with --base")  # fmt: skip
    if len(set(found.values())) > 1:
        both = " and ".join(map(_short, found))
        raise Unreadable(".git", f"{both} differ, and either may be the base; name it with --base")
    ref, commit = next(iter(found.items()))
    return Branch(root, _short(ref), commit)


def _short(ref: str) -> str:
    return ref.split("/", 2)[2]


def _named(root: Path, name: str) -> Branch:
    if not REVISION.fullmatch(name):
        raise Unreadable(
            ".git", f"'{name[:80]}' is no name of a revision; give one as in origin/main"
        )
    same = _refs(root, tuple(one.format(name) for one in NAMED))
    if len(set(same.values())) > 1:
        raise Unreadable(".git", f"'{name}' is the name of {' and of '.join(sorted(same))}, which "
                                 "differ; name one of them in full")  # fmt: skip
    try:
        wanted = f"{next(iter(same), name)}^{{commit}}"
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    except Unreadable as error:
        if error.reason != SILENT:
            raise
        raise Unreadable(".git", f"git knows no '{name}'; fetch it first, as in: git fetch origin main"
                         ) from None  # fmt: skip
    return Branch(root, name, commit.decode().strip())


def _refs(root: Path, wanted: Sequence[str]) -> dict[str, str]:
    """The commits of those refs that there are.

    Somebody may push a branch of the name HEAD: that of origin counts only where it leads to another.
    """
    form = "--format=%(objectname) %(*objectname) %(refname) %(symref)"
    found = {}
    for line in _git(root, "for-each-ref", form, *wanted).decode("utf-8", "replace").splitlines():
        commit, peeled, ref, leads = line.split(" ", 3)
        if ref in wanted and (ref != HEAD or leads.startswith(ORIGIN)):
            found[ref] = peeled or commit
    return {ref: found[ref] for ref in wanted if ref in found}


def submodule(branch: Branch) -> bool:
    """Whether another repository has this one in it: a change there may exchange it as a whole."""
    return bool(_git(branch.root, "rev-parse", "--show-superproject-working-tree").strip())


def shallow(branch: Branch) -> bool:
    return _git(branch.root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def files(branch: Branch, *paths: str) -> dict[str, bytes | None]:
    """The contents of these files, and of all below the folders (`folder/`), by path in the project.

    None for what is a link or a submodule, and for what is too large. Raises Unreadable.
    """
    out = _git(branch.root, "ls-tree", "-r", "-z", "--long", branch.commit, "--", *paths)
    blobs: dict[str, str] = {}
    found: dict[str, bytes | None] = {}
    for line in filter(None, out.split(b"\0")):
        about, _, path = line.partition(b"\t")
        mode, _, blob, size = about.split()
        name = path.decode("utf-8", "backslashreplace")
        found[name] = None
        if mode in REGULAR and int(size) <= LARGEST:
            blobs[name] = blob.decode()
    if len(found) > MOST:
        raise Unreadable(".git", f"{branch.shown} has more than {MOST:,} files of reviews; move away what "
                                 "is none of them")  # fmt: skip
    return found | dict(zip(blobs, _contents(branch.root, blobs.values()), strict=True))


def tags(root: Path, prefix: str) -> dict[str, bytes]:
    """The tags whose name begins so: the object itself of one that has a message, else nothing."""
    form = "--format=%(objecttype) %(objectname) %(refname:strip=2)"
    lines = _git(root, "for-each-ref", form, f"refs/tags/{prefix}").decode("utf-8", "replace")
    found = [line.split(" ", 2) for line in lines.splitlines()]
    objects = _contents(root, [one for kind, one, _ in found if kind == "tag"])
    return {name: next(objects) if kind == "tag" else b"" for kind, _, name in found}


def _contents(root: Path, objects: Iterable[str]) -> Iterator[bytes]:
    wanted = list(objects)
    out = (
        _git(root, "cat-file", "--batch", given="".join(f"{one}\n" for one in wanted))
        if wanted
        else b""
    )
    at = 0
    for _ in wanted:
        end = out.index(b"\n", at)
        about = out[at:end].split()
        if len(about) != 3:
            raise Unreadable(".git", PARTIAL)
        at = end + 1 + int(about[2])
        yield out[end + 1 : at]
        at += 1


def brought(branch: Branch, folder: str) -> dict[str, tuple[str, datetime]]:
    """The commit that first brought each file below the folder to the branch, and when it came."""
    out = _git(
        branch.root, "log", "--first-parent", "-m", "--no-renames", "--diff-filter=A", "--relative",
        "--name-only", "-z", "--format=%x00%H", branch.commit, "--", f"{folder}/",
    )  # fmt: skip
    found: dict[str, str] = {}
    for commit, paths in _commits(out):
        found |= dict.fromkeys(paths, commit)
    times = _times(branch) if found else {}
    return {path: (commit, times[commit]) for path, commit in found.items()}


def _times(branch: Branch) -> dict[str, datetime]:
    """When each commit came to the branch: not before any that it follows there, whatever it says."""
    out = _git(branch.root, "log", "--first-parent", "--reverse", "--format=%H %ct", branch.commit)
    latest, found = 0, {}
    for line in out.decode().splitlines():
        commit, at = line.split(" ")
        latest = min(max(int(at), latest), LATEST)
        found[commit] = datetime.fromtimestamp(latest, UTC)
    return found


@lru_cache(maxsize=64)
def wrote(root: Path, since: str, until: str) -> tuple[Wrote, ...]:
    """The commits of `until` that `since` is without (or all), and their paths in the project.

    Both are ids of commits, so that what git says can be kept.

    Who is named in `Co-authored-by`, as forges write it when they squash, wrote it too. Who is who by `.mailmap` is added to what the commit itself says, as that file too may be part of
    the change.
    """
    out = _git(
        root, "log", "-c", "--no-renames", "--relative", "--name-only", "-z",
        f"--format=%x00%ae%x02%aE%x02%an%x02%aN%x02{TOGETHER}",
        f"{since}..{until}" if since else until, "--", ".",
    )  # fmt: skip
    return tuple(
        Wrote(frozenset(name for one in head.split("\x02") for name in names(one)), paths)
        for head, paths in _commits(out)
    )


def _commits(out: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The first line and the paths of each commit, as `--format=%x00…` and `-z` give them.

    No path is empty, so what follows upon two NUL begins a commit, whatever a path holds.
    """
    for one in re.split(rb"(?:\A|\0)\0", out)[1:]:
        head, _, listed = one.partition(b"\0")
        paths = (
            path.decode("utf-8", "backslashreplace") for path in listed.lstrip(b"\n").split(b"\0")
        )
        yield head.decode("utf-8", "replace"), tuple(path for path in paths if path)


def _git(folder: Path, *command: str, given: str = "") -> bytes:
    here = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    env: Mapping[str, str] = {**here, **QUIET, **AS_IT_IS}
    try:
        done = subprocess.run(
            ["git", *SAFE, "--literal-pathspecs", "-C", str(folder), *command],
            env=env, input=given.encode(), capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Unreadable(".git", "git is not installed; install it") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [SILENT]
        fatal = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
        if "promisor remote" in fatal:
            fatal = PARTIAL
        if "not a git repository" in fatal:
            fatal = (
                "the project lies in no git repository, so there is no base branch; put it into one"
            )
        raise Unreadable(".git", remedied(fatal.removeprefix("fatal: "), lines))
    return done.stdout
