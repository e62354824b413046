"""`Git` for one probe, over the history that all probes share."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from trl4ml.readers.git import History
from trl4ml.readers.patterns import compiled

AnswerT = TypeVar("AnswerT")


class GitView:
    """`Git` for one probe; what it asked, and the digest of each answer, stays in `asked`."""

    def __init__(
        self, history: History, tree_names: Callable[[], dict[bytes, str]],
        sees: Callable[[str], bool],
    ) -> None:  # fmt: skip
        """`sees` is whether a path is in the part of the tree that is asked about."""
        self._history = history
        self._names = tree_names
        self._sees = sees
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

    def newer(self, than: str, *patterns: str) -> bool | None:
        changed = self._history.changed_since(than) if self._history.exists else None
        names, fits = self._names(), compiled(patterns).match
        here = [names[path] for path in changed or () if path in names]
        found = any(fits(name) and self._sees(name) for name in here)
        known = changed is not None and (found or not self._history.top.shallow)
        question = json.dumps([than, *patterns])
        return self._noted(f"newer {question}", found if known else None)

    def _noted(self, question: str, answer: AnswerT) -> AnswerT:
        text = json.dumps(answer, ensure_ascii=True)
        self.asked[question] = hashlib.sha256(text.encode()).hexdigest()
        return answer

    def ask_again(self, question: str) -> str:
        """The digest of today's answer to a question asked before."""
        name, _, rest = question.partition(" ")
        if name == "authors":
            self.authors(float(rest))
        elif name == "newer":
            self.newer(*json.loads(rest))
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
