"""An X server without a screen, and whoever presses its keys."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

xcffib = pytest.importorskip("xcffib", reason='the extra "hotkey" is not installed')

from xcffib import keysymdef, xproto, xtest  # noqa: E402 # only where it is

_PRESS = xproto.KeyPressEvent.event_number
_RELEASE = xproto.KeyReleaseEvent.event_number


@contextmanager
def x_server() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Its display and its process; skips where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb: apt-get install xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "64x64x8", "-noreset"]
    with subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        try:
            yield display, server
        finally:
            server.kill()


class Typist:
    """Presses keys as a keyboard would (the XTEST extension)."""

    def __init__(self, display: str) -> None:
        self._connection = xcffib.connect(display)
        self._test = self._connection(xtest.key)
        setup = self._connection.setup
        self._first = setup.min_keycode
        self._root = setup.roots[0].root
        count = setup.max_keycode - self._first + 1
        layout = self._connection.core.GetKeyboardMapping(self._first, count).reply()
        self._symbols = list(layout.keysyms)
        self._width = layout.keysyms_per_keycode

    def press(self, *keys: str) -> None:
        self._fake(_PRESS, keys)

    def release(self, *keys: str) -> None:
        self._fake(_RELEASE, keys)

    def swap(self, one: str, other: str) -> None:
        """Change the layout: each of two keys now is the other one."""
        codes = [self._code(one), self._code(other)]
        symbols = [getattr(keysymdef, f"XK_{name}") for name in (other, one)]
        for code, symbol in zip(codes, symbols, strict=True):
            self._connection.core.ChangeKeyboardMapping(
                1, code, 1, [symbol], is_checked=True
            ).check()

    def close(self) -> None:
        self._connection.disconnect()

    def _fake(self, kind: int, keys: tuple[str, ...]) -> None:
        for name in keys:
            code = self._code(name)
            self._test.FakeInput(kind, code, 0, self._root, 0, 0, 0)
        self._connection.core.GetInputFocus().reply()  # so that it has happened

    def _code(self, name: str) -> int:
        symbol = getattr(keysymdef, f"XK_{name}")
        return int(self._first + self._symbols.index(symbol) // self._width)
