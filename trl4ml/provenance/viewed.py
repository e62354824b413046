"""A model as a probe sees it: through the files of the audited project, never through the disk.

Links are not told apart from what they lead to, and one that leaves the project is not there; nor
is a name that cannot be printed. `trl4ml provenance verify` looks at the disk itself.
"""

from typing import BinaryIO, Protocol

from trl4ml.provenance.errors import Refused
from trl4ml.provenance.model import Entry

DEEPEST = 16
"""Folders below a model that are looked into."""


class Shelf(Protocol):
    """The part of the project's files that is needed: paths from its root."""

    def present(self, *patterns: str) -> tuple[str, ...]:
        """The files on the disk, ignored ones too."""

    def size(self, path: str) -> int:
        """In bytes."""

    def open(self, path: str) -> BinaryIO:
        """From the beginning."""


class Viewed:
    """The folder or file at `path` in the project."""

    def __init__(self, files: Shelf, path: str) -> None:
        """Raises Refused for a path that would be read as a pattern."""
        if any(char in path for char in "*?{}"):
            raise Refused(f"{path} reads as a pattern; give the model's own path")
        self._files = files
        self.path = path
        self.name = path.rpartition("/")[2]
        self.single = path in files.present(path)

    def entries(self) -> dict[str, Entry]:
        """Sorted by name. Raises Refused for a model that is nested too deep to be seen whole."""
        if self.single:
            return {self.name: Entry(self._files.size(self.path))}
        found: dict[str, Entry] = {}
        for depth in range(1, DEEPEST + 1):
            for path in self._files.present(self.path + "/*" * depth):
                if path.startswith(f"{self.path}/"):  # patterns disregard case
                    name = path.removeprefix(f"{self.path}/")
                    found[name] = Entry(self._files.size(path))
        if any(name.count("/") == DEEPEST - 1 for name in found):
            raise Refused(f"{self.path} is nested deeper than {DEEPEST - 1} folders; name the folder "
                          "of the model itself")  # fmt: skip
        return dict(sorted(found.items()))

    def inside(self, path: str) -> tuple[str, ...]:
        """The path as a name in the model, to be left out of it; none when it lies elsewhere."""
        return (path.removeprefix(f"{self.path}/"),) if path.startswith(f"{self.path}/") else ()

    def open(self, name: str) -> BinaryIO:
        """Raises what the view raises."""
        return self._files.open(self.path if self.single else f"{self.path}/{name}")
