"""Which meters this machine has, the best for each part of it, and what had to be left out."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from trl4ml.energy import nvml, rapl
from trl4ml.energy.errors import Refused
from trl4ml.energy.memory import Memory
from trl4ml.energy.processor import Chip, Processor, chip
from trl4ml.energy.record import Part

AMD = Path("/dev/kfd")
GB = 1024**3


class Meter(Protocol):
    """Reads at a moment (seconds of one clock), and says what was drawn between the readings."""

    def sample(self, at: float) -> None: ...

    def part(self) -> Part: ...


@dataclass
class Unread:
    """A part of the machine that is there and cannot be measured."""

    unread: Part

    def sample(self, at: float) -> None:
        """Nothing to read."""

    def part(self) -> Part:
        return self.unread


@dataclass
class Meters:
    """The meters of one run, what they measure, and why a better one was not taken."""

    every: list[Meter]
    describe: Callable[[], dict[str, str | int | float]]
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = field(default=lambda: None)

    def sample(self, at: float) -> None:
        for meter in self.every:
            meter.sample(at)

    def parts(self) -> tuple[Part, ...]:
        return tuple(meter.part() for meter in self.every)


def of_this_machine(powercap: Path = rapl.POWERCAP, boards: Any = None) -> Meters:
    """Counters where they can be read, and models for the rest.

    `boards` stands for pynvml. Raises Refused where psutil is not installed.
    """
    try:
        import psutil
    except ModuleNotFoundError:
        raise Refused("the load is read with psutil: pip install 'trl4ml[energy]'") from None
    threads = psutil.cpu_count() or 1
    this = cache(lambda: chip(threads))
    memory = Memory(psutil.virtual_memory().total / GB, _arm())
    counters, notes = _counters(powercap)
    names = {meter.part_name for meter in counters}
    modelled: list[tuple[str, Meter]] = [
        ("cpu", Processor(psutil.cpu_times, this)),
        ("ram", memory),
    ]
    every: list[Meter] = [*counters, *(meter for name, meter in modelled if name not in names)]
    gpus, gpu = _gpus(boards)
    return Meters(
        [*every, *gpus],
        lambda: _described(this(), memory) | (gpu.hardware() if gpu else {}),
        notes,
        gpu.close if gpu else lambda: None,
    )


def _counters(powercap: Path) -> tuple[list[rapl.Rapl], tuple[str, ...]]:
    try:
        return rapl.found(powercap), ()
    except Refused as refused:
        return [], (f"the processor has energy counters, but {refused}; it is modelled",)


def _gpus(boards: Any) -> tuple[list[Meter], nvml.Nvml | None]:
    try:
        found = nvml.found(boards)
    except Refused as refused:
        return [Unread(Part("gpu", None, "counter", "NVML", str(refused)))], None
    if found is None and AMD.exists():
        says = "boards of AMD are not read yet"
        return [Unread(Part("gpu", None, "counter", "ROCm", says))], None
    return ([found] if found else []), found


def _described(processor: Chip, memory: Memory) -> dict[str, str | int | float]:
    return {
        "cpu_model": processor.model,
        "cpu_count": processor.threads,
        "cpu_tdp_w": processor.watts,
        "ram_gb": round(memory.gigabytes, 2),
        "ram_w": memory.watts,
        "system": platform.system(),
    }


def _arm() -> bool:
    return platform.machine().lower().startswith(("arm", "aarch"))
