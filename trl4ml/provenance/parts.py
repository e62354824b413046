"""What a statement covers of each file: whole files, or shards that must join without a gap."""

from typing import NamedTuple

from trl4ml.provenance.hashing import Part
from trl4ml.provenance.names import fault, shown
from trl4ml.provenance.statement import Statement

Covered = dict[str, list[tuple[Part, str]]]


class Parts(NamedTuple):
    """Per file the parts and their digests; and sentences on names and ranges that cannot be."""

    covered: Covered
    faults: list[str]


def parts(statement: Statement, single: str) -> Parts:
    """`single` is the name of a model of one file, which may also be signed as `.`; else empty."""
    covered: Covered = {}
    faults: list[str] = []
    for resource in statement.resources:
        part = _part(resource.name, statement.method, faults)
        if part is None:
            continue
        if part.name == "." and single:
            part = part._replace(name=single)
        if why := fault(part.name):
            faults.append(f"the signed name '{shown(part.name)}' {why}")
            continue
        if statement.method == "files" and part.name in covered:
            faults.append(f"{shown(part.name)} is signed twice")
        covered.setdefault(part.name, []).append((part, resource.digest))
    if statement.method == "shards":
        for name, pieces in covered.items():
            pieces.sort(key=lambda piece: piece[0].start)
            faults += _gaps(name, [part for part, _ in pieces], statement.shard_size)
    return Parts(covered, faults)


def _part(name: str, method: str, faults: list[str]) -> Part | None:
    if method == "files":
        return Part(name)
    file, *numbers = name.rsplit(":", 2)
    if len(numbers) != 2 or not all(n.isascii() and n.isdecimal() and len(n) < 17 for n in numbers):
        faults.append(f"the shard '{shown(name)}' ends in no range of bytes")
        return None
    return Part(file, int(numbers[0]), int(numbers[1]))


def _gaps(name: str, pieces: list[Part], size: int) -> list[str]:
    """The last shard's end is compared with the file's size where the file is."""
    at = 0
    for n, part in enumerate(pieces):
        end = part.end or 0
        if part.start != at:
            return [
                f"the shards of {shown(name)} leave a gap or overlap at byte {min(at, part.start)}"
            ]
        if not 0 < end - part.start <= size or (n < len(pieces) - 1 and end - part.start != size):
            return [f"a shard of {shown(name)} is not of {size:,} bytes"]
        at = end
    return []
