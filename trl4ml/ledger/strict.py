"""JSON and base64 without the freedoms that let two readers see two things."""

import base64
import binascii
import json
from typing import Any

from trl4ml.ledger.errors import Refused

DEEPEST = 32


def parsed(content: bytes, what: str) -> Any:
    """JSON in UTF-8, no key twice, no NaN, not deep. Raises Refused, which begins with `what`."""
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant
        )
    except Refused as why:
        raise Refused(f"{what}: {why}") from None
    except UnicodeDecodeError:
        raise Refused(f"{what} is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Refused(f"{what} is not JSON") from None
    if not _shallow(found, DEEPEST):
        raise Refused(f"{what} nests deeper than {DEEPEST} levels")
    return found


def _shallow(value: Any, left: int) -> bool:
    """Whether whoever walks it next comes to its end; a short text can hold a thousand levels."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return left > 0 and all(_shallow(one, left - 1) for one in inner)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("a key stands twice in one object")
    return found


def _constant(text: str) -> Any:
    raise Refused(f"{text} is no JSON number")


def decoded(text: str, what: str) -> bytes:
    """Standard base64 with its padding, in its one form. Raises Refused."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused(f"{what} is not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Refused(f"{what} is not base64 in its one form")
    return raw
