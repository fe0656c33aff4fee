"""The desktop's keyring, where there is one: the extra ``keyring``.

A locked keyring asks its user, and a broken one never answers: so it is spoken to in a
thread that is not waited for.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from agent.errors import Unavailable

SERVICE = "tonny-agent"
ANSWERS_WITHIN = 10.0

T = TypeVar("T")

_MISSING = "it needs the extra: pip install 'tonny-agent[keyring]'"


def look_up(name: str) -> str:
    """The secret *name*; raises `Unavailable` when it cannot be had."""
    import_keyring()
    import keyring

    found: str | None = _asked(lambda: keyring.get_password(SERVICE, name))
    if found is None:
        raise Unavailable("has none: tonny-agent secrets set " + name)
    return found


def store(name: str, secret: str) -> None:
    import_keyring()
    import keyring

    _asked(lambda: keyring.set_password(SERVICE, name, secret))


def erase(name: str) -> None:
    import_keyring()
    import keyring

    _asked(lambda: keyring.delete_password(SERVICE, name))


def import_keyring() -> None:
    """Raises `Unavailable` where there is no such library."""
    try:
        import keyring  # noqa: F401 # whether it can be
    except ImportError:
        raise Unavailable(_MISSING) from None


def _asked(question: Callable[[], T]) -> T:
    answers: SimpleQueue[T | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(question())
        except Exception as exc:  # noqa: BLE001 # every desktop's own: told to the user
            answers.put(exc)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWERS_WITHIN)
    except Empty:
        raise Unavailable("the keyring does not answer: is it locked?") from None
    if isinstance(answer, Exception):
        raise Unavailable(f"the keyring says: {type(answer).__name__} {answer}")
    return answer
