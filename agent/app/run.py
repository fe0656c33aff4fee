"""The whole agent: it listens until the microphone ends or someone stops it."""

import os
import signal
import threading
import time
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from agent.app import tools
from agent.app.session import Onlooker, Session, open_session
from agent.config import Config
from agent.desktop.instance import only_instance
from agent.events import Heard
from agent.floor import Floor
from agent.hearing.ear import make_ear
from agent.pipeline import Line, Sound
from agent.pipeline.listen import SOUNDS_ROOM, listen
from agent.pipeline.speak import speak
from agent.pipeline.think import Thinking, think
from agent.pipeline.transcribe import transcribe
from agent.ports import Microphone, Speaker
from agent.record.outbox import StoredOutbox
from agent.supervisor import Run, Service, supervise
from agent.vitals import Vitals

HEARD_ROOM = 8
LINES_ROOM = 32

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
    status = 0

    async def stop_on_signal(scope: trio.CancelScope) -> None:
        nonlocal status
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for number in signals:
                if status:  # asked twice: now
                    os._exit(status)
                status = 128 + number
                _exit_within(SHUTDOWN_WITHIN, status)
                scope.cancel()

    with only_instance(setup.folder):
        async with (
            open_session(setup.folder, setup.config, setup.onlookers) as session,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(stop_on_signal, nursery.cancel_scope)
            await converse(setup, session)
            nursery.cancel_scope.cancel()
    return status


def _exit_within(seconds: float, status: int) -> None:
    """A hung audio library or disk must not keep the process: it is asked, then told."""
    deadline = threading.Timer(seconds, os._exit, [status])
    deadline.daemon = True
    deadline.start()


async def converse(setup: Setup, session: Session) -> None:
    """Open the tools and the channels, and keep the four stages running."""
    config, publish = setup.config, session.hub.publish
    coupled = setup.microphone.live and setup.speaker.audible
    floor = Floor(barge_in=coupled and config.audio.duplex == "full")
    half_duplex = coupled and config.audio.duplex == "half"
    ear = make_ear(
        config.vad, tools.vad_weights(config), lambda: half_duplex and floor.ours
    )
    vitals = Vitals(tools.peers(config))
    async with (
        tools.voices(config, publish) as voices,
        tools.mind(config, publish) as (mind, guard),
        trio.open_nursery() as nursery,
    ):
        sounds = trio.open_memory_channel[Sound](SOUNDS_ROOM)
        heard = trio.open_memory_channel[Heard](HEARD_ROOM)
        lines = trio.open_memory_channel[Line](LINES_ROOM)
        thinking = Thinking(
            mind,
            guard,
            StoredOutbox(session.store, room=config.workflow.queue_size),
            session.id,
            new_id=new_id,
            wall=time.time,
            context_turns=config.workflow.context_turns,
            speak_within=config.workflow.speak_within,
            adopt_after=config.workflow.deadline,
        )
        services = [
            Service(
                "microphone",
                _closing(
                    partial(listen, setup.microphone, ear, floor, sounds[0], publish),
                    sounds[0],
                ),
                at_once=True,
            ),
            Service(
                "transcribe",
                _closing(
                    partial(
                        transcribe,
                        sounds[1],
                        tools.ears(config, publish),
                        heard[0],
                        publish,
                        min_confidence=config.stt.min_confidence,
                    ),
                    heard[0],
                ),
            ),
            Service(
                "think",
                _closing(
                    partial(think, heard[1], thinking, lines[0], publish), lines[0]
                ),
            ),
            Service(
                "speaker",
                partial(speak, lines[1], voices, setup.speaker, floor, publish),
            ),
        ]
        with session.hub.watching(1000) as entries:
            nursery.start_soon(vitals.follow, entries, publish)
            nursery.start_soon(vitals.measure, publish, config.health.interval)
            await supervise(services, publish)
        nursery.cancel_scope.cancel()


def _closing(stage: Run, channel: trio.MemorySendChannel[Any]) -> Run:
    """A stage that returns has nothing more to say: so the end of a file travels on
    down the channels. One that fails is restarted, and finds its channel open."""

    async def run_and_close(*, task_status: trio.TaskStatus[str]) -> None:
        await stage(task_status=task_status)
        channel.close()

    return run_and_close


def new_id() -> str:
    """An idempotency key."""
    return str(uuid.uuid4())
