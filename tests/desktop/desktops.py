"""A session bus of its own, and a stand-in for a desktop's portal on it."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import trio

pytest.importorskip("jeepney", reason='the extra "hotkey" is not installed')

from jeepney import (  # only where it is
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.trio import DBusConnection, open_dbus_connection

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"


@contextmanager
def session_bus() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Its address and its process; skips where there is no dbus-daemon."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon: apt-get install dbus")
    read, write = os.pipe()
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile"]
    with subprocess.Popen(
        [*command, f"--print-address={write}"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    ) as daemon:
        os.close(write)
        with os.fdopen(read) as told:
            address = told.readline().strip()
        try:
            yield address, daemon
        finally:
            daemon.kill()


class Desktop:
    """Answers as xdg-desktop-portal does. *consents* is its response to a request to
    bind keys: 0 for yes, 1 for the user's no, 2 for anything else, None for none at
    all; *opens* is its response to a request for a session."""

    def __init__(
        self,
        connection: DBusConnection,
        consents: int | None = 0,
        opens: int | None = 0,
    ) -> None:
        self._connection = connection
        self._opens = opens
        self._consents = consents
        self._session = ""
        self.answered = trio.Event()
        """The request to bind keys was answered."""
        self.bound: list[tuple[str, dict[str, tuple[str, str]]]] = []

    async def serve(self) -> None:
        async for message in self._connection:
            if message.header.message_type is MessageType.method_call:
                await self._answer(message)

    async def tell(self, member: str, shortcut: str = "ptt") -> None:
        """Keys went down (``Activated``) or up (``Deactivated``)."""
        await self._signal(
            PATH, SHORTCUTS, member, "osta{sv}", (self._session, shortcut, 1, {})
        )

    async def close_session(self) -> None:
        interface = "org.freedesktop.portal.Session"
        await self._signal(self._session, interface, "Closed", "a{sv}", ({},))

    async def tell_something_else(self) -> None:
        """As every portal does, to everyone."""
        interface = "org.freedesktop.portal.Settings"
        body = ("org.gnome", "color", ("u", 1))
        await self._signal(PATH, interface, "SettingChanged", "ssv", body)

    async def _answer(self, call: Message) -> None:
        fields = call.header.fields
        sender = fields[HeaderFields.sender][1:].replace(".", "_")
        match fields[HeaderFields.member], call.body:
            case "Get", (str(interface), "version") if interface == SHORTCUTS:
                await self._return(call, "v", (("u", 1),))
            case "CreateSession", (options,):
                token = options["session_handle_token"][1]
                self._session = f"{PATH}/session/{sender}/{token}"
                results = {"session_handle": ("s", self._session)}
                await self._respond(call, sender, options, self._opens, results)
            case "BindShortcuts", (session, wanted, _, options):
                assert session == self._session
                self.bound += wanted
                await self._respond(call, sender, options, self._consents, {})
                self.answered.set()
            case _:
                unknown = "org.freedesktop.DBus.Error.UnknownMethod"
                await self._connection.send(new_error(call, unknown))

    async def _respond(
        self,
        call: Message,
        sender: str,
        options: dict[str, tuple[str, str]],
        code: int | None,
        results: dict[str, tuple[str, str]],
    ) -> None:
        """First where the response will come from, then the response."""
        path = f"{PATH}/request/{sender}/{options['handle_token'][1]}"
        await self._return(call, "o", (path,))
        if code is not None:
            interface = "org.freedesktop.portal.Request"
            await self._signal(path, interface, "Response", "ua{sv}", (code, results))

    async def _return(self, call: Message, signature: str, body: object) -> None:
        await self._connection.send(new_method_return(call, signature, body))

    async def _signal(
        self, path: str, interface: str, member: str, signature: str, body: object
    ) -> None:
        emitter = DBusAddress(path, interface=interface)
        await self._connection.send(new_signal(emitter, member, signature, body))


@asynccontextmanager
async def desktop(
    address: str, *, consents: int | None = 0, opens: int | None = 0
) -> AsyncIterator[Desktop]:
    """A desktop with a portal, until it is left."""
    connection = await open_dbus_connection(address)
    async with connection, trio.open_nursery() as nursery:
        async with connection.router() as router:
            await router.send_and_get_reply(message_bus.RequestName(NAME))
        one = Desktop(connection, consents, opens)
        nursery.start_soon(one.serve)
        yield one
        nursery.cancel_scope.cancel()
