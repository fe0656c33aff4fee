"""What all events have in common: each is a fact, with its own name as its tag."""

import re
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Turn: TypeAlias = Annotated[
    int, Meta(ge=0, description="Which of the user's turns; 0 before the first.")
]
Seconds: TypeAlias = Annotated[float, Meta(ge=0)]
Confidence: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Source: TypeAlias = Literal["voice", "text"]


def _tag(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Fact(msgspec.Struct, frozen=True, tag=_tag, tag_field="event"):
    pass
