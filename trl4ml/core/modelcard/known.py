"""The nouns of a model card, and what evidence holds for them beside its measures."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.noun import Noun, Slug, Text
from trl4ml.core.report import Report
from trl4ml.core.trlcard.known import Known, Section
from trl4ml.dense import loads

Attachment = Callable[[str, str], str | None]
"""The text that was attached to the evidence of that digest under that name; None where there is none."""
Row = dict[str, Any]
SLICED = ("slice-performance", "fairness")


class Written(Noun):
    """What a hand-written card says, by the sections of Mitchell et al. (2019)."""

    path: Text
    front: dict[str, Any] = {}
    """Its front matter, in the keys of Hugging Face."""
    sections: dict[str, tuple[str, ...]] = {}
    """Paragraphs by the name of the section."""


class Result(Noun):
    """A metric over all rows (no slice) or in one slice; undefined with a reason."""

    metric: Text
    slice: str = ""
    by: tuple[str, ...] = ()
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: float | None = None
    note: str = ""
    """Why there is no value, or why it is compared with nothing."""


class Gap(Noun):
    """What lies between the groups of one grouping."""

    metric: Text
    by: tuple[str, ...]
    kind: Text
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


class ModelCard(Noun):
    project: Slug
    component: Slug
    sections: tuple[Section, ...]
    results: tuple[Result, ...] = ()
    gaps: tuple[Gap, ...] = ()
    level: float | None = None
    """The level of the intervals, such as 0.95."""
    front: dict[str, Any] = {}
    """What is declared of licence, language and the like, in the keys of Hugging Face."""
    data: tuple[str, ...] = ()
    """The data that the results were measured on."""
    energy: tuple[Row, ...] = ()
    """The energy record of the present model as plain data, if there is one."""
    made_from: tuple[Text, ...]

    @property
    def missing(self) -> int:
        """How many fields there is something to do about."""
        return sum(bool(field.todo) for section in self.sections for field in section.fields)


class Measured:
    """What probes attached to their evidence about one component.

    A text that is not the one which the evidence names by its digest is left out.
    """

    def __init__(self, report: Report, known: Known, attachment: Attachment) -> None:
        every = (digest for v in known.standing.verdicts for digest in v.evidence)
        self._digests = {report.evidence[digest].probe: digest for digest in every}
        self._known = known
        self._attachment = attachment

    def tables(self) -> Iterator[Row]:
        """The tables of slices, as plain data; what is not such a table is left out."""
        for probe in SLICED:
            whole = self._read(probe, "tables.json")
            if isinstance(whole, Mapping) and isinstance(whole.get("overall"), list):
                yield dict(whole)

    def energy(self) -> tuple[Row, ...]:
        """The energy record of the present model, which stands first; none where none is known."""
        one = self._known.evidence.get("energy-recorded")
        rows = self._read("energy-recorded", "records.json")
        if one is None or one.outcome is not Outcome.YES or not isinstance(rows, list):
            return ()
        return tuple(row for row in rows[:1] if isinstance(row, dict) and row.get("energy_kwh"))

    def _read(self, probe: str, name: str) -> Any:
        one: Evidence | None = self._known.evidence.get(probe)
        if one is None or name not in one.attached:
            return None
        text = self._attachment(self._digests[probe], name)
        ours = text is not None and sha256(text.encode()).hexdigest() == one.attached[name]
        if text is None or not ours:
            return None
        try:
            return loads(text)
        except ValueError:
            return None
