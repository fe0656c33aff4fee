"""A microphone that is really closed while it is muted."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypeAlias

import trio

from agent.errors import AgentError
from agent.hearing.surroundings import Orders
from agent.ports import RATE, Listening, Microphone

_LONGEST_PAUSE = 6.0
"""Seconds of silence that end any utterance."""

_CLOSED_WITHIN = 2.0

_Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Listening]]


class Muting:
    """Satisfies `agent.ports.Microphone` by another one, which is not open while this is
    muted: nobody could listen, and the system shows that nobody does. It stays so when
    the microphone is lost and found again. A file plays on, and is not heard: *orders*
    tell the ear."""

    def __init__(self, microphone: Microphone, orders: Orders) -> None:
        self._microphone = microphone
        self._orders = orders
        self._changed = trio.Event()
        self._open = False

    @property
    def name(self) -> str:
        return self._microphone.name

    @property
    def live(self) -> bool:
        return self._microphone.live

    @property
    def muted(self) -> bool:
        return self._orders.muted

    def mute(self, *, on: bool) -> None:
        """Hear nothing, or hear again."""
        self._orders.muted = on
        self._tell()

    async def closed(self) -> None:
        """Return when the device is closed, or is too slow about it."""
        with trio.move_on_after(_CLOSED_WITHIN):
            while self.muted and self._open:
                await self._changed.wait()

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator[Listening]:
        """As the other one is opened, unless it is muted: then later."""
        again = partial(self._microphone.open, block, heard, idle)
        if not self.live:
            async with again() as listening:
                yield listening
            return
        silence = bytes(2 * block)

        def end_utterance() -> None:
            # The device is closed: nobody else calls *heard* now.
            for _ in range(round(_LONGEST_PAUSE * RATE / block)):
                if idle():
                    break
                heard(silence)

        async with AsyncExitStack() as stack:
            first = None if self.muted else await stack.enter_async_context(again())
            self.now_open(first is not None)
            try:
                yield _Muted(self, stack, first, again, end_utterance)
            finally:
                self.now_open(False)

    async def until(self, *, muted: bool) -> None:
        """Return when it is so."""
        while self.muted != muted:
            await self._changed.wait()

    def now_open(self, is_open: bool) -> None:
        """For who holds the device: whether it does."""
        self._open = is_open
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


class _Muted:
    """Satisfies `agent.ports.Listening`; what is open is on *stack*."""

    def __init__(
        self,
        muting: Muting,
        stack: AsyncExitStack,
        first: Listening | None,
        again: _Open,
        end_utterance: Callable[[], None],
    ) -> None:
        self._muting = muting
        self._stack = stack
        self._listening = first
        self._again = again
        self._end_utterance = end_utterance

    async def ended(self) -> None:
        while True:
            if self._listening is None:
                await self._muting.until(muted=False)
                opened = self._stack.enter_async_context(self._again())
                self._listening = await opened
                self._muting.now_open(True)
            if await self._ends(self._listening):
                return
            await self._stack.aclose()
            self._listening = None
            self._muting.now_open(False)
            self._end_utterance()

    async def _ends(self, listening: Listening) -> bool:
        """Whether it ended, before it was muted; raises what ended it."""
        problems: list[AgentError] = []
        ended = False
        async with trio.open_nursery() as nursery:

            async def end() -> None:
                nonlocal ended
                try:
                    await listening.ended()
                except AgentError as exc:
                    problems.append(exc)
                ended = True
                nursery.cancel_scope.cancel()

            nursery.start_soon(end)
            await self._muting.until(muted=True)
            nursery.cancel_scope.cancel()
        if problems:
            raise problems[0]
        return ended
