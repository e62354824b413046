"""Joules of the processor's own counters (RAPL), as Linux shows them below /sys/class/powercap.

Counted are the packages, or psys where there are none: psys holds the packages, a package its core
and uncore. DRAM counts where it is a domain of its own beside the packages. A domain that two
interfaces show is read once, and so is a counter that several dies mirror (codecarbon #1274: both
start within a joule of each other and drew the same).
"""

from dataclasses import dataclass, field
from pathlib import Path

from trl4ml.energy.band import of_device
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Part, PartName
from trl4ml.energy.units import JOULES_PER_KWH

POWERCAP = Path("/sys/class/powercap")
JOULE_UJ = 1_000_000
MOST_W = 10_000.0
"""More than any package draws."""


@dataclass
class Counter:
    """One domain: what it drew since the first reading, through the wraps of its counter."""

    name: str
    folder: Path
    first: int | None = None
    last: int = 0
    microjoules: int = 0
    trouble: str = ""

    def sample(self, seconds: float) -> None:
        """Read, so many seconds after the last time; what cannot be read is trouble until it can
        be read again. A fall that would take an absurd power to wrap was a reset."""
        try:
            now = _number(self.folder / "energy_uj")
            if self.first is None:
                self.first = self.last = now
            wrapped = _number(self.folder / "max_energy_range_uj") if now < self.last else 0
        except Refused as refused:
            self.trouble = str(refused)
            return
        if now + wrapped < self.last:
            self.trouble = f"{self.name} went backwards by more than its range"
            return
        joules = (now + wrapped - self.last) / JOULE_UJ
        if wrapped and joules > MOST_W * max(seconds, 1.0):
            self.trouble = f"{self.name} was reset: {joules:.6g} J in {seconds:.3g} s are no wrap"
            return
        self.microjoules += now + wrapped - self.last
        self.last, self.trouble = now, ""

    def mirrors(self, other: "Counter") -> bool:
        """Whether this is the other's counter over again."""
        if not self.first or not other.first or not self.microjoules:
            return False
        near = max(JOULE_UJ, 1e-6 * max(self.first, other.first))
        drawn = abs(self.microjoules - other.microjoules)
        return abs(self.first - other.first) <= near and drawn <= near


@dataclass
class Rapl:
    """A meter over counters that add up to one part of the machine."""

    part_name: PartName
    counters: list[Counter] = field(default_factory=list)
    last: float | None = None

    def sample(self, at: float) -> None:
        seconds = 0.0 if self.last is None else at - self.last
        for counter in self.counters:
            counter.sample(seconds)
        self.last = at

    def part(self) -> Part:
        """What the counters drew in kWh; undefined as soon as one of them is."""
        counted: list[Counter] = []
        mirrors = []
        for counter in self.counters:
            if any(counter.mirrors(one) for one in counted):
                mirrors.append(counter.name)
            else:
                counted.append(counter)
        source = "RAPL " + " + ".join(counter.name for counter in counted)
        if mirrors:
            source += f" (mirrored by {', '.join(mirrors)}, not counted twice)"
        trouble = next((counter.trouble for counter in counted if counter.trouble), "")
        still = next((counter.name for counter in counted if not counter.microjoules), "")
        if not trouble and still:
            trouble = f"the counter of {still} stood still: too short a run, or none is behind it"
        if trouble:
            return Part(self.part_name, None, "counter", source, trouble)
        joules = sum(counter.microjoules for counter in counted) / JOULE_UJ
        return Part(
            self.part_name, of_device(joules / JOULES_PER_KWH, "counter"), "counter", source
        )


def found(powercap: Path = POWERCAP) -> list[Rapl]:
    """A meter for the processor, and one for memory that has counters of its own; none without RAPL.

    Raises Refused where there are counters for the processor that this user may not read.
    """
    domains = _domains(powercap)
    packages = [counter for counter in domains if counter.name.startswith("package")]
    cpu = packages or [counter for counter in domains if counter.name == "psys"]
    dram = [c for c in domains if "dram" in c.name and c.folder.name.count(":") == 1 and packages]
    for counter in cpu:
        _number(counter.folder / "energy_uj")
    meters = [Rapl("cpu", cpu)] if cpu else []
    return meters + ([Rapl("ram", dram)] if dram and all(map(_readable, dram)) else [])


def _domains(powercap: Path) -> list[Counter]:
    """One counter for each name, that of the memory-mapped interface where there are two."""
    folders = {f.name: f for f in (*powercap.glob("*/*:*"), *powercap.glob("*:*"))}
    chosen: dict[str, Counter] = {}
    for folder in (folders[name] for name in sorted(folders)):
        name = _name(folder)
        key = name if folder.name.count(":") == 1 else folder.name
        if (folder / "energy_uj").exists() and (key not in chosen or "mmio" in folder.name):
            chosen[key] = Counter(name, folder)
    return list(chosen.values())


def _name(folder: Path) -> str:
    try:
        return (folder / "name").read_text(encoding="utf-8").strip().lower()
    except (OSError, UnicodeDecodeError):
        return folder.name


def _readable(counter: Counter) -> bool:
    try:
        _number(counter.folder / "energy_uj")
    except Refused:
        return False
    return True


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except PermissionError:
        raise Refused(f"{path} may not be read; an administrator can allow it: chmod a+r {path}") from None  # fmt: skip
    except (OSError, ValueError):
        raise Refused(f"{path} could not be read as a number") from None
