"""A connection to a broker: pika's event loop in a thread of its own, and ours.

What the broker refuses ends the connection, for whoever uses it opens another one with
patience: there is no half-broken state, and one place that says why.
"""

import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeAlias

import pika
import trio
from pika.adapters.select_connection import IOLoop

from agent.bus.channel import Channel
from agent.bus.reasons import reason
from agent.config.broker import Broker
from agent.errors import AgentError, Unavailable
from agent.supervisor import first_cause
from agent.web import tls

OPEN_WITHIN = 10.0
CLOSE_WITHIN = 1.0
HEARTBEAT = 10
"""Seconds, all of them; a broker that froze is noticed within two or three heartbeats."""

Answer: TypeAlias = Callable[[Any], None]


class Connection:
    """Open; its methods are for Trio's thread, and those with an underscore before
    `_in_thread` for pika's."""

    def __init__(self, broker: Broker, name: str) -> None:
        self.broker = broker
        self.blocked = ""
        """Why the broker takes nothing just now, if that is so."""
        self._name = name
        self._token = trio.lowlevel.current_trio_token()
        self._loop = IOLoop()
        self._tried = trio.Event()
        self._lost = trio.Event()
        self._over = trio.Event()
        self._changed = trio.Event()
        self._why: AgentError = Unavailable(f"{broker.shown} closed the connection")
        self._notes: deque[Callable[[], object]] = deque()
        self._woken = False
        self._pika: Any = None

    async def until_lost(self) -> None:
        """Raises why."""
        await self._lost.wait()
        raise self._why

    async def turned(self) -> None:
        """Wait until `blocked` is another one."""
        await self._changed.wait()

    async def channel(self, *, confirms: bool = False) -> Channel:
        """Another one; with *confirms* the broker says what it has taken."""
        opened = await self.ask(
            lambda answer: self._pika.channel(on_open_callback=answer)
        )
        channel = Channel(self, opened)
        await channel.prepare(confirms=confirms)
        return channel

    def do(self, work: Callable[[], object]) -> None:
        """Have *work* done in the thread soon; what cannot be is not, when it is lost."""
        self._loop.add_callback_threadsafe(partial(self._in_thread, work))

    async def ask(self, work: Callable[[Answer], object]) -> Any:
        """Do *work* in the thread, and return what it is told there."""
        answers: list[Any] = []
        answered = trio.Event()

        def answer(found: Any) -> None:
            answers.append(found)
            self.tell(answered.set)

        self.do(lambda: work(answer))
        await answered.wait()
        return answers[0]

    def tell(self, note: Callable[[], object]) -> None:
        """From the thread: have *note* called in Trio's, in the order in which they came."""
        self._notes.append(note)
        if not self._woken:  # each waking costs a system call
            self._woken = True
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._take_notes)

    def lose(self, why: AgentError) -> None:
        """It is of no more use."""
        if not self._lost.is_set():
            self._why = why
            self._lost.set()
        self._tried.set()

    def _take_notes(self) -> None:
        self._woken = False  # before the last look, so that no note is left there
        while self._notes:
            self._notes.popleft()()

    def _in_thread(self, work: Callable[[], object]) -> None:
        try:
            work()
        except pika.exceptions.AMQPError as exc:
            self._fail_in_thread(exc)

    def _fail_in_thread(self, exc: BaseException) -> None:
        self.tell(partial(self.lose, reason(exc, self.broker)))

    def _run_in_thread(self) -> None:
        try:
            self._pika = pika.SelectConnection(
                _parameters(self.broker, self._name),
                on_open_callback=self._opened_in_thread,
                on_open_error_callback=lambda _, exc: self._ended_in_thread(exc),
                on_close_callback=lambda _, exc: self._ended_in_thread(exc),
                custom_ioloop=self._loop,
            )
            self._loop.start()
        except Exception as exc:  # noqa: BLE001 # a thread has nobody else to tell
            self._fail_in_thread(exc)
        self.tell(self._over.set)

    def _opened_in_thread(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(
            lambda _, frame: self.tell(partial(self._block, frame.method.reason))
        )
        connection.add_on_connection_unblocked_callback(
            lambda _, __: self.tell(partial(self._block, ""))
        )
        self.tell(self._tried.set)

    def _ended_in_thread(self, exc: BaseException) -> None:
        self._fail_in_thread(exc)
        self._loop.stop()

    def _block(self, why: str) -> None:
        self.blocked = why
        self._changed.set()
        self._changed = trio.Event()

    async def open(self) -> None:
        """Raises why it cannot be."""
        threading.Thread(
            target=self._run_in_thread, name="rabbitmq", daemon=True
        ).start()
        with trio.move_on_after(OPEN_WITHIN):
            await self._tried.wait()
        if self._lost.is_set():
            raise self._why
        if not self._tried.is_set():
            raise Unavailable(f"{self.broker.shown} does not answer", absent=True)

    async def close(self) -> None:
        """Say goodbye; a broker that is frozen is left without."""

        def close() -> None:
            self._loop.call_later(CLOSE_WITHIN, self._loop.stop)
            if self._pika is not None and self._pika.is_open:
                self._pika.close()
            else:
                self._loop.stop()

        self.do(close)
        with trio.move_on_after(2 * CLOSE_WITHIN, shield=True):
            await self._over.wait()
            self._loop.close()


@asynccontextmanager
async def connected(broker: Broker, name: str) -> AsyncIterator[Connection]:
    """A connection that others see under *name*; raises `Unavailable` or `Refused` when
    it cannot be opened, or is lost meanwhile."""
    connection = Connection(broker, name)
    try:
        await connection.open()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.until_lost)
            yield connection
            nursery.cancel_scope.cancel()
    except ExceptionGroup as group:
        raise first_cause(group) from group
    finally:
        await connection.close()


def _parameters(broker: Broker, name: str) -> pika.ConnectionParameters:
    return pika.ConnectionParameters(
        host=broker.host,
        port=broker.port,
        virtual_host=broker.vhost,
        credentials=pika.PlainCredentials(broker.user, broker.password.reveal()),
        ssl_options=pika.SSLOptions(tls(), broker.host) if broker.tls else None,
        heartbeat=HEARTBEAT,
        connection_attempts=1,
        socket_timeout=OPEN_WITHIN / 2,
        stack_timeout=OPEN_WITHIN,
        blocked_connection_timeout=None,
        client_properties={"connection_name": name, "product": "tonny-agent"},
    )
