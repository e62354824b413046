"""What a probe may ask for, by parameter name: `def run(files: Files, git: Git) -> Finding`.

Probes are pure over these; the readers in `trl4ml/readers` look at the disk and remember, for
the cache, what was looked at.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO, Generic, NamedTuple, Protocol, TypeVar

from trl4ml.core.evidence import Place
from trl4ml.core.noun import Noun
from trl4ml.core.unreadable import Unreadable as Unreadable  # noqa: PLC0414  probes catch it


class Tag(NamedTuple):
    """Where an element of XML begins, or ends."""

    name: str
    """Where it has a namespace: `namespace}name`."""
    attributes: dict[str, str] | None
    """None where it ends."""
    text: str = ""
    """Where an element ends that holds no other: its text."""


class Rerun(NamedTuple):
    """One run of a command in a clean copy of the project."""

    status: int | None
    """The exit status: negative where a signal ended it, None where the time was over first."""
    tail: str
    """The last lines that it printed; of what could not be started (status 127), why not."""
    contents: dict[str, bytes]
    """Of each metrics file that it left."""
    digests: dict[str, str]
    """SHA-256 of each artefact that it left."""


RegisterT = TypeVar("RegisterT", bound=Noun)
EntryT = TypeVar("EntryT")


class Row(NamedTuple, Generic[EntryT]):
    """One entry of a register, and the line where it is written."""

    entry: EntryT
    place: Place


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

    def xml(self, path: str) -> Iterator[Tag]:
        """Where each element begins and where it ends, in order, as the file is read."""

    def front_matter(self, path: str) -> tuple[dict[str, Any], str]:
        """A Markdown file's YAML front matter (empty when there is none) and the text below."""


class Tables(Protocol):
    """Data files for a library that opens them itself, such as one that reads Parquet."""

    def local(self, path: str) -> str:
        """Where the file lies on this machine; its whole content counts as read.

        A message or a measure never names this place. Raises Unreadable.
        """


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

    def newer(self, than: str, *patterns: str) -> bool | None:
        """Whether a component's file that matches was changed by a later commit than that path.

        None when the path was never committed, or the history is cut off before it can be known.
        """


class Registers(Protocol):
    """What the project declares under `registers` in trl4ml.yaml, checked."""

    @property
    def component(self) -> str:
        """The component that is asked about."""

    def read(self, kind: type[RegisterT]) -> RegisterT | None:
        """The whole register, `read(Requirements)`; None when it is not declared."""

    def rows(self, kind: type[RegisterT]) -> tuple[Row[Any], ...]:
        """The entries that speak of this component or of all, with their lines."""


class Calendar(Protocol):
    def reached(self, day: date) -> bool:
        """Whether the day has come; the cache holds for as long as the answer does."""


class Reruns(Protocol):
    """Runs commands that the project declares; only where `trl4ml audit --run` allows it."""

    @property
    def allowed(self) -> bool:
        """Whether commands may be run; asking when they may not leaves the finding unremembered."""

    def twice(
        self, command: tuple[str, ...], metrics: tuple[str, ...], artefacts: tuple[str, ...],
        environment: tuple[str, ...], seconds: int, megabytes: int,
    ) -> tuple[Rerun, ...]:  # fmt: skip
        """Two runs, each in its own clean copy without the metrics and artefacts; all files count
        as read. No second run follows one that did not end with 0.

        `environment` names the variables that are passed on beside PATH. Raises Unreadable when no
        copy can be made.
        """
