"""What was found, as values."""

from dataclasses import dataclass

from trl4ml.core.project import ComponentKind


@dataclass(frozen=True)
class Piece:
    """A component as it was guessed."""

    name: str
    kind: ComponentKind
    why: str
    """The clue that the kind was guessed by."""
    path: str = ""
    """Its folder; empty for all that lies in no other component's."""


@dataclass(frozen=True)
class Found:
    """What a folder holds; all but the names of its components and kinds is text from outside."""

    name: str
    owners: tuple[str, ...]
    owners_from: str
    """Where they were found, or why nobody was."""
    components: tuple[Piece, ...]
    more: int
    """How many folders beyond MOST_COMPONENTS look like components too."""
    holds: dict[str, tuple[str, ...]]
    """Sort of file → paths."""
    probes: dict[str, dict[str, tuple[str, ...]]]
    """Options of probes, for what lies where the probe would not look by itself."""
