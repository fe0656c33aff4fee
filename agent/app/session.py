"""A session: the record is open, everything that happens is written down."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec
import trio

from agent import __version__
from agent.app.bus import posting
from agent.config import Config
from agent.events import Entry, RecordReplaced, SessionEnded, SessionStarted
from agent.hub import Hub, Watcher, steady_clock
from agent.logs import log_event
from agent.record.journal import record
from agent.record.letters import StoredLetterbox
from agent.record.rescue import Replaced
from agent.record.sqlite import DATABASE
from agent.record.store import Store, open_store
from agent.vitals import time_turns

Onlooker: TypeAlias = Callable[[Watcher], Awaitable[None]]
"""Someone who is shown every event, such as a terminal."""


class Session(msgspec.Struct):
    """An open session; *reason* is why it will have ended. *letters* are what is to be
    published, if anything is."""

    id: str
    hub: Hub
    store: Store
    began: float
    """When that was, in wall-clock seconds."""
    letters: StoredLetterbox | None = None
    reason: str = "done"


@asynccontextmanager
async def open_session(
    folder: Path,
    config: Config,
    onlookers: Sequence[Onlooker] = (),
    *,
    alone: bool = False,
) -> AsyncIterator[Session]:
    """Publish `SessionStarted`, and at the end `SessionEnded`, with all between.

    Only who is *alone* with the folder, having its lock, replaces a damaged record.

    The watchers are shielded from cancellation, because their channels are always
    closed when the session ends: the journal hears even what ended the program.
    """
    async with open_store(folder / DATABASE, mend=alone) as store:
        hub = Hub(uuid.uuid4().hex, steady_clock())
        watchers: list[tuple[Onlooker, int, bool]] = [
            (partial(record, store=store), 10_000, False),
            (partial(_log, transcripts=config.log.transcripts), 1000, False),
            (partial(time_turns, publish=hub.publish), 1000, False),
            *((onlooker, 10_000, True) for onlooker in onlookers),
        ]
        letters = None
        if config.rabbitmq.enabled:
            letters = StoredLetterbox(store, config.rabbitmq.spool_size)
            watchers.append(
                (partial(record, store=posting(config, letters)), 10_000, False)
            )
        async with trio.open_nursery() as nursery:
            # Each is ended by the end of its channel, the journal last of all.
            with ExitStack() as watching:
                for watcher, buffer, closely in watchers:
                    told = hub.watching(buffer, closely=closely)
                    entries = watching.enter_context(told)
                    nursery.start_soon(_shielded, watcher, entries)
                hub.publish(SessionStarted(__version__, pid=_pid()))
                if store.replaced is not None:
                    hub.publish(_told(store.replaced))
                session = Session(hub.session, hub, store, time.time(), letters)
                try:
                    yield session
                except BaseException as exc:
                    session.reason = _reason(exc)
                    raise
                finally:
                    hub.publish(SessionEnded(session.reason))


async def _shielded(watcher: Onlooker, entries: Watcher) -> None:
    with trio.CancelScope(shield=True):
        await watcher(entries)


async def _log(entries: trio.abc.ReceiveChannel[Entry], *, transcripts: bool) -> None:
    async for entry in entries:
        log_event(entry, transcripts=transcripts)


def _told(replaced: Replaced) -> RecordReplaced:
    backup = replaced.backup.name if replaced.backup else ""
    return RecordReplaced(
        replaced.reason, str(replaced.aside), backup, replaced.questions
    )


def _pid() -> int:
    import os

    return os.getpid()


def _reason(exc: BaseException) -> str:
    from agent.supervisor import first_cause

    if isinstance(exc, trio.Cancelled):
        return "stopped"
    cause = first_cause(exc) if isinstance(exc, BaseExceptionGroup) else exc
    return f"{type(cause).__name__}: {cause}"
