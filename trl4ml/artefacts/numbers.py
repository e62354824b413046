"""Numbers as other tools write them: which ones evidence can hold, and under which name."""

import math
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

EXACT = 2**53 - 1
LONGEST_NAME = 100
MOST_COUNTED = 10**13
OTHER = re.compile(r"[^a-z0-9]+")


class Number(NamedTuple):
    """A value as it was written, of any type, with its tool's standard error and sample size."""

    name: str
    value: Any
    error: Any = None
    n: Any = None


def fault(value: object) -> str:
    """Why the value is no number that evidence can hold; empty when it is one."""
    if isinstance(value, bool):
        return f"it is {str(value).lower()}, not a number"
    if value is None:
        return "it is empty"
    if isinstance(value, str):
        return "it is text, not a number"
    if not isinstance(value, int | float):
        return "it is not one number"
    if isinstance(value, float) and math.isnan(value):
        return "it is NaN"
    if value in (math.inf, -math.inf):
        return "it is infinite"
    return "it is larger than evidence holds exactly" if abs(value) > EXACT else ""


def slug(name: str) -> str:
    """The name as gate expressions can say it, `[a-z0-9_]`; empty when nothing of it remains."""
    return OTHER.sub("_", name[: 4 * LONGEST_NAME].lower()).strip("_")[:LONGEST_NAME].rstrip("_")


def whole(value: object) -> int | None:
    """A count that can be true, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or fault(value):
        return None
    return int(value) if 0 <= value <= MOST_COUNTED and value == int(value) else None


def moment(value: object) -> float | None:
    """Seconds since 1970 of an ISO time, with or without signs between (UTC without a zone), or of a
    number of seconds; None for what is no time."""
    if isinstance(value, int | float) and not fault(value):
        return float(value)
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def mapping(value: object) -> dict[Any, Any]:
    """The mapping that it is, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The list that it is, else an empty one."""
    return value if isinstance(value, list) else []


def written(value: object) -> str:
    """The text that it is, whole, to tell one from another; else empty."""
    return value if isinstance(value, str) else ""


def text(value: object, longest: int = LONGEST_NAME) -> str:
    """What is written there, on one line and no longer than a sentence bears; else empty."""
    shown = value[:longest] if isinstance(value, str) else ""
    return "".join(c if c.isprintable() else "?" for c in shown).strip()
