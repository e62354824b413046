"""Incidents: what went wrong, of which kind it was, and what was learned."""

import datetime
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from trl4ml.core.noun import Noun, Text, wrong
from trl4ml.core.registers.entry import Entries, Entry, NoneFound, Said


class IssueKind(StrEnum):
    """Kinds of system issues (after Ren, Gay, Kästner, Jamshidi)."""

    API = "API"
    BUILD = "Compl"
    CONFIGURATION = "Config"
    CONNECTION = "Conn"
    RACE = "Race"
    EXECUTION = "Exec"
    HARDWARE = "HA"
    ALLOCATION = "MA"
    INPUT_OUTPUT = "I/O"
    LEAK = "ML"
    CONVERSION = "Conv"
    THREADS = "MT"
    REGRESSION = "PR"
    WAITING = "SYNC"
    RESOURCES = "RU"


class IncidentStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Incident(Entry):
    date: datetime.date
    """The day on which it happened."""
    what: Text
    kind: IssueKind | None = None
    status: IncidentStatus = IncidentStatus.OPEN
    post_mortem: Said = ""
    """A link or a path."""


class Incidents(Noun):
    """The log of what went wrong in use."""

    entries: Entries[Incident] = ()
    none_found: NoneFound | None = None
    """In place of entries: who looked, and how."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.entries and self.none_found:
            raise wrong("none_found stands beside entries; drop one of them", "none_found")
        return self
