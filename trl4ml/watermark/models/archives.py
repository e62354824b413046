"""Zip archives that models come in, looked at before anything in them is unpacked."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from trl4ml.watermark.errors import Refused

LARGEST = 4 * 2**30
RATIO = 1000
"""Deflate reaches about 1,030 on zeros; no weights do."""
SMALL = 2**20
MOST_MEMBERS = 100_000


def members(path: Path) -> dict[str, ZipInfo]:
    """What the archive holds by name. Raises Refused for names and sizes no model has."""
    try:
        with ZipFile(path) as archive:
            found = archive.infolist()
    except (BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OSError) as error:
        raise Refused(f"{path.name}: the archive is broken ({error}); fetch it again") from None
    if len(found) > MOST_MEMBERS:
        raise Refused(f"{path.name}: {len(found):,} members; {MOST_MEMBERS:,} are the limit")
    for one in found:
        _check(path, one)
    by_name = {one.filename: one for one in found}
    if len(by_name) < len(found):
        raise Refused(f"{path.name}: two members have one name; save the model anew")
    total = sum(one.file_size for one in found)
    if total > LARGEST:
        raise Refused(f"{path.name}: unpacks to {total:,} bytes; {LARGEST:,} are the limit")
    return by_name


def content(path: Path, member: ZipInfo) -> bytes:
    """The content of one member, never more than it declares. Raises Refused."""
    try:
        with ZipFile(path) as archive, archive.open(member) as file:
            return file.read(member.file_size + 1)
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        says = f"{path.name}: {member.filename} cannot be unpacked ({error}); fetch the file again"
        raise Refused(says) from None


def _check(path: Path, one: ZipInfo) -> None:
    name = one.filename
    parts = name.split("/")
    if ".." in parts or name.startswith("/") or "\\" in name or ":" in parts[0]:
        raise Refused(f"{path.name}: the member {name!r} leads out of the archive; "
                      "it is not opened: fetch the model from its source")  # fmt: skip
    if one.flag_bits & 1:
        raise Refused(f"{path.name}: the member {name!r} is encrypted; give the model unencrypted")
    if one.file_size > SMALL and one.file_size > RATIO * max(one.compress_size, 1):
        raise Refused(f"{path.name}: the member {name!r} unpacks from {one.compress_size:,} bytes to "
                      f"{one.file_size:,}; no weights do, so it is not opened")  # fmt: skip
