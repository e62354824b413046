"""What a probe may ask for, by parameter name: `def run(files: Files, git: Git) -> Finding`.

Probes are pure over these; the readers in `trl4ml/readers` look at the disk and remember, for
the cache, what was looked at.
"""

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class Unreadable(Exception):
    """A file cannot be read as what it claims to be; the finding becomes UNKNOWN and says so."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {reason}")
        self.path, self.reason, self.line = path, reason, line


class Files(Protocol):
    """The component's files: all that git does not ignore, less what other components claim.

    Paths are relative to the project, with `/`. Patterns match whole paths without regard to
    case: `*` stays within a folder, `**/` crosses folders, `{a,b}` is either.
    """

    def all(self) -> tuple[str, ...]:
        """Every path, sorted. Prefer `matching`: the cache then depends on less."""

    def matching(self, *patterns: str) -> tuple[str, ...]:
        """The paths that match any of the patterns, sorted."""

    def present(self, *patterns: str) -> tuple[str, ...]:
        """Like `matching`, on the disk: finds what git ignores too, such as `coverage.xml`.

        A pattern may hold `*` but not `**/`.
        """

    def size(self, path: str) -> int:
        """The size in bytes."""

    def bytes(self, path: str, limit: int = 4_000_000) -> bytes:
        """The content, of a larger file the first `limit` bytes. Raises Unreadable."""

    def open(self, path: str) -> BinaryIO:
        """A large file to read and seek in; its whole content counts as read. Raises Unreadable."""

    def text(self, path: str, limit: int = 4_000_000) -> str:
        """The content as UTF-8 (a BOM dropped, what is not UTF-8 replaced). Raises Unreadable."""


class Documents(Protocol):
    """Files parsed as data, safely: bounded, no tag obeyed, no entity. All raise Unreadable."""

    def yaml(self, path: str) -> list[Any]:
        """Each document of a YAML file as plain data."""

    def json(self, path: str) -> Any: ...

    def toml(self, path: str) -> dict[str, Any]: ...

    def xml(self, path: str) -> "Element": ...

    def front_matter(self, path: str) -> tuple[dict[str, Any], str]:
        """A Markdown file's YAML front matter (empty when there is none) and the text below."""


class Git(Protocol):
    """The history that the project lies in.

    Nothing here changes with every commit, or each commit would make all evidence stale.
    """

    def problem(self) -> str:
        """Why the history cannot be read (no git installed, another owner's folder), else empty."""

    def exists(self) -> bool:
        """Whether the project lies in a git work tree."""

    def empty(self) -> bool:
        """Whether there is no commit yet."""

    def shallow(self) -> bool:
        """Whether history was cut off, as CI checkouts do: counts are then only lower bounds."""

    def tracked(self) -> frozenset[str]:
        """The project's paths that git tracks."""

    def tags(self) -> tuple[str, ...]:
        """All tags, in git's version order, the newest last."""

    def authors(self, share: float = 1.0) -> tuple[str, ...]:
        """The fewest authors who made at least this share of the newest 2,000 commits.

        Only commits that touch the project count, merges do not; most commits first. Two
        addresses of one name are one author, and `.mailmap` is heeded.
        """
