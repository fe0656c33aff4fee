"""What is counted of an utterance under way."""

import msgspec


class Utterance(msgspec.Struct):
    """One under way, in frames."""

    hangover: int
    needed: int
    """So many must be voiced, or it was too short."""
    recent: int = 0
    """The voiced ones among the latest as bits, the newest lowest."""
    length: int = 0
    lead: int = 0
    """Those before the first voiced one: the pre-roll."""
    spoken: int = 0
    """From the first voiced to the last clearly voiced one."""
    voiced: int = 0
    strays: int = 0
    """Voiced ones since the last clearly voiced one."""
    quiet: int = 0
    """All since the last clearly voiced one."""
    awaited: bool = False
    """Nobody has spoken in it yet."""
    told: bool = True
    """Whoever spoke in it was announced."""
    fresh: bool = False
    """It follows a cut, and its first frame is still to come."""
    held: bool = False
    """A key is down: no pause ends it."""
    pause: int = 0
    """The number of the pause that it may end in; 0 while someone speaks."""

    def count(self, voiced: bool, window: int, start: int, strays: int) -> None:
        """Take in a frame. Clearly voiced are *start* of those in *window* (a mask of
        bits), and whatever comes after *strays* lonely ones."""
        self.length += 1
        self.quiet += 1
        self.strays += voiced
        self.recent = (self.recent << 1 | voiced) & window
        dense = self.recent.bit_count() >= start
        if not voiced or not (dense or (not self.awaited and self.strays > strays)):
            return
        if self.awaited:
            self.awaited = False
            self.strays = self.recent.bit_count()
            self.lead = self.length - self.recent.bit_length()
        self.spoken = self.length - self.lead
        self.voiced += self.strays
        self.strays = self.quiet = 0
