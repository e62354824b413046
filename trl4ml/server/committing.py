"""Accepted notes into git: one commit for all that came since the last one, by one author.

What to commit is read from the repository itself: the accepted files that HEAD does not have. So a
server that was killed before its commit makes it after its next start. The commit is put together
in an index of the server's own, and holds the notes alone, whatever else lies staged; no hook or
filter runs, and the branch moves only if nobody else moved it meanwhile.

Killed between two steps: before `update-ref` there are loose objects that git collects one day;
during it the branch is the old or the new one; after it the repository's own index may lack the new
files, which the next round adds. Nothing is pushed.
"""

import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from trl4ml.ledger.chain import FOLDER
from trl4ml.readers.git import ELSEWHERE, QUIET, SAFE
from trl4ml.readers.ownership import remedied
from trl4ml.server.index import said

OWN = ("-c", "gc.auto=0")
OFFLINE = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_REPLACE_OBJECTS": "1"}
"""No repository's own settings make git fetch what it lacks, which runs the programs they name."""
ADD = ("update-index", "--add", "-z", "--index-info")
LONGEST_S = 60
TOGETHER_S = 1.0
"""What comes within this time is one commit."""
AGAIN_S = 5.0
"""After somebody else held the repository: until then git shows the notes as deleted."""


class NotCommitted(Exception):
    """Why git made no commit; the notes stay where they are, and it is tried again."""


def commit(root: Path, paths: Iterable[str], author: str, index: Path) -> int:
    """Commit those of the notes that HEAD lacks; how many these were. Raises NotCommitted.

    `paths` lie in the project at `root`, which may be a folder of the repository; `index` is a file
    that this server alone uses.
    """
    accepted = sorted(set(paths))
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    prefix = _git(root, "rev-parse", "--show-prefix")
    there = _blobs(root, head)
    new = [one for one in accepted if one not in there and _plain(root / one)]
    if new:
        named = "".join(f"{root / one}\n" for one in new)
        made = _git(root, "hash-object", "-w", "--no-filters", "--stdin-paths", given=named)
        there |= zip(new, made.splitlines(), strict=True)
        tree = _tree(root, head, _entries(there, new, prefix), index)
        _move(root, head, tree, author, new)
    listed = _git(root, "ls-files", "-z", "--", FOLDER).split("\0")
    known = set(listed)
    unlisted = [one for one in accepted if one in there and one not in known]
    if unlisted:
        _git(root, *ADD, given=_entries(there, unlisted, prefix))
    return len(new)


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _blobs(root: Path, head: str) -> dict[str, str]:
    """What the commit has of the ledger: the blob of each path in the project."""
    listed = _git(root, "ls-tree", "-r", "-z", head, "--", FOLDER).split("\0")
    parted = (one.partition("\t") for one in listed if one)
    return {path: about.split()[2] for about, _, path in parted}


def _entries(blobs: Mapping[str, str], paths: Iterable[str], prefix: str) -> str:
    return "".join(f"100644 {blobs[one]}\t{prefix}{one}\0" for one in paths)


def _tree(root: Path, head: str, entries: str, index: Path) -> str:
    """HEAD's tree with the entries. A lock of our index is one that a killed server left."""
    index.with_name(f"{index.name}.lock").unlink(missing_ok=True)
    own = {"GIT_INDEX_FILE": str(index)}
    _git(root, "read-tree", head, more=own)
    _git(root, *ADD, more=own, given=entries)
    return _git(root, "write-tree", more=own)


def _move(root: Path, head: str, tree: str, author: str, new: Sequence[str]) -> None:
    """The branch one commit on, unless it is no longer where it was."""
    name, _, address = author.removesuffix(">").rpartition(" <")
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", address))
    }
    many = "note" if len(new) == 1 else "notes"
    says = f"Reviews: {len(new)} {many}\n\n" + "".join(f"{one}\n" for one in new)
    made = _git(root, "commit-tree", tree, "-p", head, "--no-gpg-sign", more=who, given=says)
    _git(root, "update-ref", "-m", "trl4ml serve: notes", "HEAD", made, head, more=who)


def lacking(root: Path) -> str:
    """Why nothing can be committed there; empty where there is a repository with a commit."""
    try:
        _git(root, "rev-parse", "--git-dir")
        _git(root, "rev-parse", "--verify", "HEAD^{commit}")
    except NotCommitted as why:
        return str(why)
    return ""


def _git(root: Path, *command: str, more: dict[str, str] | None = None, given: str = "") -> str:
    here = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(
            ["git", *SAFE, *OWN, "-C", str(root), *command],
            env={**here, **QUIET, **OFFLINE, **(more or {})}, input=os.fsencode(given),
            capture_output=True, check=False, timeout=LONGEST_S,
        )  # fmt: skip
    except FileNotFoundError:
        raise NotCommitted("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotCommitted(f"git {command[0]} took longer than {LONGEST_S} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        why = next((one for one in lines if one.startswith(("fatal: ", "error: "))), lines[-1])
        raise NotCommitted(f"git {command[0]}: {remedied(why, lines)}")
    return os.fsdecode(done.stdout).removesuffix("\n")


class Committing:
    """A thread that commits what was accepted; many notes that come together are one commit."""

    def __init__(
        self, jobs: Mapping[Path, Callable[[], Iterable[str]]], author: str, index: Path
    ) -> None:
        self._jobs, self._author, self._index = jobs, author, index
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="committing", daemon=True)
        self.problems: dict[Path, str] = {}
        """Why notes of a project are not committed yet."""

    def start(self) -> None:
        self._thread.start()
        self.soon()

    def soon(self) -> None:
        self._wanted.set()

    def stop(self) -> None:
        """Commit what is left, then end."""
        self._over.set()
        self._wanted.set()
        self._thread.join(LONGEST_S)

    def _run(self) -> None:
        while True:
            wanted = self._wanted.wait(AGAIN_S if self.problems else None)
            self._wanted.clear()
            if wanted:
                self._over.wait(TOGETHER_S)
            over = self._over.is_set()
            for root, paths in self._jobs.items():
                try:
                    commit(root, paths(), self._author, self._index)
                    self.problems.pop(root, None)
                except Exception as error:
                    says = str(error) if isinstance(error, NotCommitted) else said(error)
                    self.problems[root] = f"accepted notes are not committed yet: {says}"
            if over:
                return
