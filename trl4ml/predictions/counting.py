"""A declared table of predictions, counted and measured: one scan by the library `slices`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trl4ml.predictions.declared import Declared
from trl4ml.predictions.groupings import Axis, groupings

if TYPE_CHECKING:
    from trl4ml.slices import Attribute, Cube, Table


def counted(
    declared: Declared, data: str | Sequence[str], sensitive: str | None = None, **engine: Any
) -> "Cube":
    """The cube of the files at `data`, joined with the file at `sensitive`.

    `engine` is passed on. Raises `slices.Refused`, one sentence that names the remedy.
    """
    from trl4ml import slices

    return slices.scan(
        data, [attribute(axis) for axis in groupings(declared.by).axes],
        label=declared.label, prediction=declared.prediction, score=declared.score,
        threshold=declared.threshold, positive=declared.positive, predicted=declared.predicted,
        weight=declared.weight, weights=declared.weights, missing=declared.missing,
        rank=declared.rank, query=declared.query, bins=declared.bins, max_levels=declared.max_levels,
        classes=declared.task == "classes", regression=declared.task == "regression",
        sensitive=sensitive, key=declared.key if sensitive else None, **engine,
    )  # fmt: skip


def attribute(axis: Axis) -> "Attribute":
    """The column as the library wants it described."""
    from trl4ml.slices import Attribute

    if axis.cuts:
        closed: Any = axis.closed
        return Attribute.cut(axis.name, *axis.cuts, closed=closed)
    return Attribute(axis.name, width=axis.width, quantiles=axis.quantiles, top=axis.top)


def measured(declared: Declared, cube: "Cube") -> "Table":
    """The metrics in every declared slice. Raises `slices.Refused`."""
    from trl4ml import slices

    return slices.measure(
        cube, declared.metrics or None, groupings(declared.by).by, min_n=declared.min_n, reference=declared.reference,
        replicates=declared.replicates, seed=declared.seed,
    )  # fmt: skip


def told(refused: Exception, names: Mapping[str, str], beside: str | None = None) -> str:
    """What the library refused, with the name of the file as people know it in front.

    `names` gives the name of each place on this machine; the first is the table of predictions,
    `beside` the name of the table of sensitive columns.
    """
    says = str(refused)
    if any(place in says for place in names):
        for place in sorted(names, key=len, reverse=True):
            says = says.replace(place, names[place])
        return says
    about = beside if beside and says.startswith("the table of sensitive") else None
    return f"{about or next(iter(names.values()))}: {says}"
