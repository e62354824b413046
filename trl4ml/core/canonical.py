"""One value, one text, one digest: canonical JSON (RFC 8785) and SHA-256."""

import hashlib
from typing import Any

from pydantic import BaseModel


def canonical(value: BaseModel | Any) -> bytes:
    """The RFC 8785 bytes of a noun or of plain JSON data; NaN and infinities raise ValueError."""
    import rfc8785

    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return rfc8785.dumps(plain)


def digest(value: BaseModel | bytes | Any) -> str:
    """SHA-256 in hex: of the bytes given, or else of the canonical JSON."""
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value)).hexdigest()
