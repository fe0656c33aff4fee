"""What is shown of an utterance while it is transcribed."""

from collections.abc import Callable

from agent.events import Overheard
from agent.pipeline import Publish
from agent.utterance import Recording


class Shown:
    """The partial texts of one utterance: a later take, which begins at the beginning,
    is not shown until it has caught up. *believe* is told the turn and each text."""

    def __init__(
        self,
        recording: Recording,
        publish: Publish,
        believe: Callable[[int, str], None],
    ) -> None:
        self._believe = believe
        self.text = ""
        self.language: str | None = None
        self._least = 0
        self._recording = recording
        self._publish = publish

    def begin_again(self) -> None:
        """Another take begins."""
        self._least = len(self.text)

    def show(self, text: str, engine: str) -> None:
        if text != self.text and len(text) >= self._least:
            self.text = text
            self._publish(Overheard(self._recording.turn, text, engine))
            self._believe(self._recording.turn, text)
            self._recording.tell()
