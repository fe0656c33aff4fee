"""Minutes of talk, in virtual time, to an agent whose services have all stalled.

``python -m tests.soak.stalled_hour FOLDER HOW MINUTE…`` prints, as JSON, how many bytes
are resident after each of these minutes, and how often what happened. HOW is one of
``all``, ``but-the-speaker``, and ``deaf``: no embedded recogniser helps out.
"""

import ctypes
import gc
import os
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import trio
import trio_websocket
from trio.testing import MockClock

from agent.app.conversation import Conversation
from agent.app.session import open_session
from agent.app.setup import Setup
from agent.config import Config
from agent.config.settings import Stt, Workflow
from agent.demo import QUESTION
from agent.events import Entry
from agent.hearing.microphones import read_pcm
from agent.ports import RATE
from agent.speaking.speakers.silent import SilentSpeaker
from tests.standins.recogniser import serve_recogniser

PAUSE = 5  # seconds between two utterances
LONGEST = 3.0
"""Seconds that the clock waits for a thread."""


class Report(msgspec.Struct):
    """*resident* are bytes, by minute."""

    resident: dict[str, int]
    happened: dict[str, int]


class Talker:
    """A live microphone, into which someone says the same again and again."""

    name = "talker"
    live = True

    def __init__(self, minutes: list[int], threads: "Threads") -> None:
        self._threads = threads
        self.resident: dict[str, int] = {}
        self.over = trio.Event()
        self._minutes = minutes

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Talker"]:
        said = read_pcm(QUESTION) + bytes(2 * RATE * PAUSE)
        size = 2 * block
        self._frames = cycle(
            said[at : at + size] for at in range(0, len(said) - size + 1, size)
        )
        self._period, self._heard = block / RATE, heard
        yield self

    async def ended(self) -> None:
        began = trio.current_time()
        for minute in self._minutes:
            while trio.current_time() < began + 60 * minute:
                self._heard(next(self._frames))
                await trio.sleep(self._period)
                self._threads.wait()
            self.resident[str(minute)] = _resident()
        self.over.set()


class Threads:
    """Knows what they work on, so that virtual time can stand still meanwhile."""

    def __init__(self) -> None:
        self._work: set[object] = set()
        self._stuck: set[object] = set()
        self._changed = threading.Condition()
        self._run_sync = trio.to_thread.run_sync

    def wait(self) -> None:
        """Until they are done; the loop waits too, and no clock jumps."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._work <= self._stuck, LONGEST):
                self._stuck |= self._work  # whoever took so long will do so for ever

    async def run_sync(
        self, work: Callable[..., object], *args: object, **how: Any
    ) -> object:
        """As Trio's."""
        this = object()

        def counted() -> object:
            self._change(self._work.add, this)
            try:
                return work(*args)
            finally:
                self._change(self._work.discard, this)

        return await self._run_sync(counted, **how)

    def _change(self, change: Callable[[object], None], this: object) -> None:
        with self._changed:
            change(this)
            self._changed.notify()


class Stuck:
    """A speaker that has stopped taking sound."""

    name = "stuck"
    audible = False  # or nobody would be heard while it is stuck
    underruns = 0

    async def prepare(self, rate: int) -> None:
        """It does not even open."""

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.sleep_forever()

    async def drain(self) -> None:
        await trio.sleep_forever()

    def silence(self, *, at_once: bool = True) -> float:
        """It makes no difference."""
        return 0.0

    def volume(self, db: float) -> None:
        """Nor does this."""


async def mute(request: trio_websocket.WebSocketRequest) -> None:
    """A recogniser that lets in everyone, listens, and says nothing."""
    socket = await request.accept()
    try:
        await socket.send_message(
            '{"type":"config","useAudioWorklet":true,"mode":"full"}'
        )
        while True:
            await socket.get_message()
    except trio_websocket.ConnectionClosed:
        pass  # it has given up


async def _take(stream: trio.SocketStream) -> None:
    """The request, and never answer."""
    async with stream:
        async for _ in stream:
            pass


async def main(folder: Path, how: str, minutes: list[int]) -> None:
    happened: Counter[str] = Counter()

    async def count(entries: trio.abc.ReceiveChannel[Entry]) -> None:
        async for entry in entries:
            happened[type(entry.event).__name__] += 1

    threads = Threads()
    vars(trio.to_thread)["run_sync"] = threads.run_sync
    talker = Talker(minutes, threads)
    async with trio.open_nursery() as nursery:
        stt = await nursery.start(serve_recogniser, mute)
        listeners = await nursery.start(trio.serve_tcp, _take, 0)
        port = listeners[0].socket.getsockname()[1]
        config = Config(
            stt=Stt(url=stt, engine="whisperlivekit" if how == "deaf" else "auto"),
            workflow=Workflow(url=f"http://127.0.0.1:{port}/hook"),
        )
        speaker = SilentSpeaker() if how == "but-the-speaker" else Stuck()
        setup = Setup(config, folder, talker, speaker)
        async with open_session(folder, config, [count]) as session:
            with trio.CancelScope() as scope:
                nursery.start_soon(_stop, talker, scope)
                await Conversation(setup, session).hold()
        nursery.cancel_scope.cancel()
    print(msgspec.json.encode(Report(talker.resident, dict(happened))).decode())


async def _stop(talker: Talker, scope: trio.CancelScope) -> None:
    """When the microphone has ended: what is stuck would go on for ever."""
    await talker.over.wait()
    scope.cancel()


def _resident() -> int:
    """Bytes, without what the allocator only has at hand."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    trio.run(
        main,
        Path(sys.argv[1]),
        sys.argv[2],
        [int(minute) for minute in sys.argv[3:]],
        clock=MockClock(autojump_threshold=0),
    )
