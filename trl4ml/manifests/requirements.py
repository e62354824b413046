"""Requirements as pip reads them: a line each, hashes behind, `-r` and `-c` to other files."""

import posixpath
import re
from collections.abc import Iterator

from trl4ml.manifests.sources import Include, Requirement, Sort, Source, normal

INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*([^\s=].*)")
EDITABLE = re.compile(r"(?:-e|--editable)[\s=]+")
OPTION = re.compile(r"\s--?[A-Za-z]")
SPECIFIER = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(@)?(.*)", re.DOTALL)
CLAUSE = re.compile(r"\s*(===|[=!~<>]=|[<>])\s*[^\s=<>!~()]+\s*")
PLACE = re.compile(r"\.|[^;]*/|[^;]+\.(?:whl|zip|tar\.gz)\b")
REMOTE = re.compile(r"(?!file:)[a-z]+://|[a-z]+\+")
EGG = re.compile(r"[#&]egg=([\w.-]+)")
FIXED = re.compile(
    r"[@/=#](?:[0-9a-f]{64}|[0-9a-f]{40})\b|@[0-9a-f]{7,40}(?=[#&]|$)|[#&]sha\d+="
    r"|-\d[\w.+!-]{0,99}\.(?:whl|zip|tar\.gz|tar\.bz2)(?=[#?]|$)"
)
MOST = 50_000
Entries = Iterator[Requirement | Include]


def requirements(text: str, sort: Sort = Sort.LIST) -> Source:
    entries: list[Requirement | Include] = []
    for number, line in logical_lines(text):
        if len(entries) > MOST:
            raise ValueError(f"line {number}: more than {MOST:,} requirements")
        try:
            entries += entry(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return Source(sort, tuple(entries), hashed="--hash=" in text)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, those that end in a backslash joined with the next."""
    held, at = "", 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        at = at if held else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            held += line[:-1] + " "
            continue
        whole = re.sub(r"(?:^|\s)#.*", "", held + line).strip()
        held = ""
        if whole:
            yield at, whole


def listed(items: object) -> Entries:
    """Of a list, as in pyproject.toml; what is no text, as an include of a group, is passed by."""
    for item in items if isinstance(items, list | tuple) else ():
        if isinstance(item, str) and item.strip() and item.strip()[0] != "#":
            yield from entry(item.strip())


def entry(line: str) -> Entries:
    """What a line asks for: nothing when it is an option or a path inside the project."""
    text = OPTION.split(EDITABLE.sub("", line, count=1), maxsplit=1)[0].strip()
    found = SPECIFIER.fullmatch(text)
    if include := INCLUDE.fullmatch(line):
        yield Include(include[2].strip("'\" "), constraint="c" in include[1])
    elif text.startswith("-"):
        return
    elif found and found[2]:
        yield from placed(found[3], found[1])
    elif PLACE.match(text):
        yield from placed(text)
    elif found:
        yield Requirement(normal(found[1]), one_version(found[3].partition(";")[0]))
    else:
        raise ValueError("not a requirement")


def one_version(clauses: str) -> bool:
    """Whether `==1.0`, `>=1,<2` and the like leave only one. Raises ValueError."""
    parts = [one for one in clauses.strip(" ()").split(",") if one.strip()]
    found = [CLAUSE.fullmatch(one) for one in parts]
    if None in found:
        raise ValueError("not a requirement")
    return any(one and one[1] in ("==", "===") and "*" not in one[0] for one in found)


def placed(where: str, name: str = "") -> Iterator[Requirement]:
    """What lies at a URL or path: pinned by a commit, a hash or a version in its file's name."""
    where = re.split(r"\s;", where)[0].strip()
    if REMOTE.match(where):
        egg = EGG.search(where)
        path = re.split("[@#?]", where.rpartition("://")[2].partition("/")[2])[0]
        last = posixpath.basename(path).removesuffix(".git")
        yield Requirement(normal(name or (egg[1] if egg else last)), bool(FIXED.search(where)))
    elif not inside(path := where.removeprefix("file:").partition("[")[0]):
        yield Requirement(normal(name or posixpath.basename(path)), pinned=False)


def inside(path: str) -> bool:
    """Whether a path stays in the project, whose own history then fixes what lies there."""
    return not posixpath.normpath(path).startswith(("/", "~", ".."))
