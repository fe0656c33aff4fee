"""What an ear makes of what it hears: utterances, from their beginning to their end."""

from typing import TypeAlias

import msgspec


class Begun(msgspec.Struct, frozen=True):
    """An utterance began; its audio follows, from a little earlier on.

    Not *voiced*: nobody speaks yet, and maybe nobody will.
    """

    voiced: bool = True


class Voiced(msgspec.Struct, frozen=True):
    """Someone speaks now, in an utterance that began without a voice."""


class Stirred(msgspec.Struct, frozen=True):
    """While we speak, someone may be about to; not *on*: nobody was."""

    on: bool = True


class Insisted(msgspec.Struct, frozen=True):
    """While we speak, someone else does: it is no rest of an echo."""


class Paused(msgspec.Struct, frozen=True):
    """This might be the end; no other pause has this *number*, from 1 on."""

    number: int


class Resumed(msgspec.Struct, frozen=True):
    """It was not the end: speech goes on after a pause."""


class Ended(msgspec.Struct, frozen=True):
    """Speech ended *quiet* seconds ago, and took *seconds* without those around it.

    *cut*: only the longest allowed utterance ended, the next frame continues it.
    *too_short*: it was a cough or a click after all. Not *voiced*: by all signs
    nobody spoke.
    """

    seconds: float
    quiet: float
    cut: bool = False
    too_short: bool = False
    voiced: bool = True


Sound: TypeAlias = (
    Stirred | Insisted | Begun | Voiced | bytes | Paused | Resumed | Ended
)
