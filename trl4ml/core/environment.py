"""Where behaviour was observed."""

from enum import StrEnum


class Environment(StrEnum):
    """From furthest to nearest to use."""

    SYNTHETIC = "synthetic"
    SIMULATION = "simulation"
    LAB = "lab"
    SHADOW = "shadow"
    PRODUCTION = "production"

    @property
    def nearness(self) -> int:
        """How near to use: 0 is synthetic, 4 is production."""
        return list(Environment).index(self)
