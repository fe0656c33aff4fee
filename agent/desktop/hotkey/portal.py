"""Keys by the desktop's portal, org.freedesktop.portal.GlobalShortcuts.

Documented with xdg-desktop-portal ("Global Shortcuts", "Request", "Session"). Plasma,
GNOME from 48 and Hyprland have it, sway and its like do not.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import trio
from jeepney import DBusAddress, MatchRule

from agent.desktop.bus import ANSWER_WITHIN, Body, Bus, Signal, open_bus
from agent.desktop.hotkey.keys import MODIFIERS, Chord
from agent.errors import Refused, Unavailable

CONSENT_WITHIN = 120.0
"""Seconds that the user has to say yes, where the desktop asks."""

_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_INTERFACE = "org.freedesktop.portal.GlobalShortcuts"
_SHORTCUTS = DBusAddress(_PATH, _NAME, _INTERFACE)
_PROPERTIES = DBusAddress(_PATH, _NAME, "org.freedesktop.DBus.Properties")

_SHORTCUT = "ptt"
_TRIGGERS = {"ctrl": "CTRL", "alt": "ALT", "shift": "SHIFT", "super": "LOGO"}


@asynccontextmanager
async def take(chord: Chord) -> AsyncIterator["Shortcut"]:
    """The keys of *chord*, or those that the user chose instead, ours while open.

    Raises `Refused` when the user said no, and `Unavailable` without such a portal.
    """
    async with open_bus() as bus:
        await _version(bus)
        portal = Portal(bus, await bus.owner(_NAME))
        await portal.listen()
        yield await portal.bind(chord)


async def look() -> str:
    """Say that there is such a portal; raises `Unavailable` otherwise."""
    async with open_bus() as bus:
        return f"the desktop's portal (version {await _version(bus)})"


async def _version(bus: Bus) -> object:
    try:
        answer = await bus.call(_PROPERTIES, "Get", "ss", (_INTERFACE, "version"))
    except Unavailable as exc:
        raise Unavailable(
            f"this desktop has no portal for shortcuts of programs ({exc})"
        ) from exc
    match answer:
        case ((_, version),):
            return version
    raise Unavailable("the desktop's portal does not tell its version")


class Portal:
    """What is asked of a portal, whose answer comes as a signal later on."""

    def __init__(self, bus: Bus, owner: str) -> None:
        self._bus = bus
        self._owner = owner

    async def listen(self) -> None:
        await self._bus.subscribe(MatchRule(type="signal", sender=_NAME))
        changes = MatchRule(
            type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged"
        )
        changes.add_arg_condition(0, _NAME)
        await self._bus.subscribe(changes)

    async def bind(self, chord: Chord) -> "Shortcut":
        session = await self._open_session()
        wanted = {
            "description": ("s", "Talk to Tonny"),
            "preferred_trigger": ("s", trigger(chord)),
        }
        about = (session, [(_SHORTCUT, wanted)], "")
        with trio.move_on_after(CONSENT_WITHIN):
            await self._request("BindShortcuts", "oa(sa{sv})sa{sv}", about, {})
            return Shortcut(self, session)
        raise Refused("the desktop asked for consent, and nobody answered")

    async def _open_session(self) -> str:
        options = {"session_handle_token": ("s", _token())}
        with trio.move_on_after(ANSWER_WITHIN):
            found = await self._request("CreateSession", "a{sv}", (), options)
            match found.get("session_handle"):
                case (_, str(handle)):
                    return handle
        raise Unavailable("the desktop's portal opens no session")

    async def signal(self) -> Signal:
        """The next one of the portal's; raises `Unavailable` when it is gone."""
        while True:
            signal = await self._bus.signal()
            if signal.member == "NameOwnerChanged":
                raise Unavailable("the desktop's portal is gone")
            if signal.sender == self._owner:
                return signal

    async def _request(
        self,
        method: Literal["CreateSession", "BindShortcuts"],
        signature: str,
        body: Body,
        options: dict[str, tuple[str, str]],
    ) -> dict[str, object]:
        """What the portal responds; raises `Refused` when the user said no."""
        options = {"handle_token": ("s", _token()), **options}
        asked = await self._bus.call(_SHORTCUTS, method, signature, (*body, options))
        while True:
            signal = await self.signal()
            if signal.member == "Response" and (signal.path,) == asked:
                break
        match signal.body:
            case (0, dict(results)):
                return results
            case (1, _):
                raise Refused("the desktop asked for consent, and the answer was no")
        raise Unavailable(f"the desktop's portal failed at {method}")


class Shortcut:
    """Satisfies `agent.desktop.hotkey.Key`."""

    by = "the desktop's portal"

    def __init__(self, portal: Portal, session: str) -> None:
        self._portal = portal
        self._session = session

    async def changed(self) -> bool:
        while True:
            match await self._portal.signal():
                case Signal(member="Activated", body=(session, shortcut, *_)):
                    down = True
                case Signal(member="Deactivated", body=(session, shortcut, *_)):
                    down = False
                case Signal(member="Closed", path=self._session):
                    raise Unavailable("the desktop took the shortcut away")
                case _:
                    continue
            if (session, shortcut) == (self._session, _SHORTCUT):
                return down


def trigger(chord: Chord) -> str:
    """As the XDG Shortcuts Specification writes it: ``CTRL+ALT+space``."""
    modifiers = [_TRIGGERS[each] for each in MODIFIERS if each in chord.modifiers]
    return "+".join([*modifiers, chord.key])


def _token() -> str:
    return f"tonny_{secrets.token_hex(8)}"
