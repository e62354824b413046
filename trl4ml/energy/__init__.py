"""Energy and carbon of machine learning: measured, bounded, predicted.

    from trl4ml.energy import track
    with track(location="FRA") as tracker:
        train()
    print(tracker.record.energy, tracker.record.class_, tracker.record.carbon)

Energy comes first, with its class and its band; carbon is a second number by a named factor.
Nothing here opens a connection unless it is asked for. Importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trl4ml.energy.booking import Options
    from trl4ml.energy.epochs import Watch, watch
    from trl4ml.energy.errors import Refused
    from trl4ml.energy.factors import country, located
    from trl4ml.energy.record import Band, EnergyRecord, Factor, Part, Prediction, read, to_json
    from trl4ml.energy.running import run_command
    from trl4ml.energy.tracking import Tracker, track
    from trl4ml.energy.units import Budget, budget

_WHERE = {
    "booking": ("Options",),
    "epochs": ("Watch", "watch"),
    "errors": ("Refused",),
    "factors": ("country", "located"),
    "record": ("Band", "EnergyRecord", "Factor", "Part", "Prediction", "read", "to_json"),
    "running": ("run_command",),
    "tracking": ("Tracker", "track"),
    "units": ("Budget", "budget"),
}

__all__ = [
    "Band", "Budget", "EnergyRecord", "Factor", "Options", "Part", "Prediction", "Refused",
    "Tracker", "Watch", "budget", "country", "located", "read", "run_command", "to_json", "track", "watch",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
