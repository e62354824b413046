"""The views a probe may ask for, over one component's part of the tree, and what they saw."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from trl4ml.core.trace import Trace
from trl4ml.core.unreadable import Unreadable
from trl4ml.readers.calendar import CalendarView, register_digest
from trl4ml.readers.documents import DocumentsView, Parse
from trl4ml.readers.files import FilesView, Part, folder_digest, of
from trl4ml.readers.git_view import GitView
from trl4ml.readers.tables import TablesView
from trl4ml.readers.tree import key

if TYPE_CHECKING:
    from trl4ml.readers.registers import RegistersView
    from trl4ml.readers.reruns import RerunsView

NAMED_ONE_BY_ONE = 20
LONGEST_SHOWN = 40
NAMES = frozenset({"files", "documents", "tables", "git", "registers", "calendar", "reruns"})


class Views:
    """Fresh views for one run of one probe."""

    def __init__(self, part: Part, parse_yaml: Parse, rerun: bool = False) -> None:
        """With `rerun` a probe may have the commands of the project run."""
        self._part = part
        self.files = FilesView(part)
        self.documents = DocumentsView(self.files, parse_yaml)
        self.tables = TablesView(self.files, part.tree.place)
        self.git = GitView(part.tree.history, part.tree.names_by_path, part.sees)
        self.calendar = CalendarView(part.today)
        self._registers: RegistersView | None = None
        self._reruns: RerunsView | None = None
        self._allowed = rerun

    def named(self, names: Iterable[str]) -> dict[str, Any]:
        """The views by parameter name. Raises KeyError for one that does not exist."""
        wanted = tuple(names)
        if strange := set(wanted) - NAMES:
            raise KeyError(*strange)
        return {name: getattr(self, name) for name in wanted}

    @property
    def registers(self) -> "RegistersView":
        from trl4ml.readers.registers import RegistersView

        if self._registers is None:
            self._registers = RegistersView(self._part.declared, self._part.component)
        return self._registers

    @property
    def reruns(self) -> "RerunsView":
        from trl4ml.readers.reruns import RerunsView

        if self._reruns is None:
            self._reruns = RerunsView(self._part, self.files, self._allowed)
        return self._reruns

    @property
    def final(self) -> bool:
        """Whether nothing was left out: no command that only `rerun` allows, no run that failed."""
        return self._reruns is None or not self._reruns.refused

    def trace(self) -> Trace:
        files = self.files
        return Trace(
            listing=self._part.digest if files.patterns else "",
            patterns=files.patterns,
            on_disk=files.on_disk,
            folders=files.folders,
            sizes=files.sizes,
            files=files.read,
            contents=contents(self._part, files.read),
            history=self._part.tree.history.state if self.git.asked else "",
            git=self.git.asked,
            registers=self._registers.asked if self._registers else {},
            days=self.calendar.asked,
            provisional=not self.final,
        )

    def reads(self) -> dict[str, str]:
        """SHA-256 by path of what was read; of more than twenty files, one digest of all.

        Of a file of which only the beginning was read, the name says so.
        """
        read = self.files.read
        declared = self._registers.contents if self._registers else {}
        registers = {f"the register {name}": digest for name, digest in declared.items()}
        if len(read) > NAMED_ONE_BY_ONE:
            return {f"{len(read)} files": contents(self._part, read), **registers}
        files = {path: _digest(self._part, path, limit) for path, limit in sorted(read.items())}
        named = {_named(self._part, path, read[path]): digest for path, digest in files.items()}
        return {**named, **registers}


def _named(part: Part, path: str, limit: int | None) -> str:
    """The path, or of which bytes of it the digest is. Its size is known once it was read."""
    known = part.tree.known.get(key(path, limit))
    if limit is None or known is None or known[0][0] <= limit:
        return path
    return f"the first {limit} bytes of {path}"


def contents(part: Part, files: dict[str, int | None]) -> str:
    """One digest of the contents that were read."""
    read = sorted(files.items())
    return of(f"{path} {_digest(part, path, limit)}" for path, limit in read) if read else ""


def _digest(part: Part, path: str, limit: int | None) -> str:
    try:
        return part.tree.digest(path, limit)
    except Unreadable as error:
        return f"unreadable: {error.reason}"


def changed(part: Part, trace: Trace, parse_yaml: Parse) -> str:
    """What a probe would now see differently, in words; empty when nothing."""
    again = Views(part, parse_yaml)
    return (
        _listing_changed(part, trace, again.files)
        or _contents_changed(part, trace, again.files)
        or _declared_changed(part, trace)
        or _git_changed(part, trace, again.git)
    )


def _listing_changed(part: Part, trace: Trace, files: FilesView) -> str:
    if trace.patterns and trace.listing != part.digest:
        for patterns, seen in trace.patterns.items():
            files.matching(*patterns.split("\n"))
            if files.patterns[patterns] != seen:
                return f"files matching {_shortly(patterns)} came or went"
    same = all(folder_digest(part.tree, name) == seen for name, seen in trace.folders.items())
    for patterns, seen in () if same else trace.on_disk.items():
        files.present(*patterns.split("\n"))
        if files.on_disk[patterns] != seen:
            return f"files matching {_shortly(patterns)} came or went"
    return ""


def _shortly(patterns: str) -> str:
    first = patterns.partition("\n")[0]
    return first if len(patterns) <= LONGEST_SHOWN else f"{first[:LONGEST_SHOWN]}…"


def _contents_changed(part: Part, trace: Trace, files: FilesView) -> str:
    for path, size in trace.sizes.items():
        try:
            same = files.size(path) == size
        except Unreadable:
            same = False
        if not same:
            return f"{path} changed its size"
    if trace.contents == contents(part, trace.files):
        return ""
    if len(trace.files) > 1:
        return "a file it read has changed"
    return f"{next(iter(trace.files))} changed"


def _declared_changed(part: Part, trace: Trace) -> str:
    for name, digest in trace.registers.items():
        if register_digest(part.declared, name) != digest:
            return f"the register {name} changed"
    for day, seen in trace.days.items():
        if (part.today >= date.fromisoformat(day)) is not seen:
            return f"{day} has come" if not seen else f"{day} has not come yet"
    return ""


def _git_changed(part: Part, trace: Trace, git: GitView) -> str:
    if trace.git and trace.history != part.tree.history.state:
        for question, seen in trace.git.items():
            if git.ask_again(question) != seen:
                return f"the answer of git to '{question}' changed"
    return ""
