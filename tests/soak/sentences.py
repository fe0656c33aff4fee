"""Sentences that nobody takes for one another, not even a small recogniser."""

from itertools import product

_WHAT = "hospital, garden, kitchen, computer, elephant, telephone, newspaper, chocolate"
_IS = "beautiful expensive dangerous yellow wonderful"
_WHEN = "today, tomorrow, on Monday, in the summer"


def sentences(count: int) -> list[str]:
    """*count* different ones (160 at most); neighbours have little in common."""
    every = [
        f"The {what} will be {is_} {when}."
        for what, is_, when in product(
            _WHAT.split(", "), _IS.split(), _WHEN.split(", ")
        )
    ]
    step = 37  # shares no factor with their number, so that all come once
    return [every[step * n % len(every)] for n in range(count)]
