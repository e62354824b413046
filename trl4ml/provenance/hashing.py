"""Digests of files and of parts of files, on all cores.

hashlib lets go of the interpreter while it works, so threads are enough, and a few more than there
are cores keep these busy. Every file is read once, the largest first; with fewer files than cores a
second thread reads ahead of each. That a file changed meanwhile is noticed by its length, its times
and its inode.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple

from trl4ml.provenance.disk import stamp
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.model import Model
from trl4ml.provenance.names import shown

BUFFER = 1 << 20
MAKERS: dict[str, Callable[[], Any]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}
BYTES = {"sha256": 32, "blake2b": 64, "blake3": 32}
"""Digest lengths, also of what is known and not computed here."""


class Part(NamedTuple):
    """The bytes of a file from `start` up to `end`; None is its end."""

    name: str
    start: int = 0
    end: int | None = None


def digests(
    model: Model, parts: Iterable[Part], algorithm: str = "sha256",
    told: Callable[[int], None] = lambda read: None, cores: int | None = None,
) -> dict[Part, str]:  # fmt: skip
    """Hex digests. `told` hears how many bytes more were read. Raises Refused, naming the file."""
    sizes = {name: entry.size for name, entry in model.entries().items()}
    work = sorted(parts, key=lambda part: (-_length(part, sizes), part.name, part.start))
    ahead = len(work) < (os.cpu_count() or 1)
    with ThreadPoolExecutor(cores) as pool:
        try:
            made = pool.map(lambda part: _digest(model, part, algorithm, told, ahead), work)
            return dict(zip(work, made, strict=True))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _length(part: Part, sizes: dict[str, int]) -> int:
    end = sizes.get(part.name, 0) if part.end is None else part.end
    return end - part.start


def _digest(
    model: Model, part: Part, algorithm: str, told: Callable[[int], None], ahead: bool
) -> str:
    try:
        with model.open(part.name) as file:
            before = os.fstat(file.fileno())
            made = MAKERS[algorithm]()
            wanted = (before.st_size if part.end is None else part.end) - part.start
            pieces = _pieces(file, part, min(BUFFER, wanted + 1))
            read = 0
            for piece in _ahead(pieces) if ahead else pieces:
                made.update(piece)
                told(len(piece))
                read += len(piece)
            after = os.fstat(file.fileno())
    except OSError as error:
        why = error.strerror or str(error)
        raise Refused(f"{shown(part.name)} cannot be read ({why}); make it readable") from None
    if read != wanted or stamp(before) != stamp(after):
        raise Refused(f"{shown(part.name)} changed while it was read; run again when nothing "
                      "writes to it")  # fmt: skip
    return str(made.hexdigest())


def _pieces(file: BinaryIO, part: Part, size: int) -> Iterator[memoryview]:
    """The part, buffer by buffer; each piece holds until the next is asked for."""
    file.seek(part.start)
    buffer = memoryview(bytearray(size))
    left = None if part.end is None else part.end - part.start
    while room := size if left is None else min(size, left):
        got = file.readinto(buffer[:room])  # type: ignore[attr-defined]
        if not got:
            return
        yield buffer[:got]
        left = None if left is None else left - got


def _ahead(pieces: Iterator[memoryview]) -> Iterator[bytes | memoryview]:
    """The same, with the next piece read while this one is used: for a file that has two cores."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_taken, pieces)
        while piece := coming.result():
            coming = reader.submit(_taken, pieces)
            yield piece


def _taken(pieces: Iterator[memoryview]) -> bytes:
    """A piece of its own, since the buffer is filled again; empty at the end."""
    return bytes(next(pieces, b""))
