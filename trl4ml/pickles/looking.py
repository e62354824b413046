"""A look into one file: what loading it would import, as far as it can be told."""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from trl4ml.pickles.allowed import dangerous, strange
from trl4ml.pickles.containers import LARGEST, NUMPY, archive, keras, objects, unpacker
from trl4ml.pickles.opcodes import UNTOLD, Broken, imported

HEAD = 4_000_000
POINTER = b"version https://git-lfs"
SNIFF = re.compile(rb"\x80[\x00-\x05]|\(?[ci][\w.]+\n[\w.]+\n|[\](})]q\x00|\([dlt]p\d+\n")
SHOWN = re.compile(r"[\w.]{1,120}")
STRANGELY_MADE = (ValueError, LookupError, ArithmeticError, EOFError, OSError, RuntimeError,
                  MemoryError, zlib.error, lzma.LZMAError, struct.error)  # fmt: skip
Open = Callable[[], BinaryIO]


class Foreign(Exception):
    """The file is of another format than its name may stand for."""


@dataclass
class Look:
    """The names that are imported, and why the file could not be read to its end."""

    imports: set[str] = field(default_factory=set)
    problem: str = ""

    @property
    def strange(self) -> list[str]:
        return strange(self.imports)

    @property
    def dangerous(self) -> list[str]:
        return dangerous(self.imports)


def look(head: bytes, size: int, opened: Open, expected: bool = False) -> Look | None:
    """A look into the file that begins with `head` (up to HEAD bytes) and has `size` bytes.

    None when it is no pickle and none was `expected`. Raises only what `opened` raises of its own.
    """
    seen = Look()
    try:
        for name in names(head, size, opened, expected):
            seen.imports.add(name if SHOWN.fullmatch(name) else UNTOLD)
    except Foreign:
        return None
    except Broken as error:
        seen.problem = str(error)
    except zipfile.BadZipFile:
        seen.problem = "it is a broken archive"
    except STRANGELY_MADE:
        seen.problem = "it ends early, or is packed or made in a way that is not known here"
    return seen


def names(head: bytes, size: int, opened: Open, expected: bool) -> Iterator[str]:
    """What loading would import, the file read as what it begins like."""
    if head.startswith(POINTER):
        raise Broken("Git LFS has left a pointer; fetch it with: git lfs pull")
    if head.startswith(b"PK\x03\x04"):
        with opened() as file:
            yield from archive(file)
    elif head.startswith(b"\x89HDF"):
        if b"model_config" not in head:
            raise Foreign
        yield from keras(head)
    elif unpack := unpacker(head):
        data = unpack(whole(size, opened))
        if not (expected or SNIFF.match(data)):
            raise Foreign
        yield from imported(io.BytesIO(data))
    elif head.startswith(NUMPY):
        if start := objects(head):
            yield from imported(io.BytesIO(whole(size, opened)[start:]))
    elif expected or SNIFF.match(head):
        yield from stream(head, size, opened)
    else:
        raise Foreign


def stream(head: bytes, size: int, opened: Open) -> Iterator[str]:
    """Of what is too large to read, the names in its head."""
    if size <= LARGEST:
        with opened() as file:
            yield from imported(file)
        return
    with suppress(ValueError):
        yield from imported(io.BytesIO(head))
    raise too_large()


def whole(size: int, opened: Open) -> bytes:
    if size > LARGEST:
        raise too_large()
    with opened() as file:
        return file.read(LARGEST)


def too_large() -> Broken:
    return Broken(f"it is larger than {LARGEST:,} bytes")
