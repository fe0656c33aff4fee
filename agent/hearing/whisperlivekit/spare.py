"""One session, connected before anyone needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

from agent.errors import AgentError
from agent.hearing.whisperlivekit.connection import connected, telling
from agent.hearing.whisperlivekit.peers import Peer, check_language
from agent.hearing.whisperlivekit.session import Session
from agent.sockets import ERRORS

CHECK_EVERY = 10.0
ANSWERS_WITHIN = 1.5
"""Seconds for a ping; a connection that a firewall forgot does not answer one."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between attempts while the server is away; doubled each time."""

FRESH_FOR = 600.0
"""Seconds after which a session is replaced, whatever may have become of it."""

STEADY_AFTER = 60.0
"""Seconds after which a session that is lost was a good one nevertheless."""


class _Idle:
    """A session that waits; *over* when it need not wait any more, and *done* when
    whoever took it has no more use for it."""

    def __init__(self, peer: Peer, session: Session) -> None:
        self.peer = peer
        self.session = session
        self.over = trio.Event()
        self.done = trio.Event()


class Spare:
    """Keeps a session with *peer* in hand while `keep` runs.

    A call never waits for it: where there is none, the call connects by itself, and
    learns at once what is wrong with the server.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._idle: _Idle | None = None
        self._hurry = trio.Event()

    def want(self, peer: Peer) -> None:
        """From now on have a session with *peer*."""
        if peer != self._peer:
            self._peer = peer
            if (idle := self._pop()) is not None:
                idle.done.set()
            self.hurry()

    def hurry(self) -> None:
        """Do not wait with the next attempt: there is reason to think it will work."""
        self._hurry.set()
        self._hurry = trio.Event()

    @asynccontextmanager
    async def taken(self, peer: Peer) -> AsyncIterator[Session | None]:
        """The spare session with *peer*, if there is one that works."""
        if self._idle is None or self._idle.peer != peer:
            yield None
            return
        idle = self._idle
        self._pop()
        try:
            yield idle.session if await _answers(idle.session) else None
        finally:
            idle.done.set()

    def _pop(self) -> _Idle | None:
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.over.set()
        return idle

    async def keep(self) -> None:
        """Connect, and again whenever there is no spare; serves until cancelled."""
        pause = FIRST_PAUSE
        async with trio.open_nursery() as nursery:
            while True:
                began = trio.current_time()
                well = await nursery.start(self._hold, self._peer)
                if well or trio.current_time() - began > STEADY_AFTER:
                    pause = FIRST_PAUSE
                if not well:
                    with trio.move_on_after(pause) as patience:
                        await self._hurry.wait()
                    waited = patience.cancelled_caught
                    pause = min(2 * pause, LONGEST_PAUSE) if waited else FIRST_PAUSE

    async def _hold(self, peer: Peer, *, task_status: trio.TaskStatus[bool]) -> None:
        """Open a session and keep it open, while it waits and while it is used.

        *task_status* is told when it is no longer spare: False if it was lost, or
        never came to be.
        """
        served = False
        # Whoever needs the server next finds out for themselves what is wrong, and
        # tells.
        with suppress(AgentError), telling(peer):
            check_language(peer)
            async with connected(peer) as session:
                idle = _Idle(peer, session)
                if peer == self._peer:  # which may have changed meanwhile
                    await self._offer(idle)
                served = True
                task_status.started(True)
                if idle.over.is_set():
                    await idle.done.wait()
        if not served:
            task_status.started(False)

    async def _offer(self, idle: _Idle) -> None:
        self._idle = idle
        try:
            await _wait(idle)
        finally:
            if self._idle is idle:
                self._idle = None


async def _wait(idle: _Idle) -> None:
    """Until it is over, or too old; raises when it is lost."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_notice, idle.session)
        nursery.start_soon(_stay_sure, idle.session)
        with trio.move_on_after(FRESH_FOR):
            await idle.over.wait()
        nursery.cancel_scope.cancel()


async def _notice(session: Session) -> None:
    while True:
        await session.news()


async def _stay_sure(session: Session) -> None:
    while True:
        await trio.sleep(CHECK_EVERY)
        await session.check(ANSWERS_WITHIN)


async def _answers(session: Session) -> bool:
    try:
        await session.check(ANSWERS_WITHIN)
    except ERRORS:
        return False
    return True
