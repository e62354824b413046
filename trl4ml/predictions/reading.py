"""The declared predictions of an audited project, counted over the views of a probe."""

from typing import TYPE_CHECKING, NamedTuple

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.views import Files, Tables
from trl4ml.predictions.counting import counted, measured, told
from trl4ml.predictions.declared import Declared
from trl4ml.slices.errors import Refused

if TYPE_CHECKING:
    from trl4ml.slices import Cube, Table


class Read(NamedTuple):
    cube: "Cube"
    table: "Table"
    paths: list[str]
    """The files, as paths of the project."""


def read(files: Files, tables: Tables, declared: Declared, probe: str) -> Read:
    """Count and measure what the options of the probe declare. Raises Refused and Unreadable."""
    needed = {"predictions": declared.predictions, "by": declared.by, "metrics": declared.metrics}
    for name, given in needed.items():
        if not given:
            says = f"no {'slices' if name == 'by' else name} are declared"
            raise Refused(f"{says}; name them in trl4ml.yaml under probes: {probe}: {name}")
    try:
        paths = artefacts(files, declared.predictions, ())
    except NotThere as where:
        raise Refused(f"no predictions {where}; write them when the model is tested") from None
    beside = [declared.sensitive] if declared.sensitive else []
    local = {path: tables.local(path) for path in (*paths, *beside)}
    try:
        cube = counted(declared, [local[path] for path in paths], *(local[path] for path in beside))
        return Read(cube, measured(declared, cube), paths)
    except Refused as refused:
        names = {at: path for path, at in local.items()}
        raise Refused(told(refused, names, declared.sensitive)) from None
