"""One value, one text, one digest: canonical JSON (RFC 8785) and SHA-256."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel

EXACT = 2**53 - 1


def canonical(value: BaseModel | Any) -> bytes:
    """The RFC 8785 bytes of a noun or of plain JSON data; NaN and infinities raise ValueError."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    if _simple(plain):
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    import rfc8785

    return rfc8785.dumps(plain)


def _simple(value: Any) -> bool:
    """Whether the standard library writes the same bytes: no floats, and keys that are ASCII."""
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        return all(type(k) is str and k.isascii() for k in value) and all(
            map(_simple, value.values())
        )
    if kind is list:
        return all(map(_simple, value))
    return value is None or kind is bool or (kind is int and abs(value) <= EXACT)


def digest(value: BaseModel | bytes | Any) -> str:
    """SHA-256 in hex: of the bytes given, or else of the canonical JSON."""
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value)).hexdigest()
