"""Keys by X11: a passive grab of the root windows (X11 protocol, GrabKey).

xcffib because it is Apache-2.0 and kept up with every libxcb; python-xlib and pynput
are LGPL, and the former has had no release since 2022.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import trio
import xcffib
from xcffib import keysymdef, xkb, xproto

from agent.desktop.hotkey.keys import Chord, Modifier
from agent.errors import Unavailable, translating

OPEN_WITHIN = 5.0
"""Seconds that an X server has to answer; one that is frozen never does."""

_MASKS: dict[Modifier, int] = {"shift": 1, "ctrl": 4, "alt": 8, "super": 64}
_LOCKS = (0, 2, 16, 18)
"""A grab is for exactly its modifiers: once for each state of Caps Lock and Num Lock."""
_CORE_KEYBOARD = 0x100

_one_at_a_time = trio.CapacityLimiter(1)


@asynccontextmanager
async def take(chord: Chord) -> AsyncIterator["Keyboard"]:
    """The keys of *chord*, ours while open; raises `Unavailable`."""
    with _explained():
        try:
            with trio.fail_after(OPEN_WITHIN):
                # What is abandoned here is never used again, nor closed: the thread
                # may still be in it.
                keyboard = await trio.to_thread.run_sync(
                    Keyboard, chord, abandon_on_cancel=True, limiter=_one_at_a_time
                )
        except trio.TooSlowError:
            raise Unavailable("the X server does not answer") from None
    try:
        yield keyboard
    finally:
        keyboard.close()


class Keyboard:
    """Satisfies `agent.desktop.hotkey.Key`."""

    by = "X11"

    def __init__(self, chord: Chord) -> None:
        """Waits for the X server."""
        self._chord = chord
        self._connection = xcffib.connect()
        self._codes: set[int] = set()
        self._use_xkb()
        self._grab()

    async def changed(self) -> bool:
        await trio.lowlevel.checkpoint()
        with _explained():
            while True:
                # What has come is read first: for what is read already, the socket
                # never becomes readable again.
                while (event := self._connection.poll_for_event()) is not None:
                    match event:
                        case xproto.KeyPressEvent(detail=code) if code in self._codes:
                            return True
                        case xproto.KeyReleaseEvent(detail=code) if code in self._codes:
                            return False
                        case xkb.NewKeyboardNotifyEvent():
                            self._grab()  # the server has just spoken, so it answers
                descriptor = self._connection.get_file_descriptor()
                await trio.lowlevel.wait_readable(descriptor)

    def close(self) -> None:
        self._connection.disconnect()

    def _use_xkb(self) -> None:
        """Without the XKB extension, a key that repeats itself is released before each
        press (DetectableAutoRepeat). Whoever uses it hears of new layouts by its own
        events, all of which xcffib takes for the first kind."""
        extension = self._connection(xkb.key)
        extension.UseExtension(1, 0).reply()
        flag = xkb.PerClientFlag.DetectableAutoRepeat
        extension.PerClientFlags(_CORE_KEYBOARD, flag, flag, 0, 0, 0).reply()
        new, changed = xkb.EventType.NewKeyboardNotify, xkb.EventType.MapNotify
        symbols = xkb.MapPart.KeySyms
        extension.SelectEvents(
            _CORE_KEYBOARD, new | changed, 0, new, symbols, symbols, [], is_checked=True
        ).check()

    def _grab(self) -> None:
        """Where the layout has the key now."""
        codes = self._find()
        if codes == self._codes:
            return
        core, roots = self._connection.core, self._connection.setup.roots
        for root in [each.root for each in roots]:
            for old in self._codes:
                core.UngrabKey(old, root, xproto.ModMask.Any)
            for new in codes:
                self._grab_one(root, new)
        self._codes = codes

    def _grab_one(self, root: int, code: int) -> None:
        wanted = sum(_MASKS[each] for each in self._chord.modifiers)
        mode = xproto.GrabMode.Async
        for locks in _LOCKS:
            self._connection.core.GrabKey(
                False, root, wanted | locks, code, mode, mode, is_checked=True
            ).check()

    def _find(self) -> set[int]:
        """The codes of the keys that bear the symbol, without Shift or AltGr."""
        setup = self._connection.setup
        first, count = setup.min_keycode, setup.max_keycode - setup.min_keycode + 1
        layout = self._connection.core.GetKeyboardMapping(first, count).reply()
        width = layout.keysyms_per_keycode
        symbols = list(layout.keysyms)
        wanted = getattr(keysymdef, f"XK_{self._chord.key}")
        unshifted = symbols[::width]
        codes = {first + i for i, symbol in enumerate(unshifted) if symbol == wanted}
        if not codes:
            raise Unavailable(f"this keyboard has no key {self._chord.key}")
        return codes


@contextmanager
def _explained() -> Iterator[None]:
    with translating({xcffib.XcffibException: Unavailable}, "X11: "):
        try:
            yield
        except xproto.AccessError as exc:
            raise Unavailable(
                "another program has these keys already (or a tonny-agent that runs)"
            ) from exc
