"""The whole agent: it listens until the microphone ends or someone stops it."""

import math
import os
import signal
import threading
import time
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import trio

from agent import memory
from agent.app import tools
from agent.app.session import Onlooker, Session, open_session
from agent.config import Config
from agent.desktop.instance import only_instance
from agent.events import Heard
from agent.floor import Floor
from agent.guard import Guard
from agent.pipeline import Line, Sound
from agent.pipeline.listen import SOUNDS_ROOM, listen
from agent.pipeline.speak import speak
from agent.pipeline.think import Thinking, think
from agent.pipeline.transcribe import transcribe
from agent.ports import Microphone, Mind, Speaker
from agent.record.outbox import StoredOutbox
from agent.supervisor import Service, supervise
from agent.vitals import Vitals

HEARD_ROOM = 8
LINES_ROOM = 32

LOADED_AFTER = 3.0
"""Seconds after which the last library is loaded that the settings ask for."""

SHUTDOWN_WITHIN = 5.0
"""Seconds from the first signal to the end, whatever hangs."""


class Setup(msgspec.Struct, frozen=True):
    """What a run is made of."""

    config: Config
    folder: Path
    microphone: Microphone
    speaker: Speaker
    onlookers: Sequence[Onlooker] = ()


async def run(setup: Setup) -> int:
    """Converse until the microphone ends (0) or a signal comes (128 + its number).

    Raises `AlreadyRunning`, `Unavailable` without a microphone, `Misconfigured`,
    or, in a group, the bug that an essential service kept crashing with.
    """
    memory.share_one_heap()
    status = 0

    async def stop_on_signal(session: Session, scope: trio.CancelScope) -> None:
        nonlocal status
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for number in signals:
                if status:  # asked twice: now
                    os._exit(status)
                status = 128 + number
                _exit_within(SHUTDOWN_WITHIN, status)
                session.reason = f"stopped by {signal.Signals(number).name}"
                scope.cancel()

    with only_instance(setup.folder):
        async with (
            open_session(setup.folder, setup.config, setup.onlookers) as session,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(stop_on_signal, session, nursery.cancel_scope)
            await converse(setup, session)
            nursery.cancel_scope.cancel()
    return status


def _exit_within(seconds: float, status: int) -> None:
    """A hung audio library or disk must not keep the process: it is asked, then told."""
    deadline = threading.Timer(seconds, os._exit, [status])
    deadline.daemon = True
    deadline.start()


async def converse(setup: Setup, session: Session) -> None:
    """Keep the four stages running until the microphone has ended and all is said.

    The microphone comes first: the others load their libraries once it is open.
    """
    config, publish = setup.config, session.hub.publish
    sounds = trio.open_memory_channel[Sound](SOUNDS_ROOM)
    heard = trio.open_memory_channel[Heard](HEARD_ROOM)
    lines = trio.open_memory_channel[Line](LINES_ROOM)
    coupled = setup.microphone.live and setup.speaker.audible
    floor = Floor(barge_in=coupled and config.audio.duplex == "full")
    half_duplex = coupled and config.audio.duplex == "half"
    ear = tools.make_ear(config.vad, deaf=lambda: half_duplex and floor.ours)
    listening = trio.Event()

    async def hear(*, task_status: trio.TaskStatus[str]) -> None:
        async with trio.open_nursery() as nursery:
            run = partial(listen, setup.microphone, ear, floor, sounds[0], publish)
            task_status.started(await nursery.start(run))
            listening.set()
        sounds[0].close()

    async def understand(*, task_status: trio.TaskStatus[str]) -> None:
        await listening.wait()
        await transcribe(
            sounds[1],
            await tools.ears(config, publish),
            heard[0],
            publish,
            min_confidence=config.stt.min_confidence,
            task_status=task_status,
        )
        heard[0].close()

    async def answer(*, task_status: trio.TaskStatus[str]) -> None:
        await listening.wait()
        async with tools.mind(config, publish) as (mind, guard):
            thinking = thinking_of(config, session, mind, guard)
            await think(heard[1], thinking, lines[0], publish, task_status=task_status)
        lines[0].close()

    async def voice(*, task_status: trio.TaskStatus[str]) -> None:
        await listening.wait()
        async with tools.voices(config, publish) as voices:
            speaker = setup.speaker
            await speak(
                lines[1], voices, speaker, floor, publish, task_status=task_status
            )

    vitals = Vitals(tools.peers(config))
    services = [
        Service("microphone", hear, at_once=True),
        Service("transcribe", understand),
        Service("think", answer),
        Service("speaker", voice),
    ]
    async with trio.open_nursery() as nursery:
        with session.hub.watching(1000) as entries:
            nursery.start_soon(vitals.follow, entries, publish)
            nursery.start_soon(vitals.measure, publish, config.health.interval)
            nursery.start_soon(_settle_down, listening)
            await supervise(services, publish)
        nursery.cancel_scope.cancel()


async def _settle_down(listening: trio.Event) -> None:
    await listening.wait()
    await trio.sleep(LOADED_AFTER)
    memory.settle_down()


def thinking_of(
    config: Config, session: Session, mind: Mind, guard: Guard, *, alone: bool = False
) -> Thinking:
    """What the think stage needs; *alone* leaves what other sessions kept to them."""
    workflow = config.workflow
    return Thinking(
        mind,
        guard,
        StoredOutbox(session.store, room=workflow.queue_size),
        session.id,
        new_id=lambda: str(uuid.uuid4()),
        wall=time.time,
        context_turns=workflow.context_turns,
        speak_within=workflow.speak_within,
        adopt_after=math.inf if alone else workflow.deadline,
    )
