"""Notifications, as a desktop gets them."""

import sys

import pytest

from tests.desktop.desktops import session_bus

if sys.platform != "linux":
    pytest.skip("D-Bus", allow_module_level=True)

import trio
from jeepney import HeaderFields, Message, message_bus, new_method_return
from jeepney.io.trio import DBusConnection, open_dbus_connection

from agent.commands import Notify
from agent.desktop.notify import notify
from agent.errors import Unavailable


async def _shows(
    connection: DBusConnection,
    shown: list[Message],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    async with connection.router() as router:
        name = "org.freedesktop.Notifications"
        await router.send_and_get_reply(message_bus.RequestName(name))
    task_status.started()
    while True:
        call = await connection.receive()
        if call.header.fields.get(HeaderFields.member) == "Notify":
            shown.append(call)
            await connection.send(new_method_return(call, "u", (1,)))


async def test_a_desktop_is_given_text_and_no_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[Message] = []
    with session_bus() as (address, _):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        connection = await open_dbus_connection(address)
        async with connection, trio.open_nursery() as nursery:
            await nursery.start(_shows, connection, shown)
            with trio.fail_after(10):
                await notify(Notify("<b>2 < 3</b> & so on", "Tönny"))
            nursery.cancel_scope.cancel()
    [call] = shown
    application, _, _, title, text, *_ = call.body
    assert (application, title) == ("tonny-agent", "Tönny")
    assert text == "&lt;b>2 &lt; 3&lt;/b> &amp; so on"


async def test_without_a_desktop_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with session_bus() as (address, _):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        with pytest.raises(Unavailable):
            await notify(Notify("hello"))
