"""What may be changed about how Tonny speaks, while it does."""

from agent.control.standing import Spoken
from agent.errors import Misconfigured
from agent.events import Switched
from agent.pipeline import Publish
from agent.pipeline.speech import Speech
from agent.ports import Speaker

RESPONSES = "response.mode"
_RANGES = {
    "tts.speed": (0.5, 2.0),
    "tts.pitch": (-12.0, 12.0),
    "tts.volume": (-60.0, 12.0),
}


class Tongue:
    """Drives *speech* and how loud the *speaker* is."""

    def __init__(self, speech: Speech, speaker: Speaker, publish: Publish) -> None:
        self._speech = speech
        self._speaker = speaker
        self._publish = publish

    @property
    def speech(self) -> Speech:
        return self._speech

    @property
    def speaker(self) -> str:
        """Where it speaks."""
        return self._speaker.name

    @property
    def waiting(self) -> tuple[Spoken, ...]:
        """What is being said, and what waits to be."""
        return tuple(
            Spoken(each.id, each.priority, each.text[:200], each.said)
            for each in self._speech.waiting
        )

    def hush(self, action: str) -> str:
        """Stop, pause, resume or skip; returns what there is to tell about it."""
        match action:
            case "stop":
                self._speech.stop()
            case "skip":
                return "" if self._speech.skip() else "nothing is being said"
            case _:
                self._speech.pause(on=action == "pause")
        return ""

    def adopt(self, name: str, text: str) -> None:
        """Speak so from now on; raises `Misconfigured` for what is no such manner."""
        if name == RESPONSES:
            self._respond(text)
            return
        least, most = _RANGES[name]
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise Misconfigured(
                f"{name} is {text!r:.40}; it has to be a number from {least:g} to"
                f" {most:g}"
            )
        manner = self._speech.manner
        match name:
            case "tts.speed":
                manner.speed = value
            case "tts.pitch":
                manner.pitch = value
            case _:
                manner.volume = value
                self._speaker.volume(value)
        self._publish(Switched(name, f"{value:g}"))

    def _respond(self, text: str) -> None:
        """What is being said is said to its end."""
        match text:
            case "voice" | "text" | "both":
                self._speech.responses = text
            case _:
                raise Misconfigured(
                    f"{RESPONSES} is {text!r:.40}; it has to be voice, text or both"
                )
        self._publish(Switched(RESPONSES, text))

    @staticmethod
    def knows(name: str) -> bool:
        """Whether *name* is about how to speak."""
        return name in _RANGES or name == RESPONSES
