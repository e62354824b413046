"""The history the project lies in, asked of git itself, with nothing of the repository run."""

import hashlib
import os
import subprocess
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.unreadable import Unreadable
from trl4ml.readers.ownership import remedied

NEWEST = 2000
OUR_TAGS = "trl4ml-ledger/"
INPUTS = (".", ":(exclude).trl4ml")
"""Records and reviews are no input of an audit: else adding a review would make it out of date."""
QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "LC_ALL": "C",
}
ELSEWHERE = tuple(f"GIT_{name}" for name in (
    "DIR", "COMMON_DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "NAMESPACE", "OBJECT_DIRECTORY",
    "ALTERNATE_OBJECT_DIRECTORIES", "GRAFT_FILE", "SHALLOW_FILE", "REPLACE_REF_BASE",
    "LITERAL_PATHSPECS", "GLOB_PATHSPECS", "NOGLOB_PATHSPECS", "ICASE_PATHSPECS",
))  # fmt: skip
"""What would have git look at another repository, at other parents, or at other paths."""
SAFE = (
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "protocol.allow=never"),
    *("-c", "log.showSignature=false"),
    *("-c", "core.quotePath=false"),
)


class Answer(NamedTuple):
    """What a git command gave: its standard output, or the first line of its complaint."""

    out: bytes
    complaint: str

    def text(self) -> bytes:
        """The output. Raises Unreadable with the complaint."""
        if self.complaint:
            raise Unreadable(".git", self.complaint)
        return self.out


Running = list["subprocess.Popen[bytes]"]


def ask(folder: Path, *commands: Sequence[str]) -> list[Answer]:
    """The answers to several git commands, which run side by side."""
    return answers(started(folder, *commands), len(commands))


