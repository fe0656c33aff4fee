"""Keeps services alive: one for one, since they share nothing but channels."""

import logging
import random
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec
import trio

from agent.core.restarts import Restarts
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from agent.events import Event, Lost, Ready

logger = logging.getLogger(__name__)

Publish = Callable[[Event], None]


class Run(Protocol):
    """Call ``task_status.started()`` once ready; then serve until cancelled."""

    async def __call__(self, *, task_status: trio.TaskStatus[str]) -> None: ...


class Service(msgspec.Struct, frozen=True):
    """*essential*: Tonny is of no use without it. *at_once*: absent at the start is
    an answer for the user, not something to wait for. *restarts* paces the tries."""

    name: str
    run: Run
    essential: bool = True
    at_once: bool = False
    restarts: Callable[[], Restarts] = Restarts


async def supervise(
    services: Iterable[Service],
    publish: Publish,
    chance: Callable[[], float] = random.random,
) -> None:
    """Run *services* until all have finished; a service that returns is finished.

    An essential one that keeps crashing raises what it crashed with.
    """
    async with trio.open_nursery() as nursery:
        for service in services:
            nursery.start_soon(_keep, service, publish, chance, name=service.name)


async def _keep(
    service: Service, publish: Publish, chance: Callable[[], float]
) -> None:
    restarts = service.restarts()
    news = _News(publish)
    while True:
        pause = await _serve(service, restarts, news, chance)
        if pause is None:
            return
        await trio.sleep(pause)


class _News:
    """Absence is told once, not at every try that finds nothing new."""

    def __init__(self, publish: Publish) -> None:
        self.never_ready = True
        self._publish = publish
        self._reason: str | None = None

    def ready(self, event: Ready) -> None:
        self.never_ready = False
        self._reason = None
        self._publish(event)

    def lost(self, event: Lost, *, bug: bool) -> None:
        known = event.reason == self._reason and event.retry_in is not None
        self._reason = event.reason
        if bug or not known:
            self._publish(event)


async def _serve(
    service: Service,
    restarts: Restarts,
    news: _News,
    chance: Callable[[], float],
) -> float | None:
    """Run *service* once; how long to pause before the next time, None for never."""
    try:
        async with trio.open_nursery() as nursery:
            detail = await nursery.start(service.run)
            restarts.up(trio.current_time())
            news.ready(Ready(service.name, detail or ""))
    except ExceptionGroup as stopped:
        hopeless = service.at_once and news.never_ready
        pause = None if hopeless else _pause(restarts, stopped, chance())
        bug = _is_bug(stopped)
        news.lost(Lost(service.name, _why(stopped), retry_in=pause), bug=bug)
        if bug:
            logger.exception("%s crashed", service.name)
        if pause is None and service.essential:
            raise
        return pause
    return None


def _pause(
    restarts: Restarts, stopped: ExceptionGroup[Exception], chance: float
) -> float | None:
    now = trio.current_time()
    if _is_bug(stopped):
        return restarts.crashed(now, chance)
    if stopped.split(Misconfigured)[0] is not None:
        return None  # only the user can put that right, and not while we run
    if stopped.split(Refused)[0] is not None:
        return restarts.refused(now, chance)
    wishes = [
        e.retry_after or 0 for e in _leaves(stopped) if isinstance(e, Unavailable)
    ]
    return max(restarts.unavailable(now, chance), *wishes, 0)


def _is_bug(stopped: ExceptionGroup[Exception]) -> bool:
    """Whether there is anything in it but the three ways to fail."""
    return not all(isinstance(e, AgentError) for e in _leaves(stopped))


def _leaves(stopped: ExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for exc in stopped.exceptions:
        found += _leaves(exc) if isinstance(exc, ExceptionGroup) else [exc]
    return found


def _why(stopped: ExceptionGroup[Exception]) -> str:
    return "; ".join(
        str(exc) if isinstance(exc, AgentError) else f"{type(exc).__name__}: {exc}"
        for exc in _leaves(stopped)
    )


def first_cause(stopped: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one exception worth telling a user about: ours before anyone else's."""
    leaves: list[BaseException] = []
    pending: list[BaseException] = [stopped]
    while pending:
        exc = pending.pop(0)
        if isinstance(exc, BaseExceptionGroup):
            pending += exc.exceptions
        else:
            leaves.append(exc)
    for kind in (Misconfigured, AgentError):
        for exc in leaves:
            if isinstance(exc, kind):
                return exc
    return leaves[0]
