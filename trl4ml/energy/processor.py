"""Watts of a processor without counters: its thermal design power (TDP) and the machine's load.

The model is codecarbon's: TDP x (0.1 + 0.9 load^3) over each interval, TDP from its table of 4,900
processors for each socket, and 4 W per thread for a processor that the table does not know.
"""

import csv
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trl4ml.energy.band import of_device
from trl4ml.energy.intensity import data, edition
from trl4ml.energy.record import Part
from trl4ml.energy.units import JOULES_PER_KWH

CPUINFO = Path("/proc/cpuinfo")
WATTS_PER_THREAD = 4.0


@dataclass(frozen=True)
class Chip:
    """What the machine computes with: the whole of it, all sockets."""

    model: str
    threads: int
    watts: float
    source: str


def chip(threads: int, cpuinfo: Path = CPUINFO) -> Chip:
    """The processor of this machine and its TDP in watts. Raises Refused without the table."""
    model, sockets = _described(cpuinfo)
    if tdp := tdp_of(model, _table()):
        times = f"{sockets} x " if sockets > 1 else ""
        return Chip(model, threads, tdp * sockets, f"{times}{tdp:.4g} W, {edition()}")
    watts = WATTS_PER_THREAD * threads
    return Chip(model, threads, watts, f"{threads} threads x {WATTS_PER_THREAD:g} W, not in the table of {edition()}")  # fmt: skip


def tdp_of(model: str, table: dict[str, float]) -> float | None:
    """The TDP of the one processor that the name means, in watts; None of none and of several.

    A name means another when they are the same, or when the words of one are all in the other.
    """
    folded = {name.lower(): name for name in reversed(table)}
    short = re.sub(r" @\s*\d+\.\d+GHz", "", _cut(model.replace("(R)", "")).replace(" CPU", ""))
    for name in (model, short):
        if name.lower() in folded:
            return table[folded[name.lower()]]
    words = _words(short)
    means = [name for name in table if words and _one_in_the_other(words, _words(name))]
    return table[means[0]] if len(means) == 1 else None


def _cut(model: str) -> str:
    at = model.find(" CPU @ ")
    return model[:at] if at > 0 else model


def _words(name: str) -> set[str]:
    return set(re.sub(r"[\W_]+", " ", name.lower()).split())


def _one_in_the_other(one: set[str], other: set[str]) -> bool:
    return bool(one & other) and (one <= other or other <= one)


def _table() -> dict[str, float]:
    with (data() / "hardware" / "cpu_power.csv").open(encoding="utf-8", newline="") as rows:
        found: dict[str, float] = {}
        for row in csv.DictReader(rows):
            with suppress(ValueError):
                found.setdefault(row["Name"], float(row["TDP"]))
        return found


def _described(cpuinfo: Path) -> tuple[str, int]:
    """The model's name, and how many sockets hold one."""
    if sys.platform == "darwin":
        from subprocess import run

        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return run(asked, capture_output=True, text=True, check=False).stdout.strip(), 1
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown processor", 1
    pairs = [(key.strip(), value.strip()) for key, _, value in (x.partition(":") for x in lines)]
    model = next((value for key, value in pairs if key == "model name"), "unknown processor")
    return model, len({value for key, value in pairs if key == "physical id"}) or 1


@dataclass
class Processor:
    """A meter of load: `times` gives CPU seconds as psutil.cpu_times does, `chip` is asked late."""

    times: Callable[[], Any]
    chip: Callable[[], Chip]
    before: Any = None
    last: float = 0.0
    weighted_s: float = 0.0
    seconds: float = 0.0

    def sample(self, at: float) -> None:
        """Add the interval since the last reading in which the CPU clock ticked."""
        now = self.times()
        if self.before is None:
            self.before, self.last = now, at
            return
        whole = _whole(now) - _whole(self.before)
        if whole <= 0:
            return
        load = min(max((_busy(now) - _busy(self.before)) / whole, 0.0), 1.0)
        self.weighted_s += (0.1 + 0.9 * load**3) * (at - self.last)
        self.seconds += at - self.last
        self.before, self.last = now, at

    def part(self) -> Part:
        source = f"TDP x load ({self.chip().source})"
        if not self.seconds:
            says = "the CPU clock did not tick between two readings"
            return Part("cpu", None, "modelled", source, says)
        kwh = self.chip().watts * self.weighted_s / JOULES_PER_KWH
        return Part("cpu", of_device(kwh, "modelled"), "modelled", source)


def _whole(times: Any) -> float:
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - guests)


def _busy(times: Any) -> float:
    return _whole(times) - float(times.idle) - float(getattr(times, "iowait", 0.0))
