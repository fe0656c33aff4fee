"""The real WhisperLiveKit is killed again and again while someone talks to the agent.

With ``TONNY_SOAK=1`` for six minutes and a hundred utterances, else for half a minute.
"""

import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from tests.e2e.agent_process import command, silence, word_errors, write_wav
from tests.hearing.sound import spoken
from tests.rigs.whisperlivekit import free_port, needs_peer, running
from tests.soak.sentences import sentences

pytestmark = needs_peer

LONG = bool(os.environ.get("TONNY_SOAK"))
UTTERANCES, KILLS = (100, 10) if LONG else (8, 2)
SEED = int(os.environ.get("TONNY_SOAK_SEED", "1"))
PHASES = ("finishing", "speaking", "between")
PAUSE = 1.0
FLAGS = ("--pcm-input", "--no-vac")


class Agent:
    """What the agent has told so far."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._told = trio.Event()

    async def follow(self, output: trio.abc.ReceiveStream) -> None:
        left = b""
        async for some in output:
            *lines, left = (left + some).split(b"\n")
            self.events += [msgspec.json.decode(line)["event"] for line in lines]
            self._told.set()
            self._told = trio.Event()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    async def told(self, kind: str, count: int) -> None:
        while len(self.of(kind)) < count:
            await self._told.wait()


class Server:
    """The server at one address, in one life after the other."""

    def __init__(self, model: Path) -> None:
        self.port = free_port()
        self._model = model
        self._up = trio.Event()
        self._process: trio.Process | None = None

    async def live(self) -> None:
        """Serve, and start again after each death, until cancelled."""
        while True:
            async with running(self._model, *FLAGS, port=self.port) as (_, process):
                self._process = process
                self._up.set()
                await process.wait()
                self._up = trio.Event()

    async def kill(self) -> None:
        """As soon as it is up, if it is not."""
        await self._up.wait()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


async def _kill_at_random(
    server: Server, agent: Agent, seconds: list[float], kills: list[str]
) -> None:
    """While someone speaks, while their last words are worked out, and between."""
    luck = random.Random(SEED)
    order = [PHASES[n % len(PHASES)] for n in range(KILLS)]
    luck.shuffle(order)
    turns = sorted(luck.sample(range(2, UTTERANCES), KILLS))
    for turn, phase in zip(turns, order, strict=True):
        await agent.told("heard" if phase == "between" else "speech_started", turn)
        length = seconds[turn - 1]
        await trio.sleep(
            {
                "speaking": luck.uniform(0, length),
                "finishing": length + luck.uniform(0, 0.5),
                "between": luck.uniform(0, 0.5),
            }[phase]
        )
        await server.kill()
        kills.append(phase)


@asynccontextmanager
async def _talking(talk: Path, port: int, folder: Path) -> AsyncIterator[Agent]:
    """An agent that hears *talk*; the block ends when it has."""
    agent = Agent()
    run = partial(
        trio.run_process,
        command(
            "run", "--microphone", talk, "--speaker", "none", "--data-dir", folder,
            "--json",
        ),
        env={**os.environ, "TONNY_STT__URL": f"ws://127.0.0.1:{port}"},
        stdout=-1,
    )  # fmt: skip
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(run)
        assert process.stdout is not None
        nursery.start_soon(agent.follow, process.stdout)
        yield agent


async def test_every_utterance_has_its_one_transcript_in_its_place(
    models: Path, tmp_path: Path
) -> None:
    said = sentences(UTTERANCES)
    pcm = [spoken(sentence) for sentence in said]
    pieces = [silence(1), *(piece for each in pcm for piece in (each, silence(PAUSE)))]
    talk = write_wav(tmp_path / "talk.wav", pieces)
    kills: list[str] = []
    server = Server(models / "moonshine-tiny-en")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.live)
        async with _talking(talk, server.port, tmp_path / "data") as agent:
            seconds = [len(each) / 32_000 for each in pcm]
            nursery.start_soon(_kill_at_random, server, agent, seconds, kills)
        nursery.cancel_scope.cancel()
    heard = agent.of("heard")
    engines = Counter(event["engine"] for event in heard)
    print(f"heard by {dict(engines)}, killed {dict(Counter(kills))}")  # see pytest -rP
    assert len(kills) == KILLS
    assert [event["turn"] for event in heard] == [*range(1, UTTERANCES + 1)]
    for sentence, event in zip(said, heard, strict=True):
        wrong = word_errors(sentence, event["text"])
        assert wrong <= 2, event
        assert wrong == min(word_errors(any_, event["text"]) for any_ in said), event
    assert engines.keys() <= {"whisperlivekit", "moonshine"}
    assert not agent.of("unheard")
    assert [event["turn"] for event in agent.of("replied")] == [
        event["turn"] for event in heard
    ]
