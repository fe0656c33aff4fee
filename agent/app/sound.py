"""The microphone by itself: how loud it is, and what it hears."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

import trio

from agent.app import tools
from agent.app.patient import Patient
from agent.config.settings import Mode, Vad
from agent.errors import Unavailable
from agent.events import Event, Level
from agent.floor import Floor
from agent.hearing.levels import Meter
from agent.hearing.surroundings import Orders, Surroundings
from agent.pipeline import Sound
from agent.pipeline.listen import SOUNDS_ROOM, listen
from agent.portaudio import Device, Missing, in_thread, list_devices
from agent.ports import RATE, Microphone

_LISTED_WITHIN = 8.0
"""Seconds after which the sound system hangs: it is asked three things."""

_BLOCK = RATE // 50
_WRITTEN_EVERY = 0.2  # seconds
_SHOWN = 10  # times a second
_UNSHOWN = 100
"""Levels that may wait for a slow terminal; then it misses some."""


async def found_devices() -> list[Device]:
    """All microphones and speakers; without PortAudio, the microphones.

    Raises `Unavailable` when nobody can tell.
    """
    try:
        return await in_thread(list_devices, _LISTED_WITHIN)
    except Missing as missing:
        from agent.hearing.microphones.backends.miniaudio import Miniaudio

        try:
            return await in_thread(Miniaudio().microphones, _LISTED_WITHIN)
        except Unavailable:
            raise missing from None


async def measure(
    vad: Vad,
    microphone: Microphone,
    hz: float,
    show: Callable[[Level], None],
    mode: Mode = "voice",
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call *show* about *hz* times a second, with utterances marked as *vad* and *mode*
    would have it,
    until the microphone ends. Raises `Unavailable` as that does."""
    ear = tools.make_ear(vad, Surroundings(lambda: False, Orders(), mode))
    send, sounds = trio.open_memory_channel[Sound](SOUNDS_ROOM)
    tell, levels = trio.open_memory_channel[Level](_UNSHOWN)

    def publish(event: Event) -> None:
        # A callback of the event loop: what it raised would end everything as a bug.
        if isinstance(event, Level):
            with suppress(
                trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError
            ):
                tell.send_nowait(event)

    heard = Meter(hz).heard
    async with trio.open_nursery() as nursery, send, tell:
        nursery.start_soon(_ignore, sounds)
        nursery.start_soon(_show, levels, show)
        await listen(
            Patient(microphone),
            ear,
            Floor(),
            send,
            publish,
            measure=heard,
            task_status=task_status,
        )


async def _ignore(sounds: trio.MemoryReceiveChannel[Sound]) -> None:
    async for _ in sounds:
        pass


async def _show(
    levels: trio.MemoryReceiveChannel[Level], show: Callable[[Level], None]
) -> None:
    async for level in levels:
        show(level)


class Sink(Protocol):
    """Where recorded sound goes: a WAV file."""

    async def play(self, pcm: bytes, rate: int) -> None: ...


async def record(
    microphone: Microphone,
    open_sink: Callable[[], AbstractAsyncContextManager[Sink]],
    show: Callable[[Level], None],
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Give a sink what is heard, at 16 kHz, until the microphone ends: all of it, even
    if cancelled. *show* is told how loud it is, in the microphone's thread.

    The sink is opened when there is a microphone: a failure makes no file, and costs
    none.
    """
    waiting: deque[bytes] = deque()
    meter = Meter(_SHOWN)

    def hear(frame: bytes) -> None:
        waiting.append(frame)
        if (level := meter.heard(frame, False)) is not None:
            show(level)

    async with (
        Patient(microphone).open(_BLOCK, hear, lambda: True) as listening,
        open_sink() as sink,
        _written(waiting, sink),
    ):
        task_status.started(microphone.name)
        await listening.ended()


@asynccontextmanager
async def _written(waiting: deque[bytes], sink: Sink) -> AsyncIterator[None]:
    """Give *sink* all that is *waiting*, again and again, and once more at the end."""

    async def write() -> None:
        pieces = [waiting.popleft() for _ in range(len(waiting))]
        await sink.play(b"".join(pieces), RATE)

    async def keep_writing() -> None:
        while True:
            await trio.sleep(_WRITTEN_EVERY)
            await write()

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_writing)
            yield
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await write()
