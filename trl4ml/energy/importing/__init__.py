"""Figures of other tools as records, each with the checks that its format calls for.

    from trl4ml.energy.importing import read
    found = read(Path("emissions.csv").read_text(), "emissions.csv", declared="FRA")
    found.records, found.refused

A Hugging Face card is given as the mapping of its front matter: `importing.huggingface.read`.
"""

from trl4ml.energy.errors import Refused
from trl4ml.energy.importing import carbontracker, codecarbon
from trl4ml.energy.importing.found import Imported, duplicates

__all__ = ["Imported", "duplicates", "read"]


def read(text: str, name: str, declared: str | None = None, activity: str = "other") -> Imported:
    """The records of a codecarbon CSV or a carbontracker log, whichever the text is.

    `name` is the file's, for messages; `declared` the ISO country it ran in. Raises Refused.
    """
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    if "emissions" in first and "," in first:
        return codecarbon.read(text, name, declared, activity)
    if "carbontracker" in first.lower():
        return carbontracker.read(text, name, activity)
    raise Refused(
        f"{name}: neither an emissions.csv of codecarbon nor a log of carbontracker; "
        "give one of them, or a model card"
    )
