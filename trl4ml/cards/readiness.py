"""The readiness band of data, from C4 (hearsay) to A1 (fit for its task), as a card declares it."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from trl4ml.cards.markdown import LONGEST

BAND = re.compile(
    r"^[ \t>*|#-]{0,20}(?:data[ -])?readiness(?:[ -](?:level|band))*[*_ \t]*[:=|][*_ \t`]*"
    r"(?:band[ \t]*)?([ABC][1-4])\b([^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
TASK = re.compile(r"^[ \t>*|-]{0,20}task[*_ \t]*[:=|][*_ \t]*\w", re.MULTILINE | re.IGNORECASE)
KEYS = ("readiness", "readiness_band", "data_readiness", "data_readiness_band")


class Readiness(NamedTuple):
    """The lowest band declared, empty when there is none, and whether a task is named with it."""

    band: str
    task: bool


def readiness(front: Mapping[str, Any], text: str) -> Readiness:
    text = text[:LONGEST]
    lines = [(found[1], found[2]) for found in BAND.finditer(text)]
    held = [str(front[key]).upper() for key in KEYS if key in front]
    bands = [band.upper() for band, _ in lines]
    bands += [band for band in held if re.fullmatch("[ABC][1-4]", band)]
    task = TASK.search(text) or any(re.search(r"\b(for|task)\W+\w", rest) for _, rest in lines)
    return Readiness(max(bands, default=""), bool(bands and task))
