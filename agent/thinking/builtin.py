"""The mind that Tonny has of its own, until it is given a workflow."""

import re
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

import trio

from agent.ports import Question, Whole

CONNECT = (
    "To give me a mind of my own, set the workflow URL in agent dot toml."  # spoken
)
HELP = (
    "I can tell you the time and the date, and otherwise I repeat what I hear. "
    + CONNECT
)

_HELP = re.compile(r"^help\b|\bhelp me\b|\bwhat (?:can|do) you do\b|\bwho are you\b")
_TIME = re.compile(r"\bwhat time\b|\b(?:what is|what's|tell me|know|got) the time\b")
_DATE = re.compile(
    r"\b(?:what|which) (?:day|date|month|year)\b"
    r"|\b(?:what is|what's|tell me|know) (?:the|today's) (?:day|date|month|year)\b"
    r"|\bwhat is today\b|\btoday's date\b"
)
_THANKS = re.compile(r"^(?:thanks|thank you)\b")
_GREETING = re.compile(
    r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))\b[\w ]{0,9}$"
)


class Builtin:
    """Satisfies `agent.ports.Mind`; it never fails and keeps nothing."""

    name = "builtin"

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        self._now = now

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[str, None]:
        """The whole answer, in one part."""
        await trio.lowlevel.checkpoint()
        yield Whole(respond(question.text, self._now()))


def respond(text: str, now: datetime) -> str:
    """What to say to *text* at *now* (local time): English, made to be heard."""
    words = re.sub(r"[^\w']+", " ", text.lower().replace("’", "'")).strip()
    if _HELP.search(words):
        return HELP
    if _TIME.search(words):
        return (
            f"It is {now.hour % 12 or 12}:{now:%M} {'am' if now.hour < 12 else 'pm'}."
        )
    if _DATE.search(words):
        return f"It is {now:%A}, {now:%B} {now.day}, {now.year}."
    if _THANKS.search(words):
        return "You are welcome."
    if _GREETING.search(words):
        return "Hello! You can ask me for the time, the date, or help."
    if not words:
        return f"I heard no words. {CONNECT}"
    heard = " ".join(text.split()).rstrip(" .,;:!?…")
    return f"You said: {heard}. {CONNECT}"
