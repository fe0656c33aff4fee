"""The program on a terminal of its own, and a person who reads and types."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from tests.e2e.agent_process import command

PATIENCE = 60.0
AGAIN_AFTER = 5.0
_CONTROL = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]|\r")


class Terminal:
    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._read = b""
        self._at = 0

    @property
    def shown(self) -> str:
        return _CONTROL.sub(b"", self._read).decode(errors="replace")

    def until(self, text: str) -> None:
        """Read on until *text* is shown, after what was waited for before."""
        limit = time.monotonic() + PATIENCE
        while (found := self.shown.find(text, self._at)) < 0:
            assert time.monotonic() < limit, self.shown
            assert self._more(), self.shown
        self._at = found + len(text)

    def read(self, within: float) -> None:
        """What is shown *within* so many seconds, if anything is."""
        if select.select([self._descriptor], [], [], within)[0]:
            self._more()

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def answer(self, question: str, text: str = "") -> None:
        self.until(question)
        self.type(f"{text}\n")

    def status(self, again: str = "") -> int:
        """Read to its end; who waits in vain types *again*, as people do: CPython's
        readline misses a Ctrl-C that comes just as it begins to wait."""
        while True:
            if again and not select.select([self._descriptor], [], [], AGAIN_AFTER)[0]:
                self.type(again)
            elif not self._more():
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _more(self) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], PATIENCE)
        assert ready, self.shown
        try:
            more = os.read(self._descriptor, 4096)
        except OSError:  # the other end is closed
            return False
        self._read += more
        return bool(more)


@contextmanager
def on_terminal(*arguments: object, env: Mapping[str, str]) -> Iterator[Terminal]:
    pid, descriptor = pty.fork()
    if pid == 0:
        os.environ.update(env)
        program, *rest = command(*arguments)
        os.execv(program, [program, *rest])  # noqa: S606 # on its terminal
    terminal = Terminal(pid, descriptor)
    try:
        yield terminal
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.close(descriptor)
