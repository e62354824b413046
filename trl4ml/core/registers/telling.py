"""How the probes over registers say what they found: nothing declared, what lacks, what is there."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Kind, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Registers, RegisterT, Row

MOST_NAMED = 5


class Lack(NamedTuple):
    """A fault, the names of what has it, and where."""

    says: str
    names: Sequence[str]
    places: Sequence[Place] = ()


def lack(says: str, rows: Sequence[Row[Any]]) -> Lack:
    """The fault of these rows: "without an owner: a, b"."""
    return Lack(says, [row.entry.id for row in rows], [row.place for row in rows])


def judged(
    about: str, rows: Sequence[Row[Any]], lacks: Iterable[Lack], measures: dict[str, Measure]
) -> Finding:
    """NO with every fault, or YES; `about` says what there is, as in "3 requirements"."""
    found = [one for one in lacks if one.names]
    if not found:
        return yes(about, [row.place for row in rows], **measures)
    says = "; ".join(f"{one.says}: {named(one.names)}" for one in found)
    places = {place for one in found for place in one.places}
    in_order = sorted(places, key=lambda place: (place.path, place.line or 0))
    return no(f"{about}, {says}", in_order, **measures)


def named(names: Sequence[str]) -> str:
    """The first five, and how many more."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 goal`, `2 goals`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def declared(**measures: Measure | Scalar) -> dict[str, Measure]:
    """Measures of what somebody declared; nobody measured it."""
    return {
        name: m if isinstance(m, Measure) else Measure(value=m, kind=Kind.DECLARED)
        for name, m in measures.items()
    }


def nothing(registers: Registers, kind: type[RegisterT], name: str, many: str) -> Finding:
    """Nothing is declared, or nothing that speaks of this component; with how to declare it."""
    if registers.read(kind) is None:
        how = f"list them under registers.{name} in trl4ml.yaml, or name a YAML file there"
        return unknown(f"no {many} are declared: {how}")
    return unknown(f"registers.{name} lists no {many} of this component; add them there")
