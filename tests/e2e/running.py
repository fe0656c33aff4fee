"""A running agent, and what it tells."""

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import trio

from tests.e2e.agent_process import RATE, command, silence, write_wav

WITHIN = 120.0
"""Seconds for anything here."""


def settings(url: str, folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder),
        "TONNY_TTS__API_KEY": "any",
        "TONNY_TTS__BASE_URL": url,
        "TONNY_TTS__FORMAT": f"pcm_{RATE}",
        **more,
    }


async def run(env: dict[str, str], *arguments: object) -> str:
    """What the program prints."""
    with trio.fail_after(WITHIN):
        done = await trio.run_process(
            command(*arguments), env=env, capture_stdout=True, capture_stderr=True
        )
    return done.stdout.decode()


class Agent:
    """A running agent that hears nothing, and what it told so far."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self._env = env
        self._folder = folder
        self._news = trio.Event()
        self.told: list[dict[str, Any]] = []

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        room = write_wav(self._folder / "room.wav", [silence(10 * WITHIN)])
        arguments = command(
            "run", "--microphone", room, "--speaker", self._folder / "said.wav",
            "--data-dir", self._folder / "data", "--json",
        )  # fmt: skip
        async with trio.open_nursery() as nursery:
            process = await nursery.start(
                partial(
                    trio.run_process, arguments, env=self._env, stdout=subprocess.PIPE
                )
            )
            self._pid = process.pid
            rest = b""
            task_status.started()
            async for data in process.stdout:
                *lines, rest = (rest + data).split(b"\n")
                self.told += [json.loads(line)["event"] for line in lines]
                self._news.set()
                self._news = trio.Event()

    async def until(self, count: int = 1, **wanted: object) -> dict[str, Any]:
        """The *count*-th event that is like *wanted*."""
        with trio.fail_after(WITHIN):
            while len(found := self.like(**wanted)) < count:
                await self._news.wait()
        return found[count - 1]

    def like(self, **wanted: object) -> list[dict[str, Any]]:
        return [e for e in self.told if wanted.items() <= e.items()]

    async def breaker(self) -> str:
        """Whether ElevenLabs is spoken to."""
        ask = command("status", "--json", "--data-dir", self._folder / "data")
        done = await trio.run_process(
            ask, env=self._env, capture_stdout=True, check=False
        )
        parts = {each["name"]: each for each in json.loads(done.stdout)["integrations"]}
        standing: str = parts["elevenlabs"]["breaker"]
        return standing

    @property
    def memory(self) -> int:
        """Bytes that it holds."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def ask(self, text: str) -> None:
        """Whatever comes of it is told."""
        ask = command("ask", text, "--data-dir", self._folder / "data")
        await trio.run_process(
            ask, env=self._env, capture_stdout=True, capture_stderr=True, check=False
        )

    async def say(self, text: str) -> None:
        await self.order("say", text)

    async def order(self, *arguments: str) -> None:
        await run(self._env, *arguments, "--data-dir", self._folder / "data")


async def started(url: str, folder: Path, nursery: trio.Nursery, **more: str) -> Agent:
    """One that takes orders, and keeps nothing of what ElevenLabs says at *url*."""
    env = settings(url, folder, **more)
    env |= {"TONNY_CONVERSATION__EARCONS": "false", "TONNY_TTS__CACHE_MB": "0"}
    agent = Agent(env, folder)
    await nursery.start(agent.run)
    await agent.until(event="ready", name="control")
    return agent
