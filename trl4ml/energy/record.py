"""What was measured of one run: energy first, its class and band, and carbon derived from it.

Parts hold what the meters said (device level). `energy` is the whole, at the boundary the record
names, with the power usage effectiveness (PUE) in it where `pue.included` says so. Lower and upper
are both given or both None: what was only declared has no band. A field whose annotation carries a
text has that key in the JSON, with its unit.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from math import isfinite
from typing import Annotated, Literal

from trl4ml.energy.errors import Refused
from trl4ml.energy.plain import loaded, plain, shaped

SCHEMA = 1
Class = Literal["metered", "counter", "modelled", "declared"]
CLASSES: tuple[Class, ...] = ("metered", "counter", "modelled", "declared")
PartName = Literal["cpu", "gpu", "ram", "other"]


@dataclass(frozen=True)
class Band:
    """A value with its lower and upper end, in the unit of whoever holds it. Raises Refused."""

    value: float
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        ends = (self.lower, self.upper)
        if not all(isfinite(x) for x in (self.value, *ends) if x is not None):
            raise Refused("a band is made of finite numbers")
        if (self.lower is None) != (self.upper is None):
            raise Refused("a band has both ends or none")
        if (
            self.lower is not None
            and self.upper is not None
            and not self.lower <= self.value <= self.upper
        ):
            raise Refused(f"{self.value} is not between {self.lower} and {self.upper}")


@dataclass(frozen=True)
class Part:
    """What one part of the machine drew in kWh, as read; without a reading, the reason."""

    name: PartName
    kwh: Annotated[Band | None, "energy_kwh"]
    class_: Annotated[Class, "class"]
    source: str
    undefined: str = ""


@dataclass(frozen=True)
class Factor:
    """Grams of CO2e (or CO2: `gases`) per kWh of electricity, and where the number is from."""

    id: str
    value: Annotated[float, "value_g_per_kwh"]
    lower: Annotated[float, "lower_g_per_kwh"]
    upper: Annotated[float, "upper_g_per_kwh"]
    zone: str
    kind: Literal["average", "marginal"]
    basis: Literal["location", "market"]
    scope: str
    gases: str
    period: str
    source: str
    version: str
    licence: str
    fallback: str = ""


@dataclass(frozen=True)
class Boundary:
    """What the energy is of: the device, the node at the wall, or the facility (node x PUE)."""

    level: Literal["device", "node", "facility"] = "node"
    scope: Literal["machine", "process"] = "machine"


@dataclass(frozen=True)
class Pue:
    """Power usage effectiveness; `included` says that `energy` has been multiplied by it."""

    value: float = 1.0
    source: str = "not applied"
    included: bool = False


@dataclass(frozen=True)
class Zones:
    """Carbon in the cleanest and in the dirtiest of `count` zones: what an unknown place leaves."""

    lowest: Annotated[str, "lowest_zone"]
    lowest_g: float
    highest: Annotated[str, "highest_zone"]
    highest_g: float
    count: int
    source: str


@dataclass(frozen=True)
class Exit:
    """How the command ended: with a code, or by a signal (its name)."""

    code: int | None = None
    signal: str | None = None


@dataclass(frozen=True)
class Prediction:
    """What was foretold after `seen` of `epochs`; a band without ends has one epoch behind it.

    `left_out` is 1 where the first epoch was a warm-up; `level` is that of the interval; error is
    (predicted - actual)/actual of the energy.
    """

    epochs: int
    seen: int
    left_out: int
    level: float
    energy: Annotated[Band, "energy_kwh"]
    duration: Annotated[Band, "duration_s"]
    carbon: Annotated[Band | None, "carbon_g"] = None
    actual_kwh: float | None = None
    actual_s: float | None = None
    error: float | None = None
    inside: bool | None = None


@dataclass(frozen=True)
class EnergyRecord:
    """One run, or one imported figure. None means that it is not known, never that it is 0.

    `units` is how many there were of what the activity is counted in: 100 of the unit 'request'.
    """

    tool: str
    activity: str
    energy: Annotated[Band | None, "energy_kwh"]
    class_: Annotated[Class, "class"]
    parts: tuple[Part, ...] = ()
    boundary: Boundary = Boundary()
    pue: Pue = Pue()
    factor: Factor | None = None
    factor_set: Annotated[str, "factor_set_sha256"] = ""
    carbon: Annotated[Band | None, "carbon_g"] = None
    range_over_zones: Zones | None = None
    start: str | None = None
    end: str | None = None
    duration_s: float | None = None
    sampling_s: float | None = None
    observed: float | None = None
    finished: bool = True
    command: tuple[str, ...] | None = None
    exit: Exit | None = None
    project: str | None = None
    unit: str = ""
    units: float | None = None
    hardware: Mapping[str, str | int | float] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    predicted: Prediction | None = None
    notes: tuple[str, ...] = ()
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        for says in _faults(self):
            raise Refused(says)


def _faults(record: EnergyRecord) -> Iterable[str]:
    amounts = {
        "duration_s": record.duration_s,
        "sampling_s": record.sampling_s,
        "energy_kwh": record.energy.value if record.energy else None,
        "carbon_g": record.carbon.value if record.carbon else None,
        "units": record.units,
    }
    yield from (f"{key} is negative: {x}" for key, x in amounts.items() if x is not None and x < 0)
    for one in (record.energy, record.carbon, *(part.kwh for part in record.parts)):
        if one is not None and min(one.value, one.value if one.lower is None else one.lower) < 0:
            yield f"a band of energy or carbon is negative: {one.value} from {one.lower}"
    if record.energy and record.energy.lower is None and record.class_ != "declared":
        yield f"the energy has no band, as is only for what is declared; it is '{record.class_}'"
    if record.observed is not None and not 0 <= record.observed <= 1:
        yield f"observed is a share between 0 and 1, not {record.observed}"
    if not record.pue.value >= 1:
        yield f"pue: at least 1 by definition, not {record.pue.value}"
    if record.parts and record.class_ != weakest(p.class_ for p in record.parts):
        yield f"class is '{record.class_}', and the parts have '{weakest(p.class_ for p in record.parts)}'"


def weakest(classes: Iterable[Class]) -> Class:
    """The class that a total has: the weakest of its parts, 'declared' of none."""
    return max(classes, key=CLASSES.index, default="declared")


def factor_set(factors: Iterable[Factor]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of the factors, sorted by id; '' of none."""
    return _digest(tuple(factors))


@cache
def _digest(factors: tuple[Factor, ...]) -> str:
    import rfc8785

    rows = sorted((plain(factor) for factor in factors), key=lambda row: str(row["id"]))
    return sha256(rfc8785.dumps(rows)).hexdigest() if rows else ""


def to_json(record: EnergyRecord) -> str:
    """The record as JSON, one text for one record; keys carry their units."""
    written = plain(record)
    return (
        json.dumps({"schema": written.pop("schema"), **written}, indent=2, allow_nan=False) + "\n"
    )


def read(text: str, name: str) -> EnergyRecord:
    """The record of a text that to_json wrote. Raises Refused with `name` and the place."""
    data = loaded(text, name)
    if not isinstance(data, dict) or "schema" not in data:
        raise Refused(f"{name}: not an energy record: it has no 'schema'; trl4ml track writes them")
    if data["schema"] != SCHEMA:
        raise Refused(
            f"{name}: schema {data['schema']!r} is not {SCHEMA}, the one this trl4ml reads"
        )
    try:
        return shaped(EnergyRecord, data)
    except Refused as refused:
        raise Refused(f"{name}: {refused}") from None
