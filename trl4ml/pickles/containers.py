"""What pickles are kept in: zip archives, compressed streams, numpy, HDF5 and Keras files."""

import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from trl4ml.pickles.opcodes import Broken, imported

LARGEST = 200_000_000
MOST_UNPACKED = 50_000_000
HEADER = 65_536
INSIDE = (".pkl", ".pickle", ".joblib", ".npy", "config.json")
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
NUMPY = b"\x93NUMPY"
OBJECTS = re.compile(rb"""['"][|<>=]?O\d*['"]""")
LAMBDA = re.compile(rb'"class_name":\s*"Lambda"')
LAYER = "keras.layers.Lambda"


def archive(file: BinaryIO) -> Iterator[str]:
    """The names imported by a zip archive of torch, numpy or Keras."""
    left = MOST_UNPACKED
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            if not info.filename.lower().endswith(INSIDE):
                continue
            if info.compress_type not in BOUNDED:
                raise Broken("it is packed in a way whose size cannot be bounded")
            with opened.open(info) as member:
                data = member.read(HEADER)
                start = objects(data) if data.startswith(NUMPY) else 0
                if start is None:
                    continue
                data += member.read(left)
            left -= len(data)
            if left <= 0:
                raise Broken(f"it unpacks to more than {MOST_UNPACKED:,} bytes")
            if info.filename.lower().endswith(".json"):
                yield from keras(data)
            else:
                yield from imported(io.BytesIO(data[start:]))


def keras(configuration: bytes) -> Iterator[str]:
    """A Lambda layer carries its code along."""
    if LAMBDA.search(configuration):
        yield LAYER


def objects(head: bytes) -> int | None:
    """Where the pickle begins in a numpy file of objects; None when it holds plain numbers."""
    size = 2 if head[6:7] == b"\x01" else 4
    start = 8 + size + int.from_bytes(head[8 : 8 + size], "little")
    return start if OBJECTS.search(head[8 + size : start]) else None


def unpacker(head: bytes) -> Callable[[bytes], bytes] | None:
    """What unpacks a stream that begins so, to at most MOST_UNPACKED bytes; None when none does."""
    if head.startswith((b"\x1f\x8b", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")):
        return lambda data: zlib.decompressobj(47).decompress(data, MOST_UNPACKED)
    if head.startswith(b"BZh"):
        return lambda data: bz2.BZ2Decompressor().decompress(data, MOST_UNPACKED)
    if head.startswith((b"\xfd7zXZ\0", b"]\0\0")):
        packed = lzma.LZMADecompressor(memlimit=LARGEST)
        return lambda data: packed.decompress(data, MOST_UNPACKED)
    return None
