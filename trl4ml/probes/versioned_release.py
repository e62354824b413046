"""Only what has a version can be named in a report, asked for again and compared.

Looks at the git tags that end in a semantic version (semver.org): `v1.2.3`, `1.2.3`, `name-v1.2.3`
or `name/1.2.3`, with a pre-release or a build. The latest is the highest in precedence.
"""

import re

from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.views import Files, Git

asks = "A release is tagged with a semantic version."
version = 1

ABSOLUTE = re.compile(r"(?: at| in file)? '?/.*")
NUMBER = "(?:0|[1-9][0-9]*)"
WORD = f"(?:{NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
TAG = re.compile(
    rf"(?:[A-Za-z@].*?[-/@_])??[vV]?(?P<version>(?P<core>{NUMBER}\.{NUMBER}\.{NUMBER})"
    rf"(?:-(?P<pre>{WORD}(?:\.{WORD})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)"
)
Precedence = tuple[list[tuple[int, str]], bool, list[tuple[bool, int, str]], str]


def run(files: Files, git: Git) -> Finding:
    if problem := git.problem():
        says = ABSOLUTE.sub("", problem)
        return unknown(f"git cannot read the tags ({says}); make `git status` work here")
    tags = git.tags()
    found = [match for match in map(TAG.fullmatch, tags) if match]
    pre_releases = sum(match["pre"] is not None for match in found)
    counts = {
        "releases": len(found) - pre_releases,
        "pre_releases": pre_releases,
        "other_tags": len(tags) - len(found),
    }
    if found:
        latest = max(found, key=precedence)["version"]
        says = f"the latest version that is tagged is {latest}"
        return yes(says, (), latest=latest, **counts)
    if git.shallow():
        return unknown(
            "no tag is a version, but this is a shallow clone: fetch the tags with "
            "`git fetch --tags`"
        )
    broken = () if git.exists() else files.present(".git", ".git/HEAD")
    if broken:
        says = f"git finds no repository behind {broken[0]}; repair it or clone the project again"
        return unknown(says, broken)
    if not git.exists():
        says = "the project lies in no git repository, so no version is tagged"
    elif tags:
        says = "no git tag is a semantic version such as v1.2.3"
    else:
        says = "there is no git tag"
    return no(says, (), latest=undefined("no version is tagged"), **counts)


def precedence(match: re.Match[str]) -> Precedence:
    """By semver.org: numbers as numbers, a pre-release before its release, builds by their text."""
    words = (match["pre"] or "").split(".")
    return (
        [(len(number), number) for number in match["core"].split(".")],
        match["pre"] is None,
        [(not w.isdigit(), len(w) if w.isdigit() else 0, w) for w in words],
        match["version"],
    )
