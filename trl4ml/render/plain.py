"""Text from outside made harmless: control characters never reach a terminal."""

import json
from typing import Any


def printable(text: str) -> str:
    """The text with every unprintable character shown as an escape; tabs and newlines too."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def json_text(data: Any, sort_keys: bool = False) -> str:
    """The data as JSON to read; what is not printable, bidirectional marks too, is escaped."""
    text = json.dumps(data, indent=2, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False)
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    return text + "\n"
