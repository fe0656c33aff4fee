"""What is told of speaking."""

from agent.events import RungChanged, Silent, Sounding, Spoken, Unspoken, VoiceBegun
from agent.pipeline import Publish
from agent.pipeline.render import Rendering


class Telling:
    """Publishes how it went; *best* is the name of the voice that should speak."""

    def __init__(self, best: str, publish: Publish) -> None:
        self.turn = -1
        """The latest of which something has sounded."""
        self._publish = publish
        self._rung = best
        self._asks = False

    def begun(self, rendering: Rendering) -> None:
        """The first of its sound is there."""
        self._publish(VoiceBegun(rendering.passage.turn, rendering.voice))
        if not rendering.cached and rendering.voice != self._rung:
            changed = RungChanged(rendering.voice, self._rung, rendering.declined)
            self._publish(changed)
            self._rung = rendering.voice

    def sounding(self, turn: int) -> None:
        """Something of *turn* was handed to the speaker."""
        if turn != self.turn:
            self.turn = turn
            self._publish(Sounding(turn))

    def ended(self, turn: int, text: str, rendering: Rendering) -> None:
        """It was played as far as there was anything."""
        problem = rendering.problem
        if not rendering.passage.text:
            self.unspoken(turn, text, "there is no word in it")
            return
        if problem is not None:
            cut = "cut short: " if rendering.size else ""
            self.unspoken(turn, text, f"{cut}{problem}")
            return
        self._asks = text.rstrip("\"'”’)» ").endswith(("?", "？"))
        seconds = rendering.size / 2 / rendering.rate if rendering.rate else 0.0
        self._publish(Spoken(turn, text, rendering.voice, seconds, rendering.cached))

    def unspoken(self, turn: int, text: str, reason: str) -> None:
        if text:
            self._publish(Unspoken(turn, text, reason))

    def silent(self) -> None:
        """All has been heard."""
        self._publish(Silent(max(self.turn, 0), asks=self._asks))
