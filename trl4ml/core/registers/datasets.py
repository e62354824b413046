"""Data sets: their version, kind, owner, readiness, and what they are used for."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from trl4ml.core.noun import Noun, wrong
from trl4ml.core.registers.entry import Entries, Entry, InnerPath, Said, Sha256

BANDS = ("C4", "C3", "C2", "C1", "B4", "B3", "B2", "B1", "A4", "A3", "A2", "A1")
"""Data readiness from hearsay to ready for a named task in use (Lawrence 2017, arXiv 1705.02245)."""


def band_rank(band: str) -> int:
    """0 for C4 to 11 for A1; a letter alone counts as the lowest of its band."""
    return BANDS.index(band if len(band) > 1 else f"{band}4")


def _band(text: str) -> str:
    if text not in (*BANDS, "A", "B", "C"):
        raise wrong(f"'{text}' should be a readiness band, from C4 (hearsay) to A1 (in use)")
    return text


Band = Annotated[str, AfterValidator(_band)]


class DatasetKind(StrEnum):
    """From furthest to nearest to use."""

    SYNTHETIC = "synthetic"
    SIMULATED = "simulated"
    BENCHMARK = "benchmark"
    REAL = "real"


class Use(StrEnum):
    EXPLORATION = "exploration"
    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    METRICS = "metrics"
    MONITORING = "monitoring"


class Dataset(Entry):
    """One data set."""

    kind: DatasetKind
    """synthetic, simulated, benchmark (public, not of this use) or real."""
    version: Said = ""
    owner: Said = ""
    band: Band | None = None
    """Its readiness, C4 to A1; a claim in band A names its task."""
    task: Said = ""
    """What the data are fit for."""
    used_for: tuple[Use, ...] = ()
    """`metrics`: the reported figures were computed on it."""
    paths: tuple[InnerPath, ...] = ()
    digest: Sha256 | None = None

    @model_validator(mode="after")
    def _fit_for_something(self) -> Self:
        if self.band and self.band[0] == "A" and not self.task:
            raise wrong("a band-A claim names its task: add `task`", "band")
        return self


class Datasets(Noun):
    """The data that the project rests on."""

    entries: Entries[Dataset] = ()
