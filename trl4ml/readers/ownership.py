"""A repository that somebody else owns: git refuses to read it, and says how to allow it."""

from collections.abc import Sequence

ALLOW = "\tgit config --global --add safe.directory "


def remedied(says: str, lines: Sequence[str]) -> str:
    """git's complaint, with the remedy that it gives on a later one of its lines.

    A folder may be called so that it looks like a remedy: of two none is believed.
    """
    found = [line.strip() for line in lines if line.startswith(ALLOW)]
    return f"{says}; if you trust what is in it: {found[0]}" if len(found) == 1 else says
