"""A microphone that may be silent for as long as it likes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypeAlias

import trio

from agent.errors import Unavailable
from agent.ports import Listening, Microphone

_BACK_WITHIN = 2.0
"""Seconds after which a microphone that fell silent was unplugged."""

_Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Listening]]


class Patient:
    """Satisfies `agent.ports.Microphone` by another one. A device that sends nothing but
    zeros gives up once, in the hope that opening it again helps; whoever measures or
    records may just be looking for the switch that mutes it."""

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self._silent = False

    @property
    def name(self) -> str:
        return self._microphone.name

    @property
    def live(self) -> bool:
        return self._microphone.live

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["_Reopened"]:
        """As the other one is opened."""

        def hear(frame: bytes) -> None:
            self._silent = frame.count(0) == len(frame)
            heard(frame)

        again = partial(self._microphone.open, block, hear, idle)
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(again())
            yield _Reopened(stack, first, again, lambda: self._silent)


class _Reopened:
    """Satisfies `agent.ports.Listening`; what is open is on *stack*."""

    def __init__(
        self,
        stack: AsyncExitStack,
        first: Listening,
        again: _Open,
        silent: Callable[[], bool],
    ) -> None:
        self._stack = stack
        self._first = first
        self._again = again
        self._silent = silent

    async def ended(self) -> None:
        try:
            await self._first.ended()
        except Unavailable as lost:
            if not self._silent():
                raise
            second = await self._second(lost)
        else:
            return
        await second.ended()

    async def _second(self, lost: Unavailable) -> Listening:
        await self._stack.aclose()
        try:
            with trio.fail_after(_BACK_WITHIN):
                return await self._stack.enter_async_context(self._again())
        except (Unavailable, trio.TooSlowError):
            raise lost from None