def started(folder: Path, *commands: Sequence[str]) -> Running | None:
    """The commands, running; None when git is not installed."""
    here = {k: v for k, v in os.environ.items() if k not in ELSEWHERE}
    try:
        return [
            subprocess.Popen(
                ["git", *SAFE, "-C", str(folder), *command], env={**here, **QUIET},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for command in commands
        ]  # fmt: skip
    except FileNotFoundError:
        return None


def answers(running: Running | None, wanted: int) -> list[Answer]:
    """What the running commands answer, once they have ended."""
    if running is None:
        return [Answer(b"", "git is not installed")] * wanted
    return [_answer(one) for one in running]


def _answer(process: "subprocess.Popen[bytes]") -> Answer:
    out, err = process.communicate()
    if not process.returncode:
        return Answer(out, "")
    lines = err.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
    return Answer(out, remedied(lines[0].removeprefix("fatal: "), lines))


TOP = (
    *("rev-parse", "--show-prefix", "--show-cdup"),
    *("--absolute-git-dir", "--is-shallow-repository"),
)
AUTHOR = ("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
REFS = ("show-ref", "--head", "--tags")
POLICY = ".trl4ml/trust/policy.yaml"
DEFAULTS = ("remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main",
            "heads/master")  # fmt: skip
"""The refs that may be the base branch."""
TRUSTED = ("rev-list", "--no-walk", "--objects", "--ignore-missing",
           *(f"refs/{ref}:./{POLICY}" for ref in DEFAULTS))  # fmt: skip
PATHS = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")


class Top(NamedTuple):
    prefix: str
    """Of the project in its work tree."""
    up: str
    """From the project to the top of the work tree."""
    folder: Path
    shallow: bool


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


class History:
    """Git as one project folder sees it; each question is asked once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._begun: tuple[Running | None] | None = None

    def begin(self) -> "History":
        """Ask already what every audit asks, to hear the answers later."""
        self._begun = (started(self.root, TOP, REFS, PATHS, TRUSTED),)
        return self

    @cached_property
    def _first(self) -> list[Answer]:
        """What every audit asks, asked at once."""
        if not self._begun:
            self.begin()
        assert self._begun
        return answers(self._begun[0], 4)

    def _ask(self, *command: str) -> bytes:
        return ask(self.root, command)[0].text()

    @cached_property
    def state(self) -> str:
        """A digest of what the answers depend on: HEAD, the tags, the index, how deep, who is who."""
        if not self.exists:
            return f"none: {self.problem}"
        top = self.top
        looked_at = (top.folder / "index", top.folder / "shallow", self.root / top.up / ".mailmap")
        stamps = [(s.st_mtime_ns, s.st_size) for p in looked_at if (s := _stat(p))]
        return hashlib.sha256(f"{top} {self.refs} {stamps}".encode()).hexdigest()

    @cached_property
    def top(self) -> Top:
        """Where the project lies. Raises Unreadable."""
        prefix, up, folder, shallow = os.fsdecode(self._first[0].text()).split("\n")[:4]
        return Top(prefix, up, Path(folder), shallow == "true")

    @cached_property
    def problem(self) -> str:
        try:
            self.top  # noqa: B018
        except Unreadable as error:
            return "" if "not a git repository" in error.reason else error.reason
        return ""

    @cached_property
    def exists(self) -> bool:
        try:
            return bool(self.top)
        except Unreadable:
            return False

    @cached_property
    def refs(self) -> str:
        """HEAD and the tags with their ids; empty before the first commit."""
        try:
            return self._first[1].text().decode("utf-8", "replace")
        except Unreadable:
            return ""

    @property
    def head(self) -> str:
        """The commit id, empty before the first commit."""
        return next((r.split(" ")[0] for r in self.refs.splitlines() if r.endswith(" HEAD")), "")

    @property
    def trusted(self) -> bool:
        """Whether a branch that may be the base has rules of reviews, whatever the work tree has.

        Also where git cannot say, as in a clone without the contents of that branch.
        """
        answer = self._first[3]
        return bool(answer.out) or (self.exists and bool(answer.complaint))

    @cached_property
    def paths(self) -> tuple[bytes, ...]:
        """All that is tracked or neither tracked nor ignored, relative to the project."""
        return tuple(p for p in self._first[2].text().split(b"\0") if p)

    @cached_property
    def tracked(self) -> frozenset[bytes]:
        return frozenset(p for p in self._ask("ls-files", "-z").split(b"\0") if p)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        out = self._ask("tag", "--list", "--sort=version:refname")
        names = out.decode("utf-8", "replace").split("\n")[:-1]
        return tuple(name for name in names if not name.startswith(OUR_TAGS))

    @property
    def author(self) -> str:
        """`Name <address>` of who commits here; empty when git does not know."""
        ident = ask(self.root, AUTHOR)[0].out.decode("utf-8", "replace")
        return ident.rpartition(">")[0] + ">" if ">" in ident else ""

    def ignores(self, path: str) -> bool:
        """Whether a new file at the path would stay out of the history."""
        return self.exists and bool(ask(self.root, ("check-ignore", "--", path))[0].out)

    def changed_since(self, path: str) -> frozenset[bytes] | None:
        """What later commits than the last of that file changed.

        None when it is in no commit, or the history does not hold what each commit changed.
        """
        if not self.head:
            return None
        try:
            last = self._ask("log", "--max-count=1", "--format=%H", "--", f":(literal){path}")
            later = f"{last.decode().strip()}..HEAD"
            out = self._ask("log", "--format=", "--name-only", "--relative", "-z", later, "--", ".")
        except Unreadable:
            return None
        return frozenset(out.strip(b"\n").split(b"\0")) if last else None

    @cached_property
    def by_author(self) -> Counter[str]:
        if not self.head:
            return Counter()
        out = self._ask(
            "log", "--no-merges", f"--max-count={NEWEST}", "--format=%aN", "--", *INPUTS
        )
        return Counter(out.decode("utf-8", "replace").split("\n")[:-1])
