"""What the declared predictions come to in metrics that somebody else named."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.views import Files, Tables
from trl4ml.predictions.counting import counted, measured, told
from trl4ml.predictions.declared import Declared
from trl4ml.slices.errors import Refused

if TYPE_CHECKING:
    from trl4ml.slices import Cube


class Found(NamedTuple):
    values: dict[tuple[str, str], float]
    """By metric and slice; over all rows the slice is empty. What is undefined is not there."""
    paths: list[str]


def known(files: Files, tables: Tables, declared: Declared, wanted: Iterable[str]) -> Found:
    """Those of the wanted metrics that the predictions can tell. Raises Refused and Unreadable."""
    from trl4ml.slices.metrics import known as can_be_asked

    try:
        paths = artefacts(files, declared.predictions, ())
    except NotThere as where:
        raise Refused(f"no predictions {where}; write them when the model is tested") from None
    beside = [declared.sensitive] if declared.sensitive else []
    local = {path: tables.local(path) for path in (*paths, *beside)}
    try:
        cube = counted(declared, [local[path] for path in paths], *(local[p] for p in beside))
        metrics = [one for one in dict.fromkeys(wanted) if one in can_be_asked(cube)]
        return Found(_values(declared, cube, metrics) if metrics else {}, paths)
    except Refused as refused:
        names = {at: path for path, at in local.items()}
        raise Refused(told(refused, names, declared.sensitive)) from None


def _values(
    declared: Declared, cube: "Cube", metrics: Collection[str]
) -> dict[tuple[str, str], float]:
    given = declared.model_copy(update={"metrics": tuple(metrics), "replicates": 0})
    table = measured(given, cube)
    overall = {(one.metric, ""): one.value for one in table.overall}
    sliced = {(one.metric, str(one.group)): one.value for one in table.values}
    return {key: float(value) for key, value in {**overall, **sliced}.items() if value is not None}
