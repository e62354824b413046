"""What all nouns share: frozen, nothing unknown, nothing guessed, never NaN."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LevelNumber = Annotated[int, Field(ge=0, le=9)]
Scalar = bool | int | float | str


class Noun(BaseModel):
    """Validators are built when first needed: a command pays only for the nouns that it reads.

    What the core makes of values that are nouns already is made by `model_construct`.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True
    )


def wrong(says: str, *path: str | int) -> PydanticCustomError:
    """What a validator of a whole noun raises: the sentence, and where below it the fault lies."""
    return PydanticCustomError("wrong", "{says}", {"says": says, "path": path})
