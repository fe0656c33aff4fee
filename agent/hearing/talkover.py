"""Whether someone speaks while we do, by how likely it was in each of the last frames.

The counts are those that found the most interruptions in seven rooms while hardly ever
stopping for what an echo canceller leaves of our own voice.
"""

from collections.abc import Sequence
from itertools import islice

SURE = 0.5
"""How likely speech has to be in a frame for it to count."""


def stirs(lately: Sequence[float]) -> bool:
    """Two of the last three: someone may be about to speak. It costs nothing but to be
    softer for a moment."""
    return _count(lately, 3) >= 2


def insists(lately: Sequence[float]) -> bool:
    """Six of the last eight: it is no rest of an echo."""
    return _count(lately, 8) >= 6


def _count(lately: Sequence[float], last: int) -> int:
    return sum(each >= SURE for each in islice(reversed(lately), last))
