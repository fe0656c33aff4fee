"""Tells on the desktop what nobody may have heard: answers that are to be read, and what
has been away for a while."""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import trio

from agent.commands import Notify
from agent.config.settings import Health, Responses
from agent.core.outages import News, Outages
from agent.errors import AgentError
from agent.events import Entry, Event, Postponed, Replied, Unanswered
from agent.hub import Hub

logger = logging.getLogger(__name__)

Show = Callable[[Notify], Awaitable[None]]


class Speaking(Protocol):
    """Whoever knows how answers are given."""

    responses: Responses


LONGEST = 1000
"""Characters of a notification; a desktop shows a few lines."""


class Herald:
    """*speech* knows how answers are given now, and *settings* after how many seconds an
    outage is told."""

    def __init__(
        self, speech: Speaking, settings: Health, show: Show | None = None
    ) -> None:
        after = settings.notify_after
        self._speech = speech
        self._outages = Outages(after) if after else None
        self._show = show or on_the_desktop

    async def run(self, hub: Hub) -> None:
        """Until Tonny ends."""
        with hub.watching(1000) as entries:
            await self._follow(entries)

    async def _follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        while True:
            entry: Entry | None = None
            with trio.move_on_at(self._next()):
                try:
                    entry = await entries.receive()
                except trio.EndOfChannel:
                    return
            if entry is not None:
                await self._see(entry.event)
            if self._outages is not None:
                for news in self._outages.due(trio.current_time()):
                    await self._notify(_told(news))

    def _next(self) -> float:
        return self._outages.next if self._outages is not None else float("inf")

    async def _see(self, event: Event) -> None:
        if self._outages is not None:
            self._outages.feed(event, trio.current_time())
        read = self._speech.responses != "voice"
        match event:
            case Replied(text=text, late=late) if (read or late) and text:
                await self._notify(text)
            case Postponed(reason=reason) if read:
                await self._notify(f"Your question is kept for later: {reason}")
            case Unanswered(reason=reason) if read:
                await self._notify(f"There is no answer: {reason}")
            case _:
                pass

    async def _notify(self, text: str) -> None:
        """Where there is no desktop it is in the record all the same."""
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        try:
            await self._show(Notify(short))
        except AgentError as exc:
            logger.info("no notification was shown: %s", exc)


def _told(news: News) -> str:
    if news.away:
        return f"{news.name} is away: {news.reason}"
    return f"{news.name} is back."


async def on_the_desktop(notice: Notify) -> None:
    from agent.desktop.notify import notify

    await notify(notice)
