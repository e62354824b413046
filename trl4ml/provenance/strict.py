"""JSON and base64 without the freedoms that let two readers see two things."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from trl4ml.dense import Dense, loads
from trl4ml.provenance.errors import Refused


def parsed(text: bytes, what: str, limit: int) -> Any:
    """JSON in UTF-8 with no key twice, no NaN and bounded. Raises Refused, which begins with `what`."""
    if len(text) > limit:
        raise Refused(f"{what} is larger than {limit:,} bytes; it is not what it should be")
    try:
        return loads(text.decode(), len(text), _constant, _once)
    except (Refused, Dense) as why:
        raise Refused(f"{what}: {why}") from None
    except UnicodeDecodeError:
        raise Refused(f"{what} is not UTF-8; write it again") from None
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(f"{what} is not JSON{where}; write it again") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise Refused(f"the key '{twice}' stands twice in one object; remove one")
    return found


def _constant(text: str) -> Any:
    raise Refused(f"{text} is no JSON number; write a number")


def decoded(text: Any, what: str) -> bytes:
    """Standard base64 with its padding and nothing else. Raises Refused."""
    if not isinstance(text, str):
        raise Refused(f"{what} is no text; it should be base64")
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused(f"{what} is not base64; write it again") from None
    if base64.b64encode(raw).decode() != text:
        raise Refused(f"{what} is not base64 in its one form; write it again")
    return raw


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """The value, when it is a JSON object. Raises Refused."""
    if not isinstance(value, dict):
        raise Refused(f"{what} is no JSON object")
    return value


def listed(value: Any, what: str) -> list[Any]:
    """The value, when it is a JSON list. Raises Refused."""
    if not isinstance(value, list):
        raise Refused(f"{what} is no JSON list")
    return value


def text(value: Any, what: str) -> str:
    """The value, when it is text. Raises Refused."""
    if not isinstance(value, str):
        raise Refused(f"{what} is no text")
    return value
