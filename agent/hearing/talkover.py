"""Whether someone speaks while we do, by how likely it was in each of the last frames.

The counts are the quickest that never stopped for what an echo canceller leaves of our
own voice, in 800 s of it and four rooms. In the first moments it also takes
much of whoever speaks: so what makes us softer needs less, and no second frame.
"""

from collections.abc import Sequence
from itertools import islice

SURE = 0.5
"""How likely speech has to be in a frame for it to count."""

MAYBE = 0.3
"""The same, where it costs nothing but to be softer for a moment."""


def stirs(lately: Sequence[float]) -> bool:
    """One of the last three: someone may be about to speak."""
    return _count(lately, 3, MAYBE) >= 1


def insists(lately: Sequence[float]) -> bool:
    """Five of the last eight: it is no rest of an echo."""
    return _count(lately, 8, SURE) >= 5


def _count(lately: Sequence[float], last: int, likely: float) -> int:
    return sum(each >= likely for each in islice(reversed(lately), last))
