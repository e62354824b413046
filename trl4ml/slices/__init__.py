"""Sliced metrics: one scan of a table into a cube of counts, and everything else from the cube.

    from trl4ml.slices import scan, measure
    cube = scan("predictions.parquet", ["sex", "race"], label="y", prediction="yhat")
    table = measure(cube, ["selection_rate", "true_positive_rate"])
    print(table.frame("sex"), table.compare("selection_rate", ["sex"], "ratio_between_groups"))

Nothing is undefined in silence: a value has a status, a reason, its counts and its interval.
Importing this package costs nothing; numpy and the engines are imported when they are needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trl4ml.slices.attributes import ABOVE, BELOW, MISSING, OTHER, Attribute
    from trl4ml.slices.cube import Cube
    from trl4ml.slices.errors import Refused
    from trl4ml.slices.flipping import flips
    from trl4ml.slices.grouping import Group, Grouping
    from trl4ml.slices.measuring import measure, within
    from trl4ml.slices.metricframe import metric_frame
    from trl4ml.slices.metrics import HIGHER_IS_WORSE, default, known
    from trl4ml.slices.pairing import Comparison
    from trl4ml.slices.rates import OUTCOMES, RATES
    from trl4ml.slices.scanning import scan
    from trl4ml.slices.table import Table
    from trl4ml.slices.values import Status, Value

_WHERE = {
    "attributes": ("ABOVE", "BELOW", "MISSING", "OTHER", "Attribute"),
    "pairing": ("Comparison",),
    "cube": ("Cube",),
    "errors": ("Refused",),
    "grouping": ("Group", "Grouping"),
    "flipping": ("flips",),
    "measuring": ("measure", "within"),
    "metricframe": ("metric_frame",),
    "metrics": ("HIGHER_IS_WORSE", "default", "known"),
    "rates": ("OUTCOMES", "RATES"),
    "scanning": ("scan",),
    "table": ("Table",),
    "values": ("Status", "Value"),
}

__all__ = [
    "ABOVE", "BELOW", "HIGHER_IS_WORSE", "MISSING", "OTHER", "OUTCOMES", "RATES", "Attribute", "Comparison", "Cube", "Group",
    "Grouping", "Refused", "Status", "Table", "Value", "default", "flips", "known", "measure", "metric_frame", "scan", "within",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
