"""A made-up NVML: boards with counters or with power alone, under the names of pynvml."""

from dataclasses import dataclass, field


class NVMLError(Exception):
    """What pynvml raises."""


@dataclass
class FakeBoard:
    name: str = "NVIDIA H200"
    millijoules: int | None = 1_000_000
    milliwatts: int = 300_000
    limit: int | None = 700_000
    broken: bool = False


@dataclass
class FakeNvml:
    """`boards` are changed by the test between two readings."""

    boards: list[FakeBoard] = field(default_factory=list)
    driver: bool = True
    open: int = 0
    NVMLError: type[Exception] = NVMLError

    def nvmlInit(self) -> None:
        if not self.driver:
            raise NVMLError("Driver Not Loaded")
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self.boards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeBoard:
        return self.boards[index]

    def nvmlDeviceGetName(self, handle: FakeBoard) -> bytes:
        return handle.name.encode()

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: FakeBoard) -> int:
        if handle.limit is None:
            raise NVMLError("Not Supported")
        return handle.limit

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: FakeBoard) -> int:
        if handle.broken:
            raise NVMLError("GPU is lost")
        if handle.millijoules is None:
            raise NVMLError("Not Supported")
        return handle.millijoules

    def nvmlDeviceGetPowerUsage(self, handle: FakeBoard) -> int:
        if handle.broken:
            raise NVMLError("GPU is lost")
        return handle.milliwatts
