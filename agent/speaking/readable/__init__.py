"""What is written, as it is read aloud.

A fast voice reads "$29.50" or "21°C" letter by letter, and each voice reads them in its
own way. So they are words before a voice, or the cache, sees them.
"""

from collections.abc import Callable

from agent.speaking.readable.plain import plain, spelled_out

Reader = Callable[[str], str]
"""From a sentence to the same as it is read aloud; empty where nothing can be."""


def reader(language: str) -> Reader:
    """How to read text of *language* (ISO 639-1); numbers are left alone where it is
    empty or not English, as a voice of that language knows better.

    It loads what it needs: not to be called in the event loop's thread.
    """
    if language.partition("-")[0].lower() != "en":
        return plain
    from agent.speaking.readable.english import English

    english = English()
    return lambda text: plain(english.read(spelled_out(text)))
