"""The history the project lies in, asked of git itself, with nothing of the repository run."""

import hashlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from trl4ml.core.views import Unreadable

AnswerT = TypeVar("AnswerT")
NEWEST = 2000
QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
SAFE = (
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


def ask(folder: Path, *commands: Sequence[str]) -> list[Answer]:
    """The answers to several git commands, which run side by side."""
    here = {k: v for k, v in os.environ.items() if k not in ELSEWHERE}
    try:
        running = [
            subprocess.Popen(
                ["git", *SAFE, "-C", str(folder), *command], env={**here, **QUIET},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for command in commands
        ]  # fmt: skip
    except FileNotFoundError:
        return [Answer(b"", "git is not installed") for _ in commands]
    return [_answer(one) for one in running]


def _answer(process: "subprocess.Popen[bytes]") -> Answer:
    out, err = process.communicate()
    if not process.returncode:
        return Answer(out, "")
    lines = err.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
    return Answer(out, lines[0].removeprefix("fatal: "))


TOP = (
    *("rev-parse", "--show-prefix", "--show-cdup"),
    *("--absolute-git-dir", "--is-shallow-repository"),
)
REFS = ("show-ref", "--head", "--tags")
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

    @cached_property
    def _first(self) -> list[Answer]:
        """What every audit asks, asked at once."""
        return ask(self.root, TOP, REFS, PATHS)

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
        return tuple(out.decode("utf-8", "replace").split("\n")[:-1])

    @cached_property
    def by_author(self) -> Counter[str]:
        if not self.head:
            return Counter()
        out = self._ask("log", "--no-merges", f"--max-count={NEWEST}", "--format=%aN", "--", ".")
        return Counter(out.decode("utf-8", "replace").split("\n")[:-1])


class GitView:
    """`Git` for one probe; what it asked, and the digest of each answer, stays in `asked`."""

    def __init__(self, history: History, tree_names: Callable[[], dict[bytes, str]]) -> None:
        self._history = history
        self._names = tree_names
        self.asked: dict[str, str] = {}

    def problem(self) -> str:
        return self._noted("problem", self._history.problem)

    def exists(self) -> bool:
        return self._noted("exists", self._history.exists)

    def empty(self) -> bool:
        return self._noted("empty", not (self._history.exists and self._history.head))

    def shallow(self) -> bool:
        return self._noted("shallow", self._history.exists and self._history.top.shallow)

    def tracked(self) -> frozenset[str]:
        known = self._history.tracked if self._history.exists else ()
        names = self._names()
        shown = frozenset(names[p] for p in known if p in names)
        self._noted("tracked", sorted(shown))
        return shown

    def tags(self) -> tuple[str, ...]:
        return self._noted("tags", self._history.tags if self._history.exists else ())

    def authors(self, share: float = 1.0) -> tuple[str, ...]:
        counts = self._history.by_author if self._history.exists else Counter[str]()
        wanted, covered, names = share * counts.total(), 0, []
        for name, commits in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            if covered >= wanted:
                break
            covered += commits
            names.append(name)
        self._noted(f"authors {share}", sorted(names))
        return tuple(names)

    def _noted(self, question: str, answer: AnswerT) -> AnswerT:
        text = json.dumps(answer, ensure_ascii=True)
        self.asked[question] = hashlib.sha256(text.encode()).hexdigest()
        return answer

    def ask_again(self, question: str) -> str:
        """The digest of today's answer to a question asked before."""
        name, _, share = question.partition(" ")
        if name == "authors":
            self.authors(float(share))
        else:
            QUESTIONS[name](self)
        return self.asked[question]


QUESTIONS: dict[str, Callable[[GitView], Any]] = {
    "problem": GitView.problem,
    "exists": GitView.exists,
    "empty": GitView.empty,
    "shallow": GitView.shallow,
    "tracked": GitView.tracked,
    "tags": GitView.tags,
}
