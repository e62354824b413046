"""The views a probe may ask for, over one component's part of the tree, and what they saw."""

from collections.abc import Iterable
from typing import Any

from trl4ml.core.trace import Trace
from trl4ml.core.views import Unreadable
from trl4ml.readers.documents import DocumentsView, Parse
from trl4ml.readers.files import FilesView, Part, folder_digest, of
from trl4ml.readers.git import GitView

NAMED_ONE_BY_ONE = 20


class Views:
    """Fresh views for one run of one probe."""

    def __init__(self, part: Part, parse_yaml: Parse) -> None:
        self._part = part
        self.files = FilesView(part)
        self.documents = DocumentsView(self.files, parse_yaml)
        self.git = GitView(part.tree.history, part.tree.names_by_path)

    def named(self, names: Iterable[str]) -> dict[str, Any]:
        """The views by parameter name. Raises KeyError for one that does not exist."""
        every = {"files": self.files, "documents": self.documents, "git": self.git}
        return {name: every[name] for name in names}

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
        )

    def reads(self) -> dict[str, str]:
        """SHA-256 by path of what was read; of more than twenty files, one digest of all."""
        read = self.files.read
        if len(read) > NAMED_ONE_BY_ONE:
            return {f"{len(read)} files": contents(self._part, read)}
        return {path: _digest(self._part, path, limit) for path, limit in sorted(read.items())}


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
    if trace.patterns and trace.listing != part.digest:
        for patterns, seen in trace.patterns.items():
            again.files.matching(*patterns.split("\n"))
            if again.files.patterns[patterns] != seen:
                return f"files matching {patterns.replace(chr(10), ' ')} came or went"
    same = all(folder_digest(part.tree, name) == seen for name, seen in trace.folders.items())
    for patterns, seen in () if same else trace.on_disk.items():
        again.files.present(*patterns.split("\n"))
        if again.files.on_disk[patterns] != seen:
            return f"files matching {patterns.replace(chr(10), ' ')} came or went"
    for path, size in trace.sizes.items():
        try:
            same = again.files.size(path) == size
        except Unreadable:
            same = False
        if not same:
            return f"{path} changed its size"
    if trace.contents != contents(part, trace.files):
        return (
            "a file it read has changed"
            if len(trace.files) > 1
            else f"{next(iter(trace.files))} changed"
        )
    if trace.git and trace.history != part.tree.history.state:
        for question, seen in trace.git.items():
            if again.git.ask_again(question) != seen:
                return f"the answer of git to '{question}' changed"
    return ""
