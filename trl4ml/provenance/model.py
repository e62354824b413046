"""A model as something that lists its files and opens them: a folder, one file, or a view."""

from typing import BinaryIO, NamedTuple, Protocol

from trl4ml.provenance.errors import Refused
from trl4ml.provenance.names import shown

Stamp = tuple[int, ...]


class Entry(NamedTuple):
    """One file of a model as the listing shows it."""

    size: int
    """In bytes; of a link, of the file that it leads to."""
    link: bool = False
    fault: str = ""
    """Why it cannot be read: a link that leaves the model, a folder behind a link, a device."""
    stamp: Stamp = ()
    """Changes when the file does; empty where nobody knows."""


class Model(Protocol):
    """What is listed and read."""

    @property
    def name(self) -> str:
        """For people: how the model is called where it lies."""

    @property
    def single(self) -> bool:
        """Whether it is one file and no folder."""

    def entries(self) -> dict[str, Entry]:
        """Every file by its name in the model, links and devices too; of one file its base name."""

    def open(self, name: str) -> BinaryIO:
        """The file from its beginning. Raises OSError or Refused."""


def unchanged(model: Model, before: dict[str, Entry]) -> None:
    """Lists the model again. Raises Refused, which names a file that is not as it was before."""
    if other := sorted(name for name, _ in before.items() ^ model.entries().items()):
        raise Refused(f"{shown(other[0])} changed while it was read; run again when nothing writes "
                      "to it")  # fmt: skip
