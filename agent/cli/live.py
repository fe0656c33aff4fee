"""What the commands that listen for themselves share."""

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

if TYPE_CHECKING:
    import trio

HZ = 10
"""Levels a second."""

Microphone: TypeAlias = Annotated[
    str | None, Parameter(help="A device, or a WAV file that plays the part of one.")
]
Seconds: TypeAlias = Annotated[
    float | None,
    Parameter(
        help="How long. [default: until Ctrl-C]",
        validator=cyclopts.validators.Number(gt=0),
    ),
]


def end_after(seconds: float | None, nursery: "trio.Nursery") -> None:
    """End what *nursery* does so long after now, if that is given."""
    if seconds is not None:
        import trio

        nursery.cancel_scope.deadline = trio.current_time() + seconds


def say(text: str) -> None:
    """Beside what the command prints."""
    print(text, file=sys.stderr)
