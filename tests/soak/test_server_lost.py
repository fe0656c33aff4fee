"""The same in virtual time: the server is lost again and again, at any moment.

All is real but the network and the recogniser: for it sound is text.
"""

import errno
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
import trio_websocket
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from agent.config.settings import Stt
from agent.events import Event, Heard, SpeechEnded, SpeechStarted, Unheard
from agent.hearing.whisperlivekit import connection, open_whisperlivekit
from agent.ladder import Ladder
from agent.pipeline import Sound
from agent.pipeline.recall import Recalling, recall
from agent.pipeline.transcribe import Understanding, transcribe
from agent.ports import Transcriber, Transcript, Utterance
from agent.record.spool import Note
from agent.sounds import Paused, Resumed
from agent.utterance import Recording
from tests import fakes

UTTERANCES, LOSSES = 100, 10
SECONDS = 3.2
"""Of an utterance and the pause after it, about."""


class Network:
    """Where a server listens, or nobody does."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.up = True
        self._nursery = nursery
        self._connections: list[trio.CancelScope] = []

    async def dial(self, _: object) -> trio.StapledStream:  # type: ignore[type-arg] # of whichever streams
        await trio.sleep(0.005)
        if not self.up:
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        ours, theirs = memory_stream_pair()
        self._nursery.start_soon(self._serve, theirs)
        return ours

    def lose(self) -> None:
        """As if the server had been killed: nobody says goodbye."""
        self.up = False
        for scope in self._connections:
            scope.cancel()
        self._connections.clear()

    async def _serve(self, stream: trio.StapledStream) -> None:  # type: ignore[type-arg] # of whichever streams
        with trio.CancelScope() as scope:
            self._connections.append(scope)
            try:
                await _hear(stream)
            except* trio_websocket.ConnectionClosed:
                pass  # the client has what it wanted
        await trio.aclose_forcefully(stream)


async def _hear(stream: trio.StapledStream) -> None:  # type: ignore[type-arg] # of whichever streams
    async with trio.open_nursery() as nursery:
        request = await trio_websocket.wrap_server_stream(nursery, stream)
        socket = await request.accept()
        await socket.send_message(
            '{"type":"config","useAudioWorklet":true,"mode":"full"}'
        )
        text = ""
        while frame := await socket.get_message():
            assert isinstance(frame, bytes)
            text += frame.decode()
            await socket.send_message(f'{{"lines":[],"buffer_transcription":"{text}"}}')
        await trio.sleep(0.2)
        await socket.send_message(f'{{"lines":[{{"speaker":1,"text":" {text}"}}]}}')
        await socket.send_message('{"type":"ready_to_stop"}')
        await socket.get_message()


class Embedded:
    """A recogniser that is always there, and takes a moment."""

    name = "embedded"

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        async for _ in utterance.chunks():
            pass
        await trio.sleep(0.15)
        return Transcript(" ".join(utterance.pcm.decode().split()))


class Cupboard:
    """Satisfies both `Shelf` and `Spool`, in memory."""

    def __init__(self) -> None:
        self._kept: Sequence[tuple[Note, bytes]] = ()
        self._news = trio.Event()

    @property
    def empty(self) -> bool:
        return not self._kept

    async def keep(self, recording: Recording) -> None:
        await trio.sleep(0.01)
        note = Note(str(recording.turn), recording.turn, "session", 0.0, None)
        self._keep([*self._kept, (note, recording.pcm)])

    async def filled(self) -> None:
        while not self._kept:
            await self._news.wait()

    async def emptied(self) -> None:
        while self._kept:
            await self._news.wait()

    async def waiting(self) -> list[Note]:
        await trio.lowlevel.checkpoint()
        return [note for note, _ in self._kept]

    async def load(self, note: Note) -> bytes:
        await trio.sleep(0.01)
        return next(pcm for kept, pcm in self._kept if kept is note)

    async def forget(self, note: Note) -> None:
        await trio.sleep(0.01)
        self._keep([kept for kept in self._kept if kept[0] is not note])

    def _keep(self, these: Sequence[tuple[Note, bytes]]) -> None:
        self._kept = these
        self._news.set()
        self._news = trio.Event()


def _said(turn: int) -> str:
    return f"this is number {turn} of them"


async def _talk(sounds: trio.MemorySendChannel[Sound], luck: random.Random) -> None:
    pause = 0
    async with sounds:
        for turn in range(1, UTTERANCES + 1):
            await sounds.send(SpeechStarted(turn))
            for word in _said(turn).split():
                if luck.random() < 0.1:
                    pause += 1
                    await sounds.send(Paused(pause))
                    await trio.sleep(luck.uniform(0.05, 0.4))
                    await sounds.send(Resumed())
                await trio.sleep(luck.uniform(0.1, 0.4))
                spaced = f"{word} ".encode()
                await sounds.send(spaced + b" " * (len(spaced) % 2))
            pause += 1
            await trio.sleep(0.25)
            await sounds.send(Paused(pause))
            await trio.sleep(0.3)
            await sounds.send(SpeechEnded(turn, 1, 0.55))
            await trio.sleep(luck.uniform(0.1, 2))


async def _lose_at_random(network: Network, luck: random.Random) -> None:
    moments = sorted(luck.uniform(1, UTTERANCES * SECONDS) for _ in range(LOSSES))
    for moment in moments:
        await trio.sleep_until(moment)
        network.lose()
        await trio.sleep(luck.uniform(0, 6))
        network.up = True


@asynccontextmanager
async def _ears(
    *, embedded: bool, publish: Callable[[Event], None]
) -> AsyncIterator[Ladder[Transcriber]]:
    async with open_whisperlivekit(Stt(url="ws://nobody:8000")) as server:
        more = [Embedded()] if embedded else []
        yield fakes.ears(server, *more, publish=publish)


@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "disk"])
@pytest.mark.parametrize("seed", range(3))
async def test_every_utterance_is_heard_once_in_its_place(
    seed: int,
    embedded: bool,
    autojump_clock: MockClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    luck, events, shelf = random.Random(seed), list[Event](), Cupboard()
    to_stage, sounds = trio.open_memory_channel[Sound](150)
    send_heard, heard = trio.open_memory_channel[Heard](UTTERANCES)
    to_recall, wake = trio.open_memory_channel[None](0)
    texts: list[tuple[int, str]] = []
    note = texts.append

    async def take_in() -> None:
        async for each in heard:
            note((each.turn, each.text))

    async with trio.open_nursery() as world:
        network = Network(world)
        monkeypatch.setattr(connection, "open_stream", network.dial)
        world.start_soon(_talk, to_stage, luck)
        world.start_soon(_lose_at_random, network, random.Random(seed))
        world.start_soon(take_in)
        async with _ears(embedded=embedded, publish=events.append) as ears:
            recalling = Recalling(shelf, ears, "session", lambda: 0)
            world.start_soon(recall, wake, recalling, send_heard, events.append)
            understanding = Understanding(ears, shelf=shelf)
            await transcribe(sounds, understanding, send_heard, events.append)
            await shelf.emptied()
        await wait_all_tasks_blocked()
        world.cancel_scope.cancel()
    to_recall.close()
    assert texts == [(turn, _said(turn)) for turn in range(1, UTTERANCES + 1)]
    kept = [event for event in events if isinstance(event, Unheard)]
    assert all(event.kept for event in kept)
    assert bool(kept) is not embedded
    engines = {event.engine for event in events if isinstance(event, Heard)}
    assert engines == (
        {"whisperlivekit", "embedded"} if embedded else {"whisperlivekit"}
    )
