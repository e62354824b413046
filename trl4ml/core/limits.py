"""What a declared command may cost, and how far its numbers may be off."""

from typing import Annotated

from pydantic import Field

Tolerance = Annotated[float, Field(ge=0)]
Seconds = Annotated[int, Field(ge=1, le=604_800)]
"""A week at most."""
Megabytes = Annotated[int, Field(ge=1, le=16_000_000)]
