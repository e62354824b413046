"""The files that another tool wrote: some, and no more than can be looked at."""

import re
from collections.abc import Iterable, Sequence

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.views import Files

MOST_FILES = 200
PLAIN = re.compile(r"(?!/|.*\.\.)[\w. /-]+")


class NoResults(Exception):
    """What is missing, and how to give it, in one sentence."""


def lying(
    files: Files, given: Sequence[str], usual: Iterable[str], what: str, how: str,
    most: int = MOST_FILES,
) -> list[str]:  # fmt: skip
    """The paths by the given patterns, or else in the usual places. Raises NoResults."""
    try:
        paths = artefacts(files, given, usual)
    except NotThere as where:
        raise NoResults(f"no {what} {where}; {how}") from None
    if len(paths) > most:
        raise NoResults(
            f"{len(paths)} files of {what} lie there, {most} at most are read; "
            "name the ones that count as paths in trl4ml.yaml"
        )
    return paths


def one(paths: Sequence[str], probe: str) -> str:
    """The only one of them. Raises NoResults."""
    if len(paths) > 1:
        says = f"{paths[0]} and {paths[1]} may both be meant"
        raise NoResults(f"{says}; name the one that counts as paths of {probe} in trl4ml.yaml")
    return paths[0]


def plain(path: str) -> bool:
    """Whether it can be a pattern that means itself, inside the project."""
    return bool(PLAIN.fullmatch(path))
