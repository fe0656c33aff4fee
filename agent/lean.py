"""Libraries without what they load for uses that we do not make of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(module: str) -> Iterator[None]:
    """While open, whoever imports *module* is told that it is not installed; for a
    library to which it is optional, and only before any thread imports anything.

    What is loaded already stays.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment] # the documented way
    try:
        yield
    finally:
        del sys.modules[module]
