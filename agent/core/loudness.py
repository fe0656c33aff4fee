"""What stands out from the room: a sound well above the noise that is always there.

Levels are in dBFS: 0 is the loudest that samples can say, a quiet room is near -60.
"""

_QUIETEST, _LOUDEST = -75.0, -20.0  # no room is outside of these
_FALL = 0.2  # of the way down with every frame: any pause shows the room
_RISE = 3.0  # dB a second: speech is over before it passes for the room


class Room:
    """Learns how loud the room itself is from one level after the other."""

    def __init__(self, frame_seconds: float, *, margin: float = 9.0) -> None:
        """*margin* is how many dB above the room is no longer the room."""
        self._rise = _RISE * frame_seconds
        self._margin = margin
        self.floor = -60.0

    def exceeded(self, level: float) -> bool:
        """Whether a frame of this *level* stands out."""
        if level > self.floor:
            raised = min(self.floor + self._rise, level)
        else:
            raised = self.floor + _FALL * (level - self.floor)
        self.floor = min(max(raised, _QUIETEST), _LOUDEST)
        return level > self.floor + self._margin
