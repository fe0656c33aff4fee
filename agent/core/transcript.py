"""WhisperLiveKit's messages, folded into what has been said.

Protocol: the server's native ``/asr`` endpoint with ``mode=full``, versions 0.2.8
to 0.2.26. Every state message holds the whole transcript so far; fields that we do
not know are ignored, and so are messages of an unknown type.
"""

import msgspec

from agent.errors import Refused, Unavailable

SILENCE = -2
"""The "speaker" of a line that stands for a pause."""


class _Line(msgspec.Struct, frozen=True):
    speaker: int | None = None
    text: str | None = None
    detected_language: str | None = None


class _Message(msgspec.Struct, frozen=True):
    """Any message; a state has no *type*."""

    type: str | None = None
    status: str | None = None
    error: str | None = None
    lines: list[_Line] | None = None
    buffer_transcription: str | None = None
    buffer_diarization: str | None = None
    use_audio_worklet: bool | None = msgspec.field(default=None, name="useAudioWorklet")


_decoder = msgspec.json.Decoder(_Message)


class LiveTranscript:
    """Feed it each message of one session.

    *text* is what seems to have been said so far; once *settled* it is final.
    *pcm* is what the server wants: True raw samples, False a container, None if it
    has not said.
    """

    def __init__(self) -> None:
        self.text = ""
        self.language: str | None = None
        self.settled = False
        self.pcm: bool | None = None

    def feed(self, message: bytes | str) -> bool:
        """Take in *message*; True if `text` changed.

        Raises `Refused` when the server says no, `Unavailable` when it talks nonsense.
        """
        try:
            found = _decoder.decode(message)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as exc:
            raise Unavailable(
                f"WhisperLiveKit sent what cannot be read: {exc}"
            ) from exc
        if found.error or found.status == "error" or found.type == "error":
            raise Refused(f"WhisperLiveKit: {found.error or 'it failed':.200}")
        match found.type:
            case "config":
                self.pcm = found.use_audio_worklet
            case "ready_to_stop":
                self.settled = True
            case None:
                return self._state(found)
        return False

    def _state(self, state: _Message) -> bool:
        """The final text rule: committed lines and both buffers; lines alone lack the
        last words on old servers."""
        if state.lines is None:
            return False
        said = [line for line in state.lines if line.speaker != SILENCE]
        parts = [line.text or "" for line in said]
        parts += [state.buffer_diarization or "", state.buffer_transcription or ""]
        for line in said:
            self.language = line.detected_language or self.language
        before, self.text = self.text, " ".join("".join(parts).split())
        return self.text != before
