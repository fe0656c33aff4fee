"""Notifications by D-Bus, as the freedesktop.org specification 1.2 has them."""

from jeepney import DBusAddress

from agent.commands import Notify
from agent.desktop.bus import Body, open_bus

_SERVER = DBusAddress(
    "/org/freedesktop/Notifications",
    bus_name="org.freedesktop.Notifications",
    interface="org.freedesktop.Notifications",
)
_AS_LONG_AS_USUAL = -1  # milliseconds


async def show(notice: Notify) -> None:
    """Show *notice*; raises `Unavailable` where there is no desktop to show it."""
    text = notice.text.replace("&", "&amp;").replace("<", "&lt;")  # no markup
    body: Body = "tonny-agent", 0, "", notice.title, text, [], {}, _AS_LONG_AS_USUAL
    async with open_bus() as bus:
        await bus.call(_SERVER, "Notify", "susssasa{sv}i", body)
