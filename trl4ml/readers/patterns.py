"""Path patterns: `*` within a folder, `**/` across folders, `{a,b}` either; case does not matter."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression that matches whole paths fitting any of the patterns."""
    return re.compile("|".join(f"(?:{_translate(p)})" for p in patterns), re.IGNORECASE)


def _translate(pattern: str) -> str:
    out, depth, at = [], 0, 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out.append("(?:.*/)?")
            at += 3
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        out.append(
            {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}.get(char)
            or ("|" if char == "," and depth else re.escape(char))
        )
        at += 1
    return "".join(out) + r"\Z"
