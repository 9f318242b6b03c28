"""What a studio sends of an error of its own, within limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

_Short = Annotated[str, Field(max_length=200)]


class StudioFrameIn(BaseModel):
    """One place on the way to the error; the file without its address."""

    file: _Short
    function: _Short = ""
    line: int = Field(default=0, ge=0, le=10_000_000)


class StudioErrorIn(BaseModel):
    """An error of the studio; ``request_id`` is that of the call that failed, where one did."""

    type: Annotated[str, Field(min_length=1, max_length=100)]
    message: Annotated[str, Field(max_length=2_000)] = ""
    level: Literal["fatal", "error", "warning"] = "error"
    page: _Short = ""
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    frames: Annotated[list[StudioFrameIn], Field(max_length=30)] = []
    browser: _Short = ""
