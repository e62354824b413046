"""The energy records of a project, over the views of a probe, and whether they are of its model."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.views import Files
from trl4ml.energy import record
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import EnergyRecord

USUAL = ("energy/*.json",)
LARGEST, MOST = 1_000_000, 2_000
BLOCK = 1 << 20
OLDER = "the record is older than the model"
TRAIN = "trl4ml track --model FILE -- python train.py"


class Kept(NamedTuple):
    """A record, where it lies, and why it does not speak of the present model (empty: it does)."""

    path: str
    record: EnergyRecord
    stale: str

    @property
    def older(self) -> bool:
        """Whether the model that it names is there, and is another now."""
        return self.stale.startswith(OLDER)


def kept(files: Files, paths: Sequence[str], activity: str, model: str = "") -> list[Kept]:
    """The finished records of an activity, the oldest first; none where there is none.

    `paths` are patterns, else those in `energy/`. With `model` a record must be of that file.
    Raises Refused for one that cannot be read, and for patterns that find nothing.
    """
    try:
        found = artefacts(files, paths, USUAL)
    except NotThere as where:
        if paths:
            raise Refused(f"no energy record {where}; write one with: {TRAIN}") from None
        return []
    if len(found) > MOST:
        raise Refused(f"{len(found)} energy records lie there, {MOST} at most; name the ones that "
                      "count as records in trl4ml.yaml")  # fmt: skip
    every = [(path, _read(files, path)) for path in found]
    own = [(path, one) for path, one in every if one.activity == activity]
    own.sort(key=lambda pair: (pair[1].end or "", pair[0]))
    named = {path for _, one in own for path in one.outputs}
    there = {path: _digest(files, path) for path in sorted(named) if _there(files, path)}
    return [Kept(path, one, _stale(one, model, there)) for path, one in own]


def _read(files: Files, path: str) -> EnergyRecord:
    if files.size(path) > LARGEST:
        raise Refused(f"{path}: is larger than {LARGEST // 1_000_000} MB, and so no energy record")
    return record.read(files.text(path, LARGEST), path)


def newest(every: Sequence[Kept]) -> Kept:
    """The newest that is of the present model, else the newest."""
    return ([one for one in every if not one.stale] or every)[-1]


def _stale(one: EnergyRecord, model: str, there: Mapping[str, str]) -> str:
    """Why the record does not speak of the model that is there; empty where it does.

    `there` holds the SHA-256 of each file that the project has, by path.
    """
    again = TRAIN.replace("FILE", model or min(one.outputs, default="FILE"))
    if not one.finished:
        return f"the run was never closed; train again: {again}"
    if model and model not in one.outputs:
        return f"it does not name {model}; train again: {again}"
    if not one.outputs:
        return f"it names no model that the run made; train again: {again}"
    if gone := sorted(one.outputs.keys() - there.keys()):
        return f"the model it names, {gone[0]}, is not in the project"
    if other := sorted(path for path, digest in one.outputs.items() if there[path] != digest):
        return f"{OLDER}: {other[0]} is another now; train again: {again}"
    return ""


def _there(files: Files, path: str) -> bool:
    try:
        return path in files.present(path)
    except ValueError:
        return False


def _digest(files: Files, path: str) -> str:
    with files.open(path) as file:
        sha256 = hashlib.sha256()
        while block := file.read(BLOCK):
            sha256.update(block)
    return sha256.hexdigest()
