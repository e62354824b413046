"""One member of a zip file, with bounds on all that it makes; Zstandard too, which Python's zipfile
reads only from 3.14 on (APPNOTE 6.3.10, 4.3 to 4.5). Raises ValueError for what is not read here."""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

STORED, DEFLATED, ZSTD, ENCRYPTED = 0, 8, 93, -1
LARGEST, SURELY = 16_000_000, 1_000_000
LARGEST_DIRECTORY = 10_000_000
LARGEST_WINDOW = 8_388_608
"""What every decoder should have room for (RFC 8878, 3.1.1.1.2)."""
END, ENTRY, LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
LARGE = b"PK\x06\x07"
AT_END = Struct("<4s4HIIH")
IN_DIRECTORY = Struct("<4s6H3I5H2I")
BEFORE = Struct("<4s5H3I2H")
CUT = "it is no whole zip file"


class NotRead(ValueError):
    """It may be whole, but is of a kind or a size that is not read here."""


class Member(NamedTuple):
    way: int
    crc: int
    packed: int
    size: int
    """Bytes as they lie there, and unpacked."""
    at: int


def read(file: BinaryIO, name: str) -> bytes | None:
    """The content of the last member of that name; None where there is none.

    It may be 1 MB, or as large as the whole file, and no more than 16 MB. Raises ModuleNotFoundError
    where it takes zstandard, and that is not installed.
    """
    size = file.seek(0, 2)
    one = None
    for own, entry in _members(file, size):
        one = entry if own == name.encode() else one
    if one is None:
        return None
    if one.size > min(LARGEST, max(SURELY, size)) or one.packed > size:
        raise NotRead(
            f"its {name} is larger than the whole file, or than {LARGEST // 1_000_000} MB"
        )
    content = _unpacked(_packed(file, one), one)
    if len(content) != one.size or zlib.crc32(content) != one.crc:
        raise ValueError(CUT)
    return content


def _members(file: BinaryIO, size: int) -> Iterator[tuple[bytes, Member]]:
    """Each entry of the directory, whose length is bounded before it is read."""
    longest = min(size, AT_END.size + 65_535 + 20)
    file.seek(size - longest)
    tail = file.read(longest)
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + AT_END.size:
        raise ValueError(CUT)
    *_, long, start, _ = AT_END.unpack_from(tail, at)
    if LARGE in tail[max(0, at - 20) : at] or long > LARGEST_DIRECTORY:
        raise NotRead("it has too many members")
    end = size - longest + at
    if long > end or start > end - long:
        raise ValueError(CUT)
    file.seek(end - long)
    directory, moved = file.read(long), end - long - start
    place = 0
    while place < long:
        if long - place < IN_DIRECTORY.size:
            raise ValueError(CUT)
        (mark, _, _, flags, way, _, _, crc, packed, unpacked, name, extra, comment, *_, offset) = (
            IN_DIRECTORY.unpack_from(directory, place)
        )
        if mark != ENTRY:
            raise ValueError(CUT)
        place += IN_DIRECTORY.size
        own = directory[place : place + name]
        yield own, Member(ENCRYPTED if flags & 1 else way, crc, packed, unpacked, offset + moved)
        place += name + extra + comment


def _packed(file: BinaryIO, one: Member) -> bytes:
    file.seek(one.at)
    before = file.read(BEFORE.size)
    if len(before) < BEFORE.size or not before.startswith(LOCAL):
        raise ValueError(CUT)
    *_, name, extra = BEFORE.unpack(before)
    file.seek(name + extra, 1)
    return file.read(one.packed)


def _unpacked(packed: bytes, one: Member) -> bytes:
    """At most one byte more than it says that it holds."""
    most = one.size + 1
    if one.way == STORED:
        return packed[:most]
    if one.way == DEFLATED:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
        except zlib.error:
            raise ValueError(CUT) from None
    if one.way == ZSTD:
        return _from_zstd(packed, most)
    raise NotRead("it is compressed in a way that is not read here")


def _from_zstd(packed: bytes, most: int) -> bytes:
    from zstandard import ZstdDecompressor, ZstdError

    try:
        with ZstdDecompressor(max_window_size=LARGEST_WINDOW).stream_reader(packed) as reader:
            return reader.read(most)
    except ZstdError:
        raise ValueError(CUT) from None
