"""One value, one text, one digest: canonical JSON (RFC 8785) and SHA-256."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel

EXACT = 2**53 - 1
PARTED = 6
"""How deep a value is taken apart: as deep as the numbers of a report lie, and each level is a pass."""


def canonical(value: BaseModel | Any) -> bytes:
    """The RFC 8785 bytes of a noun or of plain JSON data; NaN and infinities raise ValueError."""
    return _written(value.model_dump(mode="json") if isinstance(value, BaseModel) else value)


def _written(plain: Any, deep: int = PARTED) -> bytes:
    """Part by part, as the standard library is much faster where it writes the same bytes."""
    if _simple(plain):
        return _fast(plain)
    if deep and type(plain) is dict and all(map(_plain_key, plain)):
        parts = (_fast(key) + b":" + _written(plain[key], deep - 1) for key in sorted(plain))
        return b"{" + b",".join(parts) + b"}"
    if deep and type(plain) is list:
        return b"[" + b",".join(_written(one, deep - 1) for one in plain) + b"]"
    import rfc8785

    return rfc8785.dumps(plain)


def _fast(plain: Any) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain_key(key: Any) -> bool:
    return type(key) is str and key.isascii()


def _simple(value: Any) -> bool:
    """Whether the standard library writes the same bytes: no floats, and keys that are ASCII."""
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        return all(map(_plain_key, value)) and all(map(_simple, value.values()))
    if kind is list:
        return all(map(_simple, value))
    return value is None or kind is bool or (kind is int and abs(value) <= EXACT)


def digest(value: BaseModel | bytes | Any) -> str:
    """SHA-256 in hex: of the bytes given, or else of the canonical JSON."""
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value)).hexdigest()
