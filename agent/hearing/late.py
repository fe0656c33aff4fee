"""An ear that is loaded while the microphone is already open.

Loading takes longer than opening a device, and whoever starts Tonny may speak at
once: what is heard meanwhile waits, and then goes through the ear in order.
"""

import threading
from collections.abc import Callable, Sequence

from agent.ports import Ear
from agent.sounds import Sound

_LONGEST_WAIT = 1000
"""Blocks that wait at most: some thirty seconds, for a load that takes one."""


class LateEar:
    """Satisfies `agent.ports.Ear`; *make* is called once, by `load`, and has to give
    an ear for frames of *block* samples."""

    def __init__(self, block: int, make: Callable[[], Ear]) -> None:
        self.block = block
        self._make = make
        self._ear: Ear | None = None
        self._early: list[bytes] = []
        self._lock = threading.Lock()
        self.frames = 0
        """How many were heard: whoever sees this stand still knows that none come."""

    @property
    def idle(self) -> bool:
        return self._ear is None or self._ear.idle

    @property
    def level(self) -> float | None:
        """How loud the last frame was, in dBFS."""
        return self._ear.level if self._ear is not None else None

    def load(self) -> None:
        """Make the ear; to be called in a thread. Once it is there, this is nothing."""
        if self._ear is None:
            ear = self._make()
            with self._lock:
                self._ear = ear

    def feed(self, frame: bytes) -> Sequence[Sound]:
        """As the ear does; nothing until there is one."""
        self.frames += 1
        if self._ear is not None and not self._early:
            return self._ear.feed(frame)
        with self._lock:
            if self._ear is None:
                if len(self._early) < _LONGEST_WAIT:
                    self._early.append(frame)
                return ()
            waited, self._early = [*self._early, frame], []
        return [sound for each in waited for sound in self._ear.feed(each)]

    def flush(self) -> Sequence[Sound]:
        return self._ear.flush() if self._ear is not None else ()
