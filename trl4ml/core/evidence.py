"""What a probe found: an outcome, measures, places. Facts only; a checklist item judges them."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from trl4ml.core.environment import Environment
from trl4ml.core.noun import Noun, Scalar, Slug, Text

EXACT = 2**53 - 1
FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*\.[a-z0-9]+$", max_length=80)]


class Outcome(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Kind(StrEnum):
    """How a number came to be."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    MODELLED = "modelled"
    DECLARED = "declared"


class Mode(StrEnum):
    """Who looked: a probe itself, a probe at somebody's artefact, or a person who signed."""

    AUTO = "auto"
    ARTIFACT = "artifact"
    ATTESTED = "attested"


class Measure(Noun):
    """A value with its interval, unit, n and kind; or undefined, with the reason. Never NaN."""

    value: Scalar | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    n: int | None = Field(default=None, ge=0, le=EXACT)
    kind: Kind = Kind.COUNTED
    undefined: str = ""
    """Why there is no value; empty when there is one."""
    environment: Environment | None = None
    """Where it was observed, if not where the rest of the finding was."""

    @field_validator("value")
    @classmethod
    def _one_way_to_write(cls, value: Scalar | None) -> Scalar | None:
        """1.0 is 1, as in canonical JSON, so that stored evidence reads back as it was."""
        if isinstance(value, int | float) and abs(value) > EXACT:
            raise ValueError(f"{str(value)[:40]} is more than JSON holds exactly")
        return int(value) if isinstance(value, float) and value.is_integer() else value

    @model_validator(mode="after")
    def _value_or_reason(self) -> Self:
        if (self.value is None) is not bool(self.undefined):
            raise ValueError("a measure has either a value or a reason why it is undefined")
        return self


class Place(Noun):
    """Where in the audited project: a path from its root with `/`, and a line from 1."""

    path: Text
    line: int | None = Field(default=None, ge=1)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Finding(Noun):
    """What a probe's `run` returns: the facts, before it is added who found them and in what."""

    outcome: Outcome
    message: Text
    measures: dict[str, Measure] = {}
    places: tuple[Place, ...] = ()
    environment: Environment | None = None
    attachments: dict[FileName, str] = Field(default={}, exclude=True, repr=False)
    """Texts too long for measures, by file name; kept beside the evidence, not in it."""


class Evidence(Finding):
    """A finding with its origin: which probe, from which distribution, having read what."""

    probe: Slug
    version: int = Field(ge=1)
    distribution: Text
    mode: Mode = Mode.AUTO
    reads: dict[str, str] = {}
    """SHA-256 of each thing that was read, by name."""
    attached: dict[FileName, str] = Field(default={}, exclude_if=lambda names: not names)
    """SHA-256 of each attachment, by its file name."""


class Held(NamedTuple):
    """Evidence with the digest by which a report and the store name it."""

    digest: str
    evidence: Evidence


MOST_PLACES = 20


def undefined(reason: str, unit: str = "") -> Measure:
    """A measure that has no value, and why: `undefined("no branch was recorded")`."""
    return Measure(undefined=reason, unit=unit)


def found(
    outcome: Outcome,
    message: str,
    places: Iterable[Place | str] = (),
    **measures: Measure | Scalar,
) -> Finding:
    """A finding. Plain measures count as `counted`; of many places the first 20 are kept."""
    return Finding(
        outcome=outcome,
        message=message,
        places=tuple(p if isinstance(p, Place) else Place(path=p) for p in places)[:MOST_PLACES],
        measures={
            name: m if isinstance(m, Measure) else Measure(value=m) for name, m in measures.items()
        },
    )


def yes(message: str, places: Iterable[Place | str] = (), **measures: Measure | Scalar) -> Finding:
    """The probe's question is answered with yes."""
    return found(Outcome.YES, message, places, **measures)


def no(message: str, places: Iterable[Place | str] = (), **measures: Measure | Scalar) -> Finding:
    """The probe's question is answered with no."""
    return found(Outcome.NO, message, places, **measures)


def unknown(
    message: str, places: Iterable[Place | str] = (), **measures: Measure | Scalar
) -> Finding:
    """The question could not be answered; say what is missing and how to give it."""
    return found(Outcome.UNKNOWN, message, places, **measures)


def attached(finding: Finding, name: str, text: str) -> Finding:
    """The finding with one more text kept beside it, such as `tables.json`."""
    texts = {**finding.attachments, name: text}
    return Finding.model_validate({**dict(finding), "attachments": texts})


def not_applicable(reason: str) -> Finding:
    """The question does not arise here; the reason is shown on the first screen."""
    return found(Outcome.NOT_APPLICABLE, reason)
