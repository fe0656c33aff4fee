"""Push-to-talk: is the key down?

Keys are held, or pressed once to begin and once more to end: a desktop's shortcuts
tell of the press only. So what was toggled on ends with the utterance, and a press
whose release never comes ends as well, after the longest utterance.
"""

from typing import TypeAlias

import msgspec


class _Up(msgspec.Struct, frozen=True):
    pass


class _Held(msgspec.Struct, frozen=True):
    """Someone holds the key, or has forgotten it by *until*."""

    until: float


class _Toggled(msgspec.Struct, frozen=True):
    """Nobody holds anything: listening goes on to the end of the utterance."""

    until: float


_State: TypeAlias = _Up | _Held | _Toggled


class PushToTalk:
    """The key, wherever it is. *now* is monotonic, *longest* in seconds.

    Every method tells whether the key is down afterwards.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._state: _State = _Up()

    @property
    def down(self) -> bool:
        return not isinstance(self._state, _Up)

    @property
    def held(self) -> bool:
        """Whether a pause in speech is not the end."""
        return isinstance(self._state, _Held)

    @property
    def until(self) -> float | None:
        """When to call `ended` even if no utterance has ended; None if the key is up."""
        return None if isinstance(self._state, _Up) else self._state.until

    def press(self, now: float) -> bool:
        """A key that repeats itself is pressed again and again, and not forgotten."""
        self._state = _Held(now + self._longest)
        return True

    def release(self, now: float) -> bool:  # noqa: ARG002 # called like the others
        """Without a press before it, this changes nothing, or ends what was toggled."""
        self._state = _Up()
        return False

    def toggle(self, now: float) -> bool:
        """Down if it was up, and up if it was down, however it came to be so."""
        self._state = _Up() if self.down else _Toggled(now + self._longest)
        return self.down

    def ended(self, now: float) -> bool:
        """The utterance ended, or `until` has come. A held key outlasts a pause."""
        if isinstance(self._state, _Toggled) or (
            isinstance(self._state, _Held) and now >= self._state.until
        ):
            self._state = _Up()
        return self.down
