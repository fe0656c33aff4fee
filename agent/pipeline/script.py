"""From text as it is written to sentences that can be said one by one."""

from agent.core.prose import Prose
from agent.core.sentences import Sentences


class Script:
    """One text, fed as it comes: Markdown is taken for prose, and cut into sentences."""

    def __init__(self) -> None:
        self._prose = Prose()
        self._sentences = Sentences()

    def feed(self, text: str) -> list[str]:
        """The sentences that are complete now."""
        return self._sentences.feed(self._prose.feed(_writable(text)))

    def lull(self) -> list[str]:
        """What is complete as it stands, now that nothing comes for a moment."""
        return self._sentences.lull()

    def flush(self) -> list[str]:
        """What is left when no more text comes."""
        return [*self._sentences.feed(self._prose.flush()), *self._sentences.flush()]


def sentences_of(text: str) -> list[str]:
    """All of *text*, which is known at once."""
    script = Script()
    return [*script.feed(text), *script.flush()]


def _writable(text: str) -> str:
    """*text* without halves of a character (surrogates), which nobody can write down."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
