"""Path patterns: `*` within a folder, `**/` across folders, `{a,b}` either; case does not matter."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression that matches whole paths fitting any of the patterns."""
    either = "|".join(f"(?:{_translate(p)})" for p in patterns)
    return re.compile(either or "(?!)", re.IGNORECASE)


def _translate(pattern: str) -> str:
    """A brace that opens or closes nothing stands for itself."""
    out, depth, at = [], 0, 0
    while at < len(pattern):
        char, rest = pattern[at], pattern[at:]
        if rest.startswith("**/"):
            out.append("(?:.*/)?")
            at += 3
            continue
        if char == "{" and "}" in rest:
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
        at += 1
    return "".join(out) + ")" * depth + r"\Z"


@lru_cache(maxsize=1024)
def paths(pattern: str) -> tuple[str, ...]:
    """The patterns that it stands for, so that no brace holds a slash."""
    for found in re.finditer(r"\{([^{}]*)\}", pattern):
        if "/" in found[1]:
            before, after = pattern[: found.start()], pattern[found.end() :]
            each = (paths(before + one + after) for one in found[1].split(","))
            return tuple(dict.fromkeys(path for some in each for path in some))
    return (pattern,)
