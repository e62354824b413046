"""What only one person knows cannot be repaired when that person is away.

Counts the authors in git and how few of them made half of the commits (the bus factor), bots left
out of both; and the owners whom CODEOWNERS and, as handles or addresses, MAINTAINERS and OWNERS
name. Shared means a bus factor of at least two, or two authors and two named owners. Where history
is missing or cut off, two named owners are enough; a team counts as one owner. Nobody is named.
"""

import re
from bisect import bisect_left
from functools import cache

from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, unknown, yes
from trl4ml.core.views import Files, Git, Unreadable

asks = "At least two people share the project."
version = 1

LIMIT = 200_000
CODEOWNERS = "{,.github/,.gitlab/,docs/}CODEOWNERS"
MAINTAINERS = "{,.github/,docs/}{MAINTAINERS,OWNERS}{,.md,.rst,.txt,.yml,.yaml}"
BOT = re.compile(
    r"""(?ix)\[bot\] | (?:^|[-_ ])(?:ro)?bot$ | ^(?:dependabot|renovate|github.?actions?|gitlab.?ci
    |pre-commit-ci|all-?contributors|imgbot|pyup|snyk|greenkeeper|mergify|semantic.release|jenkins$
    |travis[- ]ci|weblate|codecov|web-flow)\b"""
)
OWNER = re.compile(r"(?<!\w)@{1,2}[\w./-]{1,100}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
PERSON = re.compile(rf"{OWNER.pattern}|(?<=github\.com/)[\w-]{{1,40}}")
LISTS = re.compile(r"(?i)(?:^|/)OWNERS(?:\.ya?ml)?$")
LISTED = re.compile(rf"{PERSON.pattern}|^\s*- +[\w-]{{1,40}}\s*$")
SECTION = re.compile(r"\^?\[[^\]]*\](?:\[\d+\])?")
PARTS = 1 << 16
SLACK = 16
"""In PARTS: more than the bisections can err by, less than one of 2,000 commits."""


def run(files: Files, git: Git) -> Finding:
    named = [*files.matching(CODEOWNERS), *files.matching(MAINTAINERS)]
    codeowners: set[str] = set()
    maintainers: set[str] = set()
    broken: list[Unreadable] = []
    for path in named:
        try:
            text = files.text(path, LIMIT)
        except Unreadable as error:
            broken.append(error)
            continue
        if path.lower().endswith("codeowners"):
            codeowners |= _owners(text)
        else:
            maintainers |= _people(path, text)
    owners = max(len(codeowners), len(maintainers))
    gap = _gap(git)
    authors = 0 if gap else sum(not BOT.search(name) for name in git.authors())
    factor = 0 if gap else _bus_factor(git)
    measures = {
        "authors": undefined(gap) if gap else Measure(value=authors),
        "bus_factor": undefined(gap) if gap else Measure(value=factor),
        "codeowners": Measure(value=len(codeowners), kind=Kind.DECLARED),
        "maintainers": Measure(value=len(maintainers), kind=Kind.DECLARED),
        "files": Measure(value=len(named)),
    }
    if factor >= 2:
        says = f"it takes {factor} authors to make up half of the commits"
        return yes(says, named, **measures)
    if owners >= 2 and (gap or authors >= 2):
        says = f"{owners} owners are named" + ("" if gap else f" and there are {authors} authors")
        return yes(says, named, **measures)
    if broken:
        return unknown(f"{broken[0]}; correct it so that its owners count", named, **measures)
    if gap and (owners == 0 or git.problem() or git.shallow()):
        return unknown(f"{gap}; or name two owners in CODEOWNERS", named, **measures)
    says = "one owner is named" if owners == 1 else "no two owners are named"
    if not gap:
        says = f"{'one author' if factor else 'no person'} made half of the commits, and {says}"
    return no(says, named, **measures)


def _gap(git: Git) -> str:
    """Why the history does not tell who works on the project; empty when it does."""
    if git.problem():
        return "git refuses to show the history; see what `git log` says"
    if not git.exists():
        return "the project lies in no git repository; put it into one"
    if git.empty():
        return "there is no commit yet; commit the project"
    if git.shallow():
        return "the history is cut off; fetch it with: git fetch --unshallow"
    return ""


def _bus_factor(git: Git) -> int:
    """How many people, at least, made half of the commits that people made."""
    everyone = git.authors()
    if not any(BOT.search(name) for name in everyone):
        return len(git.authors(0.5))

    @cache
    def made(first: int) -> int:
        """What the first so many made of all commits, in PARTS, found by asking for shares."""
        if first in (0, len(everyone)):
            return PARTS if first else 0
        return bisect_left(range(PARTS), first + 1, key=lambda n: len(git.authors(n / PARTS)))

    bots = [n for n, name in enumerate(everyone) if BOT.search(name)]
    half = (PARTS - sum(made(n + 1) - made(n) for n in bots)) / 2
    people = covered = 0
    for n in range(len(everyone)):
        if n not in bots and covered < half - SLACK:
            people += 1
            covered += made(n + 1) - made(n)
    return people


def _owners(text: str) -> set[str]:
    """Whom a CODEOWNERS file names: on each line behind the pattern or the section."""
    owners: set[str] = set()
    for whole in text.splitlines():
        line = re.split(r"(?:^|\s)#", whole, maxsplit=1)[0].strip()
        section = SECTION.match(line)
        rest = line[section.end() :] if section else re.sub(r"^(?:\\.|[^\s\\])+", "", line)
        owners.update(owner.lower() for owner in OWNER.findall(rest))
    return {owner for owner in owners if not BOT.search(owner.lstrip("@"))}


def _people(path: str, text: str) -> set[str]:
    """Whom a MAINTAINERS or OWNERS file names: the first handle or address of each line."""
    person = LISTED if LISTS.search(path) else PERSON
    firsts = (person.search(line) for line in text.splitlines() if not line.startswith("#"))
    names = {first[0].strip("- @\t").lower() for first in firsts if first}
    return {name for name in names if not BOT.search(name)}
