"""Names of files inside a model: relative, `/` between parts, compared byte for byte.

Source of the rules: OpenSSF Model Signing 1.0, and what a loader on another system would make of a
name.
"""

import unicodedata
from collections.abc import Iterable

GIT = (".git", ".gitattributes", ".github", ".gitignore")
"""What is never part of a model, at its top level only."""


def fault(name: str) -> str:
    """Why the name may not stand in a manifest or a signature; empty when it may."""
    if not name:
        return "is empty"
    if not encodable(name):
        return "is not valid UTF-8"
    if "\0" in name:
        return "holds a NUL"
    if "\\" in name:
        return "holds a backslash"
    if name.startswith("/"):
        return "is absolute"
    parts = name.split("/")
    if ".." in parts:
        return "leads out of the model with '..'"
    if "." in parts or "" in parts:
        return "holds an empty part or '.'"
    return ""


def encodable(name: str) -> bool:
    """Whether the name is UTF-8: a name on the disk need not be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """The name as text that can be written anywhere: bytes that are not UTF-8 as `\\xNN`."""
    raw = name.encode("utf-8", "surrogateescape" if not _lone(name) else "surrogatepass")
    return raw.decode("utf-8", "backslashreplace")


def _lone(name: str) -> bool:
    """Whether it holds a surrogate that stands for no byte, as JSON may."""
    return any("\ud800" <= char < "\udc80" or "\udcff" < char <= "\udfff" for char in name)


def collapsing(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs that a disk that ignores case, or composes accents, would take for one file."""
    seen: dict[str, str] = {}
    pairs = []
    for name in sorted(set(names)):
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in seen:
            pairs.append((seen[folded], name))
        seen.setdefault(folded, name)
    return pairs


def within(name: str, folders: Iterable[str]) -> bool:
    """Whether the name is one of these paths or lies below one."""
    return any(name == one or name.startswith(f"{one}/") for one in folders)


def counted(n: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
