"""Who upgrades, or looks for the day a figure moved, needs to know what changed in which version.

Looks for CHANGELOG, CHANGES, HISTORY, NEWS or RELEASE_NOTES in the top folder and in docs/, and
takes the first that has a heading naming a version, or the changes not yet released. Headings may
be Markdown, reStructuredText, AsciiDoc or plain lines.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from trl4ml.core.evidence import Finding, Place, no, undefined, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "A changelog names the versions of the project and what changed."
version = 1

STEMS = ("changelog", "changes", "change", "history", "news", "release", "whatsnew")
NAMES = (
    "{CHANGELOG,CHANGES,CHANGE{-,_}LOG,HISTORY,NEWS,RELEASES,RELEASE{-,_,}NOTES,WHATSNEW}"
    "{,.md,.markdown,.rst,.txt,.adoc}"
)
FOLDERS = ("", "{docs,doc}/{,source/,src/,about/,content/}")
MOST = 2_000_000
LONGEST = 300
HEADING = re.compile(r"(?:#{1,6}|={1,5})\s+(?P<title>.*\S)")
UNDERLINE = re.compile(r"([=\-~^*+#\"'`.:_])\1{2,}\s*")
ORNAMENT = re.compile(r"(?:[^\w<:]|_|<[^<>]*>|:\w*:?)*")
SAID = (
    "version|ver|releases?|released|rel|notes|changes|changed|changelog|noteworthy|what['’]?s|new"
)
VERSION = re.compile(
    rf"""(?:\d{{4}}[-.]\d\d[-.]\d\d[,:]?\s+)?
    (?P<said>(?:(?:{SAID}|in|for|of|tag)[.:]?\s+)*)
    (?P<name>[^\W\d_][\w./-]*(?:\s+|@))?
    [\[(*_`~<]{{0,3}}
    (?!\d\d?\.\d\d?\.(?:19|20)\d\d\b)
    v?\.?\s?(?P<version>[0-9]+(?:\.[0-9]+)+
        (?:[-._]?(?:a|b|c|rc|alpha|beta|dev|post|pre|final)[0-9a-z.]*|-[0-9a-z][0-9a-z.-]*)?
        (?:\+[0-9a-z.-]+)?)
    (?!\w)(?P<rest>.*)""",
    re.VERBOSE | re.IGNORECASE,
)
REST = re.compile(r"\s*(?:$|[-–—:;(\[\])|,/*_`~>=]|\d|(?:released|yanked|unreleased)\b)")
DATED = re.compile(r".*(?:\d{4}|urgency=)")
OPEN = re.compile(r"\bunreleased\b|\bnot (?:yet )?released\b", re.IGNORECASE)
NEXT = re.compile(r"\W*(?:next|upcoming|head|main|master)(?: release| version| changes)?\W*", re.I)
Heading = tuple[int, str]


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Where else the changelog lies, as paths or patterns."""


def run(files: Files, options: Options) -> Finding:
    paths = candidates(files, options)
    broken: list[Unreadable] = []
    for path in paths:
        try:
            versions, coming = headings(files.text(path, MOST), path)
        except Unreadable as error:
            broken.append(error)
            continue
        if versions or coming:
            return described(path, versions, coming)
    if broken:
        raise broken[0]
    says = "there is no changelog"
    if paths:
        says = f"{paths[0]} has no heading that names a version or unreleased changes"
    return no(says, paths, entries=0, unreleased=False, latest=undefined("no version is named"))


def candidates(files: Files, options: Options) -> list[str]:
    """The changelogs, the likeliest first."""
    given = list(files.matching(*options.paths)) if options.paths else []
    usual = files.matching(*(folder + NAMES for folder in FOLDERS))

    def rank(path: str) -> tuple[int, int, str]:
        name = path.rpartition("/")[2].lower()
        stem = next(at for at, stem in enumerate(STEMS) if name.startswith(stem))
        return path.count("/"), stem, path

    return given + sorted(usual, key=rank)


def described(path: str, versions: list[Heading], coming: list[Heading]) -> Finding:
    """The newest entry is the first, or the last where the file begins with the oldest."""
    newest = (versions or coming)[0]
    rising = sum(numbers(one[1]) < numbers(two[1]) for one, two in pairwise(versions))
    if rising and 2 * rising >= len(versions):
        newest = versions[-1]
    latest = newest[1] if versions else undefined("only unreleased changes are named")
    says = f"{path} names {len(versions)} version{'' if len(versions) == 1 else 's'}"
    return yes(
        f"{says}, the latest {newest[1]}" if versions else f"{says}, only unreleased changes",
        [Place(path=path, line=newest[0])],
        entries=len(versions),
        unreleased=bool(coming),
        latest=latest,
    )


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def headings(text: str, path: str) -> tuple[list[Heading], list[Heading]]:
    """The headings, by line, that name a version, and those of changes not yet released."""
    versions: list[Heading] = []
    coming: list[Heading] = []
    for line, title, plain in titles(text, path.lower().endswith((".md", ".markdown"))):
        named = version_in(title, plain)
        opened = OPEN.search(title) if named or not plain else OPEN.match(title)
        if opened or (not versions and not plain and NEXT.fullmatch(title)):
            coming.append((line, title))
        elif named:
            versions.append((line, named))
    return versions, coming


def version_in(title: str, plain: bool) -> str:
    """The version that the words are about: not the 3.12 of `Python 3.12 support`."""
    found = VERSION.match(title)
    if not found:
        return ""
    rest, named = found["rest"], found["name"] and not found["said"]
    fits = DATED.match(rest) or (REST.match(rest) and not (plain and named))
    return found["version"] if fits or not (plain or named) else ""


def titles(text: str, markdown: bool) -> Iterator[tuple[int, str, bool]]:
    """Line, words, and whether it is but a line of text that begins at the margin."""
    fence = hidden = ""
    lines = [line[:LONGEST] for line in text.splitlines()]
    for number, (line, after) in enumerate(pairwise([*lines, ""]), 1):
        mark = line.strip()[:3]
        if hidden:
            hidden = "" if hidden in line else hidden
        elif mark in ("```", "~~~"):
            fence = "" if mark == fence else fence or mark
        elif fence or not line.strip():
            continue
        elif line.lstrip().startswith("<!--"):
            hidden = "" if "-->" in line else "-->"
        elif heading := HEADING.match(line):
            yield number, ORNAMENT.sub("", heading["title"], count=1), False
        elif line[0].isspace():
            continue
        elif UNDERLINE.fullmatch(after) or line.startswith("**"):
            yield number, ORNAMENT.sub("", line, count=1), False
        elif not markdown:
            yield number, line.removeprefix("* ").lstrip("[(*_"), True
