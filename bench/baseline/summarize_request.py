"""Body of POST /api/v1/summarize."""

from typing import Literal

from pydantic import BaseModel


class SummarizeRequest(BaseModel):
    text: str
    max_length: int | None = None
    min_length: int | None = None
    model: Literal["bart", "t5"] = "bart"
