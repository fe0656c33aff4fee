"""WhisperLiveKit's messages, folded into what has been said.

Protocol: the server's native ``/asr`` endpoint, versions 0.2.8 to 0.2.26 and forks. In
``mode=full`` every state message holds the whole transcript so far; servers that insist
on ``mode=diff`` send a snapshot and then changes. Fields that we do not know are
ignored, and so are messages of an unknown type.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.errors import Refused, Unavailable

SILENCE = -2
"""The "speaker" of a line that stands for a pause."""

MOST_LINES = 1_000
LONGEST_TEXT = 20_000
"""Characters. Nobody says a tenth of this in an utterance; a server that claims so
would have it passed on with every message."""


class _Line(msgspec.Struct, frozen=True):
    """Its times are not used: old servers name and round them differently."""

    speaker: int | float | str | None = None
    text: str | None = None
    detected_language: str | None = None


_Lines = Annotated[list[_Line], Meta(max_length=MOST_LINES)]


class _Message(msgspec.Struct, frozen=True):
    """Any message; a full state has no *type*."""

    type: str | None = None
    status: str | None = None
    error: str | None = None
    lines: _Lines | None = None
    new_lines: _Lines | None = None
    n_lines: int | None = None
    lines_pruned: int | None = None
    buffer_transcription: str | None = None
    buffer_diarization: str | None = None
    policy: float | UnsetType | None = msgspec.field(
        default=UNSET, name="remaining_time_transcription_policy"
    )
    mode: str | None = None
    use_audio_worklet: bool | None = msgspec.field(default=None, name="useAudioWorklet")


class _Head(msgspec.Struct, frozen=True):
    type: str | None = None


_KNOWN = {None, "config", "diff", "error", "ready_to_stop", "snapshot"}
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeError)
_decoder = msgspec.json.Decoder(_Message)
_heads = msgspec.json.Decoder(_Head)


class LiveTranscript:
    """Feed it each message of one session.

    *text* is what seems to have been said so far; once *settled* it is final.
    *pcm* is what the server wants: True raw samples, False a container, None if it
    has not said. *greeted*: it has said all that it says before it hears anything.
    """

    def __init__(self) -> None:
        self.text = ""
        self.language: str | None = None
        self.settled = False
        self.greeted = False
        self.pcm: bool | None = None
        self._lines: list[_Line] = []
        self._has_mode = False
        self._has_policy = False

    @property
    def flushes(self) -> bool:
        """Whether the empty frame makes this server finish what it has been sent.

        One before 0.2.19 (for ffmpeg's audio, 0.2.21) drops the end instead. No
        message tells a version; these fields came with 0.2.20 and 0.2.23.
        """
        return self._has_mode and (self.pcm is True or self._has_policy)

    def feed(self, message: bytes | str) -> bool:
        """Take in *message*; True if `text` changed.

        Raises `Refused` when the server says no, `Unavailable` when it talks nonsense.
        """
        found = _decode(message)
        if found.error or found.status == "error" or found.type == "error":
            raise Refused(f"WhisperLiveKit: {_quoted(found.error or 'it failed')}")
        match found:
            case _Message(type="config"):
                self.greeted = True
                self.pcm = found.use_audio_worklet
                self._has_mode = found.mode is not None
            case _Message(type="ready_to_stop"):
                self.settled = True
            case _Message(type=None | "snapshot", lines=list(lines)):
                return self._state(found, lines)
            case _Message(type="diff"):
                return self._state(found, _changed(self._lines, found))
        return False

    def _state(self, state: _Message, lines: list[_Line]) -> bool:
        """The final text rule: committed lines and both buffers; lines alone lack the
        last words on old servers."""
        self.greeted = True
        self._has_policy = self._has_policy or state.policy is not UNSET
        self._lines = lines
        said = [line for line in lines if line.speaker != SILENCE]
        parts = [line.text or "" for line in said]
        parts += [state.buffer_diarization or "", state.buffer_transcription or ""]
        for line in said:
            self.language = line.detected_language or self.language
        before, self.text = self.text, " ".join("".join(parts).split())
        if len(lines) > MOST_LINES or len(self.text) > LONGEST_TEXT:
            raise Unavailable("WhisperLiveKit sent more than anyone can have said")
        return self.text != before


def _changed(lines: list[_Line], diff: _Message) -> list[_Line]:
    """*lines* after *diff*: its new ones are the last of ``n_lines``, and replace what
    was there. (The server's own documentation appends them, which doubles a line that
    grew.)"""
    new = diff.new_lines or []
    kept = lines[max(0, diff.lines_pruned or 0) :]
    count = len(kept) if diff.n_lines is None else diff.n_lines - len(new)
    return kept[: max(0, count)] + new


def _decode(message: bytes | str) -> _Message:
    try:
        return _decoder.decode(message)
    except _UNREADABLE as exc:
        if (type_ := _type(message)) not in _KNOWN:
            return _Message(type_)  # its fields may be anything
        raise Unavailable(f"WhisperLiveKit sent what cannot be read: {exc}") from exc


def _type(message: bytes | str) -> str | None:
    try:
        return _heads.decode(message).type
    except _UNREADABLE:
        return None


def _quoted(text: str) -> str:
    """Of what a server says as much as fits a message, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text[:200])
