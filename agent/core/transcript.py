"""WhisperLiveKit's messages, folded into what has been said.

Protocol: the server's native ``/asr`` endpoint, versions 0.2.8 to 0.2.26 and forks. In
``mode=full`` every state message holds the whole transcript so far; servers that insist
on ``mode=diff`` send a snapshot and then changes. Fields that we do not know are
ignored, whatever is in those that we know but do not need, and so are messages of an
unknown type.
"""

import re
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.errors import Refused, Unavailable

SILENCE = "-2"
"""The "speaker" of a line that stands for a pause."""

MOST_LINES = 1_000
LONGEST_TEXT = 20_000
"""Characters. Nobody says a tenth of this in an utterance; a server that claims so
would have it passed on with every message."""


class _Line(msgspec.Struct, frozen=True):
    """Its times are not used: old servers name and round them differently."""

    speaker: object = None
    text: str | None = None
    detected_language: object = None

    @property
    def silent(self) -> bool:
        return f"{self.speaker}".removesuffix(".0") == SILENCE


_Lines = Annotated[list[_Line | None], Meta(max_length=MOST_LINES)]


class _Message(msgspec.Struct, frozen=True):
    """Any message; a full state has no *type*."""

    type: str | None = None
    status: object = None
    error: object = None
    lines: _Lines | UnsetType | None = UNSET
    new_lines: _Lines | None = None
    n_lines: int | None = None
    lines_pruned: int | None = None
    buffer_transcription: str | UnsetType | None = UNSET
    buffer_diarization: str | UnsetType | None = UNSET
    policy: object = msgspec.field(
        default=UNSET, name="remaining_time_transcription_policy"
    )
    mode: object = None
    use_audio_worklet: bool | None = msgspec.field(default=None, name="useAudioWorklet")

    @property
    def tells(self) -> bool:
        """Whether there is anything in it of what was said."""
        known = (self.lines, self.buffer_diarization, self.buffer_transcription)
        return self.type == "diff" or any(isinstance(x, (list, str)) for x in known)


class _Head(msgspec.Struct, frozen=True):
    type: str | None = None


_KNOWN = {None, "config", "diff", "error", "ready_to_stop", "snapshot"}
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
"""Scripts that put no spaces between words, from Thai to Chinese."""

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
        self._lines: list[_Line | None] = []
        self._buffers = ["", ""]
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
        match found:
            case _Message(type="error") | _Message(status="error"):
                raise Refused(f"WhisperLiveKit: {_quoted(found.error or 'it failed')}")
            case _Message(type=type_, error=error) if error and type_ in _KNOWN:
                raise Refused(f"WhisperLiveKit: {_quoted(error)}")
            case _Message(type="config"):
                self.greeted = True
                self.pcm = found.use_audio_worklet
                self._has_mode = found.mode is not None
            case _Message(type="ready_to_stop"):
                self.settled = True
            case _Message(type=None | "snapshot" | "diff"):
                return self._state(found)
        return False

    def _state(self, state: _Message) -> bool:
        """The final text rule: committed lines and both buffers; lines alone lack the
        last words on old servers."""
        if not state.tells:
            return False
        self.greeted = True
        self._has_policy = self._has_policy or state.policy is not UNSET
        if state.type == "diff":
            self._lines = _changed(self._lines, state)
        elif isinstance(state.lines, list):
            self._lines = state.lines
        buffers = state.buffer_diarization, state.buffer_transcription
        for place, buffer in enumerate(buffers):
            if buffer is not UNSET or state.type != "diff":
                self._buffers[place] = buffer or ""
        return self._read()

    def _read(self) -> bool:
        said = [line for line in self._lines if line is not None and not line.silent]
        for line in said:
            if isinstance(line.detected_language, str) and line.detected_language:
                self.language = line.detected_language
        before = self.text
        self.text = _joined([line.text or "" for line in said], self._buffers)
        if len(self._lines) > MOST_LINES or len(self.text) > LONGEST_TEXT:
            raise Unavailable("WhisperLiveKit sent more than anyone can have said")
        return self.text != before


def _joined(lines: list[str], buffers: list[str]) -> str:
    """With single spaces. A line is a stretch of whole words. What a buffer begins with
    may be the rest of one, unless the server never begins anything with a space: then
    its recogniser leaves that to whoever puts words together."""
    whole = "".join([*lines, *buffers])
    space = "" if _UNSPACED.search(whole) else " "
    spaced = any(part[:1].isspace() for part in (*lines, *buffers))
    text = space.join(lines)
    for buffer in buffers:
        apart = not spaced and buffer[:1].isalnum()
        text += space + buffer if apart else buffer
    return " ".join(text.split())


def _changed(lines: list[_Line | None], diff: _Message) -> list[_Line | None]:
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


def _quoted(said: object) -> str:
    """Of what a server says as much as fits a message, without control characters."""
    return "".join(c if c.isprintable() else " " for c in f"{said}"[:200])
