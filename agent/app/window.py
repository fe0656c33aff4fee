"""The dashboard, which is loaded and opened only when someone wants to look."""

from typing import TYPE_CHECKING

import trio

from agent.app.session import Session
from agent.config import Config
from agent.control.server import Handle
from agent.errors import Unavailable
from agent.hearing.levels import Meter
from agent.supervisor import first_cause

if TYPE_CHECKING:
    from agent.dashboard.service import Dashboard

WATCHED_HZ = 12.0
"""How many times a second a page is told how loud it is, unless ``audio.level_hz`` says
otherwise."""

OPEN_WITHIN = 8.0
"""Seconds that it may take to load and to open: less than a command may."""


class Window:
    """`run` is the service. It has to be told what it shows: see `Dashboard`."""

    def __init__(self, config: Config, session: Session, handle: Handle) -> None:
        self._config = config
        path, metrics = session.store.path, config.dashboard.metrics
        self._sources = (session.hub, path, handle, metrics)
        self._wanted = trio.Event()
        self._tried = trio.Event()
        self._open: Dashboard | None = None
        self._why = "it did not open in time"
        if config.dashboard.enabled:
            self._wanted.set()

    def meter(self) -> Meter:
        """How loud it is, while someone wants to see it."""
        hz = self._config.audio.level_hz
        return Meter(hz or WATCHED_HZ, lambda: hz > 0 or self.watched)

    @property
    def watched(self) -> bool:
        """Whether a page is open."""
        return self._open is not None and self._open.pages > 0

    async def invitation(self) -> str:
        """An address for one browser; from now on there is a dashboard. Raises
        `Unavailable` when that cannot be."""
        self._wanted.set()
        with trio.move_on_after(OPEN_WITHIN):
            await self._tried.wait()
        if self._open is None:
            raise Unavailable(f"there is no dashboard: {self._why}")
        return self._open.invitation()

    async def run(self, *, task_status: trio.TaskStatus[str]) -> None:
        """Once it is wanted, until cancelled."""
        await self._wanted.wait()
        try:
            async with trio.open_nursery() as nursery:
                dashboard = await self._loaded()
                address = await nursery.start(
                    dashboard.run, self._config.dashboard.port
                )
                self._open = dashboard
                self._tried.set()
                task_status.started(address)
        except ExceptionGroup as stopped:
            self._why = str(first_cause(stopped))
            raise
        finally:
            self._open = None
            self._tried.set()

    async def _loaded(self) -> "Dashboard":
        """Its libraries take a tenth of a second, in which the conversation goes on."""

        def load() -> "Dashboard":
            from agent.dashboard.service import Dashboard

            return Dashboard(*self._sources)

        return await trio.to_thread.run_sync(load)
