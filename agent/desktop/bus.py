"""The session bus, for one caller who asks and listens in turn.

jeepney (MIT) speaks D-Bus on Trio without another thread or library. Its router, which
is for many callers, is not used: an error there ends in a group of exceptions.
"""

import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import msgspec
import trio
from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.trio import DBusConnection, open_dbus_connection

from agent.errors import Unavailable, translating

ANSWER_WITHIN = 10.0
"""Seconds for any answer; a service that is only started by the question is slow."""

Body: TypeAlias = tuple[object, ...]

_GONE: dict[type[Exception], type[Unavailable]] = {
    trio.BrokenResourceError: Unavailable,
    trio.EndOfChannel: Unavailable,
}
_ABSENT: dict[type[Exception], type[Unavailable]] = {
    **_GONE,
    OSError: Unavailable,
    ValueError: Unavailable,  # an address or a greeting that is none
    RuntimeError: Unavailable,  # an address that is not a socket's
    ExceptionGroup: Unavailable,  # what ends jeepney's own nursery as it says hello
}


class Signal(msgspec.Struct, frozen=True):
    """Something that an object at *path* of *sender* tells everyone."""

    sender: str
    path: str
    member: str
    body: Body


class Bus:
    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._signals: deque[Signal] = deque()

    @property
    def name(self) -> str:
        """Our own on the bus, such as ``:1.42``."""
        return str(self._connection.unique_name)

    async def call(
        self, to: DBusAddress, method: str, signature: str = "", body: Body = ()
    ) -> Body:
        """The answer of *to*; raises `Unavailable` when it is an error or does not come."""
        return await self._ask(new_method_call(to, method, signature or None, body))

    async def owner(self, name: str) -> str:
        """Who has *name* now."""
        [owner] = await self._ask(message_bus.GetNameOwner(name))
        return str(owner)

    async def subscribe(self, rule: MatchRule) -> None:
        """Let `signal` give what fits *rule*, from now on."""
        await self._ask(message_bus.AddMatch(rule))

    async def signal(self) -> Signal:
        """The next one; raises `Unavailable` when the bus is gone."""
        with translating(_GONE, "the session bus is gone: "):
            while not self._signals:
                self._take(await self._connection.receive())
        return self._signals.popleft()

    async def _ask(self, question: Message) -> Body:
        serial = next(self._connection.outgoing_serial)
        with _in_time(), translating(_GONE, "the session bus is gone: "):
            await self._connection.send(question, serial=serial)
            while True:
                answer = await self._connection.receive()
                if answer.header.fields.get(HeaderFields.reply_serial) == serial:
                    break
                self._take(answer)
        if answer.header.message_type is MessageType.error:
            raise Unavailable(str(DBusErrorResponse(answer)))
        return tuple(answer.body)

    def _take(self, message: Message) -> None:
        if message.header.message_type is MessageType.signal:
            fields = message.header.fields
            self._signals.append(
                Signal(
                    sender=fields.get(HeaderFields.sender, ""),
                    path=fields[HeaderFields.path],
                    member=fields[HeaderFields.member],
                    body=tuple(message.body),
                )
            )


@asynccontextmanager
async def open_bus() -> AsyncIterator[Bus]:
    """The session bus; raises `Unavailable` where there is none."""
    with _in_time(), translating(_ABSENT, "there is no session bus: "):
        connection = await open_dbus_connection(_address(os.environ))
    async with connection:
        yield Bus(connection)


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        with trio.fail_after(ANSWER_WITHIN):
            yield
    except trio.TooSlowError:
        raise Unavailable("nobody answers on the session bus") from None


def _address(environ: Mapping[str, str]) -> str:
    """As the D-Bus Specification and systemd have it."""
    if given := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return given
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        return f"unix:path={runtime}/bus"
    raise Unavailable("there is no session bus (DBUS_SESSION_BUS_ADDRESS)")
