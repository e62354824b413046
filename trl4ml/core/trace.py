"""What a probe looked at: enough to know, without running it, whether it would see the same."""

from typing import Annotated

from pydantic import Field

from trl4ml.core.noun import Noun


class Trace(Noun):
    """Everything a probe asked its views, with the digest of each answer."""

    listing: str = ""
    """Of all paths in the component's part; while it stands, so do all `patterns`."""
    patterns: dict[str, str] = {}
    on_disk: dict[str, str] = {}
    folders: dict[str, str] = {}
    """Of what each folder held that was looked into; while they stand, so does `on_disk`."""
    sizes: dict[str, int] = {}
    files: dict[str, Annotated[int, Field(ge=0)] | None] = {}
    """Path → how many bytes were read at most (None: all)."""
    contents: str = ""
    history: str = ""
    """Of HEAD, the tags and the index; while it stands, so does `git`."""
    git: dict[str, str] = {}
    registers: dict[str, str] = {}
    """Of each register that was read."""
    days: dict[str, bool] = {}
    """Whether each day that was asked for had come."""
    provisional: bool = False
    """Whether something was left out that only `audit --run` allows: then it is asked anew."""
