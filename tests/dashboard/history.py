"""A record with a day of conversation in it, as an agent would have written it."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from agent.events import (
    Entry,
    Event,
    Heard,
    Lost,
    Postponed,
    Ready,
    Replied,
    SessionEnded,
    SessionStarted,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Timed,
)
from agent.record.store import open_store

EXCHANGES = (
    ("What is on my calendar today?", "Three things: the review at ten, lunch with Mara at half past twelve, and the dentist at four."),
    ("Turn on the lights in the kitchen.", "The kitchen lights are on."),
    ("How long does the pasta need?", "Nine minutes. I have set a timer."),
    ("Remind me to call the plumber tomorrow.", "I will remind you tomorrow at nine."),
    ("What is the weather like in Lisbon?", "Sunny, with a high of nineteen degrees and a light wind from the west."),
    ("Add oat milk to the shopping list.", "Oat milk is on the list. That makes six things."),
    ("When does the next train to Basel leave?", "At 17:04 from platform 8. The one after that is at 17:34."),
    ("Play something quiet.", "Playing piano music, softly."),
)  # fmt: skip


def day(session: str, until: float, turns: int = 60) -> Iterator[Entry]:
    """A conversation of so many *turns* in the 20 hours before *until*."""
    luck = random.Random(7)
    began = until - 20 * 3600
    yield Entry(began, session, SessionStarted("0.1.0", 4711))
    for turn in range(1, turns + 1):
        at = began + turn * 20 * 3600 / (turns + 1)
        yield from _turn(session, turn, at, luck=luck)
    yield Entry(until - 60, session, SessionEnded("stopped by SIGTERM"))


def _turn(
    session: str, turn: int, at: float, *, luck: random.Random
) -> Iterator[Entry]:
    asked, answered = EXCHANGES[turn % len(EXCHANGES)]
    marks: list[float] = []
    for least, most in (
        (0.38, 0.52),
        (0.0, 0.01),
        (0.2, 0.6),
        (0.12, 0.3),
        (0.0, 0.02),
    ):
        marks.append((marks[-1] if marks else 0.0) + luck.uniform(least, most))
    if luck.random() < 0.08:
        late = luck.uniform(0.8, 2.2)
        marks = [*marks[:2], *(mark + late for mark in marks[2:])]
    told: list[Event] = [
        SpeechStarted(turn),
        SpeechEnded(turn, 1.8, 0.38),
        Heard(turn, asked, "whisperlivekit", language="en", confidence=0.94),
    ]
    if turn % 17 == 0:
        told += [
            Lost("n8n", "connection refused", 5.0),
            Postponed(turn, f"request-{turn}", "n8n: connection refused"),
            Ready("n8n"),
        ]
    else:
        told += [
            Replied(turn, answered, "n8n"),
            Spoken(turn, answered, "elevenlabs", 2.5),
            Timed(turn, *marks),
        ]
    yield from (Entry(at + n / 10, session, event) for n, event in enumerate(told))


async def write_day(path: Path) -> None:
    """The record at *path* has a day in it that ended a minute ago."""
    async with open_store(path) as store:
        await store.write([*day("yesterday", time.time())])
