"""The mind that Tonny has of its own, until it is given a workflow."""

import re
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

import trio

from agent.ports import Question

HELP = (
    "I can tell you the time and the date, and I repeat what I hear. To give me more"
    " to think with, connect a workflow: set its web address in agent dot toml."
)
CONNECT = "I have no workflow to ask about that yet. Say help to hear how to connect one."

_TIME = re.compile(r"\b(what|tell|got|know)\b.*\btime\b|\btime is it\b")
_DATE = re.compile(r"\b(what|which|tell|today)\b.*\b(date|day|year)\b")
_HELP = re.compile(r"\bhelp\b|\bwhat (can|do) you do\b|\bwho are you\b")
_THANKS = re.compile(r"^(thanks|thank you)\b")


class Builtin:
    """Satisfies `agent.ports.Mind`; it never fails and keeps nothing."""

    name = "builtin"

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        self._now = now

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[str, None]:
        """One part: the whole answer."""
        await trio.lowlevel.checkpoint()
        yield respond(question.text, self._now())


def respond(text: str, now: datetime) -> str:
    """What to say to *text* at *now* (local time); English, made to be heard."""
    said = re.sub(r"[^\w\s']", " ", text.lower())
    if _HELP.search(said):
        return HELP
    if _TIME.search(said):
        return f"It is {_clock(now)}."
    if _DATE.search(said):
        return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."
    if _THANKS.search(said.strip()):
        return "You are welcome."
    return f"You said: {text.strip().rstrip('.')}. {CONNECT}"


def _clock(now: datetime) -> str:
    half = "a.m." if now.hour < 12 else "p.m."
    return f"{now.hour % 12 or 12}:{now.minute:02} {half}".removesuffix(".")
