"""What follows from what happens: short sounds, an open microphone after a question, and
what has to be said once."""

from collections.abc import Callable
from datetime import UTC, datetime

import trio

from agent.config.settings import Conversation, Mode
from agent.errors import AgentError
from agent.events import (
    Entry,
    Event,
    Heard,
    QuotaSpent,
    Silent,
    SpeechStarted,
    Switched,
    Unanswered,
    Unspoken,
)
from agent.hearing.surroundings import Orders
from agent.pipeline.speech import Speech
from agent.speaking.earcons import RATE, Earcon, earcon


class Attendant:
    """*mode* tells how the microphone is used now: where it is closed between turns, it
    stays open for a while after an answer that asks something."""

    def __init__(
        self,
        settings: Conversation,
        speech: Speech,
        orders: Orders,
        mode: Callable[[], Mode],
        *,
        audible: bool,
    ) -> None:
        self._settings = settings
        self._speech = speech
        self._orders = orders
        self._mode = mode
        self._tones = settings.earcons and audible
        self._open = trio.CancelScope()
        self._attending = False

    async def follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        """Until *entries* end."""
        async with trio.open_nursery() as nursery:
            async for entry in entries:
                self._see(entry.event, nursery)
            nursery.cancel_scope.cancel()

    def _see(self, event: Event, nursery: trio.Nursery) -> None:
        match event:
            case Silent(asks=True) if (
                self._mode() == "ptt" and self._settings.follow_up
            ):
                nursery.start_soon(self._stay_open)
            case SpeechStarted():
                if self._mode() == "ptt" and not self._attending:
                    self._sound("listening")
                self._open.cancel()
            case Heard():
                self._sound("thinking")
            case Switched("audio.mute", to):
                self._sound("muted" if to == "on" else "unmuted")
            case Unanswered() | Unspoken(reason=_) if _is_failure(event):
                self._sound("error")
            case QuotaSpent(reset):
                self._say_spent(reset)
            case _:
                pass

    async def _stay_open(self) -> None:
        """Listen for one utterance; if none has begun in time, no longer."""
        self._sound("listening")
        self._orders.attend()
        self._attending = True
        with trio.CancelScope() as self._open:
            await trio.sleep(self._settings.follow_up)
            self._orders.give_up()
        self._attending = False

    def _sound(self, name: Earcon) -> None:
        if self._tones:
            self._speech.tone(earcon(name), RATE)

    def _say_spent(self, reset: float | None) -> None:
        """Once: until the reset nobody asks again."""
        until = ""
        if reset is not None:
            until = f" until {datetime.fromtimestamp(reset, UTC):%B %d}".replace(
                " 0", " "
            )
        try:
            self._speech.say(f"My usual voice has used up its plan{until}.")
        except AgentError:
            return  # there is too much to say, and this is in the record too


def _is_failure(event: Event) -> bool:
    """Whether what was not said should have been."""
    return not isinstance(event, Unspoken) or event.reason not in {
        "interrupted",
        "stopped",
        "skipped",
        "the conversation moved on",
    }
