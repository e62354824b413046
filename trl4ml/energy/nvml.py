"""Joules of NVIDIA boards: the energy counter where there is one, or else power over time.

All boards of the machine are added, whoever uses them. The counter moves about every 100 ms, so
that a shorter window is undefined. Power is summed by the trapezoid rule.
"""

from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from trl4ml.energy.band import of_device
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Part
from trl4ml.energy.units import JOULES_PER_KWH

SHORTEST_S = 0.1
NODES = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


@dataclass
class Board:
    """One board, and what it drew in joules since the first reading."""

    handle: Any
    name: str
    limit_w: float | None
    counts: bool = True
    millijoules: int | None = None
    watts: float | None = None
    joules: float = 0.0
    trouble: str = ""


@dataclass
class Nvml:
    """A meter over all boards; `library` is pynvml, or anything with the same functions."""

    library: Any
    boards: list[Board] = field(default_factory=list)
    first: float | None = None
    last: float = 0.0

    def sample(self, at: float) -> None:
        """Read every board; `at` is in seconds."""
        seconds = 0.0 if self.first is None else at - self.last
        for board in self.boards:
            try:
                (self._count if board.counts else self._integrate)(board, seconds)
            except self.library.NVMLError as error:
                board.trouble = f"{board.name} could not be read: {error}"
        self.first, self.last = at if self.first is None else self.first, at

    def _count(self, board: Board, seconds: float) -> None:
        try:
            now = int(self.library.nvmlDeviceGetTotalEnergyConsumption(board.handle))
        except self.library.NVMLError:
            if board.millijoules is not None:
                raise
            board.counts = False
            return self._integrate(board, seconds)
        if board.millijoules is not None and now < board.millijoules:
            board.trouble = f"the counter of {board.name} went backwards (driver loaded again?)"
        elif board.millijoules is not None:
            board.joules += (now - board.millijoules) / 1000
        board.millijoules = now
        return None

    def _integrate(self, board: Board, seconds: float) -> None:
        watts = self.library.nvmlDeviceGetPowerUsage(board.handle) / 1000
        if board.watts is not None:
            board.joules += (board.watts + watts) / 2 * seconds
        board.watts = watts

    def part(self) -> Part:
        """What all boards drew in kWh; undefined as soon as one of them is."""
        how = "energy" if all(board.counts for board in self.boards) else "power"
        source = f"NVML {how} of {self.described()}"
        trouble = next((board.trouble for board in self.boards if board.trouble), "")
        if not trouble and self.last - (self.first or 0.0) < SHORTEST_S:
            trouble = f"the run took less than {SHORTEST_S} s, in which the counters do not move"
        still = next((board.name for board in self.boards if not board.joules), "")
        if not trouble and still:
            trouble = f"{still} told of no energy in the whole run: its counter stood still"
        if trouble:
            return Part("gpu", None, "counter", source, trouble)
        kwh = sum(board.joules for board in self.boards) / JOULES_PER_KWH
        return Part("gpu", of_device(kwh, "counter"), "counter", source)

    def described(self) -> str:
        """'2 x NVIDIA H200'."""
        counted = Counter(board.name for board in self.boards)
        return ", ".join(f"{n} x {name}" for name, n in sorted(counted.items()))

    def hardware(self) -> dict[str, str | int | float]:
        """Names, number and the sum of the power limits in watts where all are known."""
        limits = [board.limit_w for board in self.boards if board.limit_w is not None]
        known = {"gpu_limit_w": sum(limits)} if len(limits) == len(self.boards) else {}
        return {"gpu_model": self.described(), "gpu_count": len(self.boards), **known}

    def close(self) -> None:
        self.library.nvmlShutdown()


def found(library: Any = None) -> Nvml | None:
    """The meter, or None on a machine without an NVIDIA board.

    Raises Refused where there is a board that cannot be read.
    """
    if library is None:
        if not any(node.exists() for node in NODES):
            return None
        try:
            library = import_module("pynvml")
        except ModuleNotFoundError:
            raise Refused("NVIDIA boards are read with pynvml: pip install nvidia-ml-py") from None
    try:
        library.nvmlInit()
        boards = [_board(library, i) for i in range(library.nvmlDeviceGetCount())]
    except library.NVMLError as error:
        raise Refused(f"the NVIDIA driver cannot be asked: {error}") from None
    return Nvml(library, boards) if boards else None


def _board(library: Any, index: int) -> Board:
    handle = library.nvmlDeviceGetHandleByIndex(index)
    name = library.nvmlDeviceGetName(handle)
    try:
        limit = library.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000
    except library.NVMLError:
        limit = None
    return Board(
        handle, name.decode("utf-8", "replace") if isinstance(name, bytes) else name, limit
    )
