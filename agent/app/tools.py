"""The ladders: which ears and which minds, best first (see `voices` for those).

What is not configured costs nothing: an adapter's library is imported when the
settings ask for it, and a local model is loaded when it is first needed.
"""

import importlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import trio

from agent.app.peers import limits
from agent.config import Config
from agent.config.settings import Audio, Vad
from agent.core.breaker import Breaker
from agent.errors import Unavailable
from agent.events import Event
from agent.guard import Guard
from agent.hearing.late import LateEar
from agent.hearing.surroundings import Echo, Surroundings
from agent.ladder import Ladder, Rung, Tool
from agent.limit import Limit
from agent.ports import (
    Ear,
    EndpointPolicy,
    Mind,
    Pushed,
    Seen,
    Speaker,
    Transcriber,
)

SILERO_BLOCK, WEBRTC_BLOCK = 512, 320
"""Samples that each voice detector judges at a time (32 and 20 ms)."""

logger = logging.getLogger(__name__)

Publish: TypeAlias = Callable[[Event], None]


def make_ear(vad: Vad, around: Surroundings) -> LateEar:
    """An ear with Silero where its weights are; else WebRTC's detector does, less
    well in noise."""
    weights = _weights(vad)

    def make() -> Ear:
        from agent.hearing.ear import make_ear

        if around.echo is not None:
            around.echo.load()
        return make_ear(vad, weights, around)

    return LateEar(SILERO_BLOCK if weights is not None else WEBRTC_BLOCK, make)


def make_echo(audio: Audio, speaker: Speaker) -> Echo | None:
    """What takes the sound of *speaker* out of what is heard, if that is wanted and
    can be had. Raises `Misconfigured` where it must be had and cannot."""
    from agent.hearing.echo import make_echo
    from agent.speaking.speakers.tapped import Tap, Tapped

    echo = make_echo(audio.echo)
    if echo is None or not isinstance(speaker, Tapped):
        return None
    speaker.tap(Tap(echo.reference))
    return echo


def _weights(vad: Vad) -> Path | None:
    if vad.engine != "silero":
        return None
    from agent import models
    from agent.models.manifest import SILERO

    try:
        return models.locate(SILERO)
    except Unavailable as exc:
        logger.warning("hearing without Silero, so less well in noise: %s", exc)
        return None


def ladder(
    tools: Sequence[Tool], publish: Publish, limits: Mapping[str, Limit] | None = None
) -> Ladder[Tool]:
    """Each of *tools* behind a guard, the best first; *limits* by their names."""
    found = limits or {}
    return Ladder(
        [Rung(tool, _guard(tool.name, publish), found.get(tool.name)) for tool in tools]
    )


@asynccontextmanager
async def found_ears(config: Config) -> AsyncIterator[list[Transcriber]]:
    """WhisperLiveKit where it is configured, then the embedded recogniser."""
    found: list[Transcriber] = []
    async with AsyncExitStack() as stack:
        if has_server(config) and config.stt.engine != "moonshine":
            await imported("agent.hearing.whisperlivekit")
            from agent.hearing.whisperlivekit import open_whisperlivekit

            server = await stack.enter_async_context(open_whisperlivekit(config.stt))
            found.append(server)
        if config.stt.engine != "whisperlivekit":
            from agent.hearing.moonshine import Moonshine

            found.append(Moonshine(config.stt.language))
        yield found


def has_server(config: Config) -> bool:
    """Whether any WhisperLiveKit is configured."""
    return bool(config.stt.url or config.stt.servers)


def policy(vad: Vad) -> EndpointPolicy | None:
    """How long a pause may be, where that depends on what was said."""
    if vad.endpointing == "fixed":
        return None
    from agent.core.completeness import Completeness

    return Completeness(vad.hangover_complete_ms, vad.hangover_incomplete_ms)


@asynccontextmanager
async def minds(
    config: Config, publish: Publish, seen: Seen, pushed: Pushed
) -> AsyncIterator[Ladder[Mind]]:
    """The workflow where one is configured, else the small built-in responder. What a
    workflow wants without having been asked is *pushed*."""
    async with AsyncExitStack() as stack:
        found: list[Mind] = []
        if config.workflow.transport == "websocket":
            await imported("agent.thinking.websocket")
            from agent.thinking.websocket import open_websocket

            opened = open_websocket(config.workflow, seen, pushed)
            found.append(await stack.enter_async_context(opened))
        if config.workflow.transport == "rabbitmq":
            await imported("agent.thinking.rabbitmq")
            from agent.thinking.rabbitmq import open_work_queue

            queue = open_work_queue(config)
            found.append(await stack.enter_async_context(queue))
        if config.workflow.url:
            await imported("agent.thinking.webhook")
            from agent.thinking.webhook import Webhook
            from agent.web import open_client

            client = await stack.enter_async_context(open_client())
            found.append(Webhook(client, config.workflow, seen, publish))
        if not found:
            from agent.thinking.builtin import Builtin

            found.append(Builtin())
        yield ladder(found, publish, limits(config))


async def imported(module: str) -> None:
    """Import *module* in a thread: some take longer than the event loop may stand
    still."""
    await trio.to_thread.run_sync(importlib.import_module, module)


def _guard(name: str, publish: Publish) -> Guard:
    return Guard(name, publish, Breaker())
