"""By the patterns that a project gives, or else in the usual places."""

from collections.abc import Callable, Iterable
from typing import Protocol


class Listing(Protocol):
    def matching(self, *patterns: str) -> tuple[str, ...]:
        """What git does not ignore."""

    def present(self, *patterns: str) -> tuple[str, ...]:
        """What is on the disk. Raises ValueError for a pattern that leaves the project."""


class NotThere(Exception):
    """Nothing lies there; says where: `at out/*.xml`, or `in the usual places`."""


def artefacts(
    files: Listing,
    given: Iterable[str],
    usual: Iterable[str],
    fits: Callable[[str], bool] = lambda path: True,
) -> list[str]:
    """Those that fit, sorted. Raises NotThere, also when only one of the given patterns has none."""
    found: set[str] = set()
    asked: list[tuple[str, tuple[str, ...]]] = [(f"at {one}", (one,)) for one in given]
    asked = asked or [("in the usual places", tuple(usual))]
    for where, patterns in asked:
        try:
            some = {path for one in patterns for path in _matching(files, one) if fits(path)}
        except ValueError:
            raise NotThere(f"{where}: trl4ml.yaml must name paths inside the project") from None
        if not some:
            raise NotThere(where)
        found |= some
    return sorted(found)


def _matching(files: Listing, pattern: str) -> tuple[str, ...]:
    return files.matching(pattern) if "**" in pattern else files.present(pattern)
