"""What all nouns share: frozen, nothing unknown, nothing guessed, never NaN."""

from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LevelNumber = Annotated[int, Field(ge=0, le=9)]
Scalar = bool | int | float | str


class Noun(BaseModel):
    """Validators are built when first needed: a command pays only for the nouns that it reads.

    What the core makes of values that were checked already is `checked`, without checking them again.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True
    )


NounT = TypeVar("NounT", bound=Noun)


def checked(kind: type[NounT], /, **values: Any) -> NounT:
    """The noun of values that are right already: `model_construct`, some five times as fast."""
    new = kind.__new__(kind)
    for name, value in (
        ("__dict__", {**_defaults(kind), **values}), ("__pydantic_fields_set__", set(values)),
        ("__pydantic_extra__", None), ("__pydantic_private__", None),
    ):  # fmt: skip
        object.__setattr__(new, name, value)
    return new


@cache
def _defaults(kind: type[Noun]) -> dict[str, Any]:
    return {name: f.default for name, f in kind.model_fields.items() if not f.is_required()}


def wrong(says: str, *path: str | int) -> PydanticCustomError:
    """What a validator of a whole noun raises: the sentence, and where below it the fault lies."""
    return PydanticCustomError("wrong", "{says}", {"says": says, "path": path})
