"""Who answers for the project."""

import re
from collections import Counter

from trl4ml.core.views import Files, Unreadable
from trl4ml.readers.git import History

MOST_OWNERS = 10
LARGEST = 200_000
CATCH_ALL = {"*", "**", "/**", "/"}
HANDLE = re.compile(r"(?<!\S)@\w[\w./-]{0,99}(?!\S)")
ROBOT = re.compile(r"\[bot\]$|^(?:dependabot|renovate|github[ -]actions?|pre-commit[ -]ci)\b", re.I)


def owners(files: Files, history: History) -> tuple[tuple[str, ...], str]:
    """Who answers, as CODEOWNERS or git has it, and which of the two; no e-mail addresses."""
    for path in (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"):
        try:
            named = code_owners(files.text(path, LARGEST))
        except Unreadable:
            continue
        if named:
            return named, f"They are those of {path}."
    if not history.exists:
        why = "Git could not be asked." if history.problem else "There is no git history to tell."
        return (), why
    if history.top.shallow:
        return (), "The git history is cut off (a shallow clone) and cannot tell."
    try:
        people = half_of(history.by_author)
    except Unreadable:
        people = ()
    if people:
        return people, "They made half of the latest commits."
    return (), "The git history names no person."


def code_owners(text: str) -> tuple[str, ...]:
    """The handles that own everything, else all that own something, in the order of the lines."""
    every: list[str] = []
    default: list[str] = []
    for line in text.splitlines():
        pattern, *_ = line.split() or ("",)
        if not pattern.startswith("#"):
            handles = HANDLE.findall(line.partition(" #")[0].removeprefix(pattern))
            every += handles
            default = handles if pattern in CATCH_ALL and handles else default
    return tuple(dict.fromkeys(default or every))[:MOST_OWNERS]


def half_of(commits: Counter[str]) -> tuple[str, ...]:
    """The fewest people who made half of the commits that people made."""
    people: Counter[str] = Counter()
    for author, count in commits.items():
        name = " ".join("".join(c if c.isprintable() else " " for c in author).split())
        if name and "@" not in name and len(name) <= 100 and not ROBOT.search(name):
            people[name] += count
    covered, names = 0, []
    for name, count in sorted(people.items(), key=lambda pair: (-pair[1], pair[0])):
        if 2 * covered >= people.total():
            break
        covered += count
        names.append(name)
    return tuple(names[:MOST_OWNERS])
