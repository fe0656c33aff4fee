"""The whole agent inside of another program."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

import agent
from agent.demo import QUESTION
from agent.desktop.instance import AlreadyRunning
from agent.events import Heard, Replied, Spoken
from tests.standins.web import serve_web
from tests.standins.workflow import repeat

Condition = Callable[[agent.Event], bool]


def _config(**sections: dict[str, Any]) -> agent.Config:
    quiet = {"audio": {"microphone": "no such microphone", "speaker": "none"}}
    return agent.configure(**(quiet | sections))


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sockets of one's own."""
    folder = tmp_path / "run"
    folder.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return tmp_path


@asynccontextmanager
async def _open(folder: Path, **more: Any) -> AsyncIterator[agent.Agent]:
    config = more.pop("config", None) or _config()
    with trio.fail_after(60):
        opened = agent.open_agent(config, data_dir=folder / "data", **more)
        async with opened as tonny:
            yield tonny


async def _until(
    entries: trio.abc.ReceiveChannel[agent.Entry], seen: Condition
) -> agent.Event:
    async for entry in entries:
        if seen(entry.event):
            return entry.event
    raise AssertionError("it ended before")


async def test_it_answers_and_speaks_without_a_microphone(
    runtime: Path, models: Path
) -> None:
    async with _open(runtime) as tonny:
        with tonny.events() as entries:
            answer = await tonny.ask("what time is it?")
            assert answer.startswith("It is ")
            spoken = await _until(entries, lambda e: isinstance(e, Spoken))
        assert isinstance(spoken, Spoken)
        standing = await tonny.health()
        assert standing.muted
        session = tonny.session
    with closing(sqlite3.connect(runtime / "data" / "tonny.db")) as db:
        rows = db.execute(
            "SELECT type FROM conversations WHERE session_id = ? ORDER BY id", [session]
        ).fetchall()
        ended = db.execute(
            "SELECT body FROM events WHERE type = 'session_ended'"
        ).fetchone()
    assert ("transcription",) in rows
    assert ("response",) in rows
    assert "closed" in ended[0]


async def test_it_says_what_it_is_given_and_stops(runtime: Path, models: Path) -> None:
    async with _open(runtime) as tonny:
        with tonny.events() as entries:
            await tonny.say("Dinner is ready.")
            said = await _until(entries, lambda e: isinstance(e, Spoken))
        assert isinstance(said, Spoken)
        assert said.text == "Dinner is ready."
        await tonny.say("Nobody will hear this. " * 50)
        await tonny.stop()
        assert (await tonny.health()).speech == ()


async def test_a_file_that_plays_the_microphone_is_heard_and_ends_it(
    runtime: Path, models: Path
) -> None:
    audio = {"microphone": str(QUESTION), "speaker": "none"}
    config = _config(audio=audio)
    async with _open(runtime, config=config, listening=True) as tonny:
        with tonny.events() as entries:
            heard = await _until(entries, lambda e: isinstance(e, Heard))
            replied = await _until(entries, lambda e: isinstance(e, Replied))
    assert isinstance(heard, Heard)
    assert "time" in heard.text
    assert isinstance(replied, Replied)


async def test_the_microphone_is_open_only_while_it_listens(
    runtime: Path, models: Path
) -> None:
    async with _open(runtime) as tonny:
        assert (await tonny.health()).muted
        await tonny.start_listening()
        assert not (await tonny.health()).muted
        await tonny.stop_listening()
        assert (await tonny.health()).muted
        assert await tonny.ask("help")  # there is no microphone, and it goes on


async def test_a_workflow_that_is_away_keeps_the_question(
    runtime: Path, models: Path
) -> None:
    config = _config(workflow={"url": "http://127.0.0.1:9/webhook/tonny"})
    async with _open(runtime, config=config) as tonny:
        with pytest.raises(agent.Unavailable, match="refused"):
            await tonny.ask("are you there?")
        assert (await tonny.health()).queue.waiting == 1


async def test_it_asks_the_workflow_that_is_configured(
    runtime: Path, nursery: trio.Nursery, models: Path
) -> None:
    url = await nursery.start(partial(serve_web, repeat))
    async with _open(runtime, config=_config(workflow={"url": url})) as tonny:
        assert await tonny.ask("hello") == "You said hello."
        trials = {trial.name: trial for trial in await tonny.test_integrations()}
    assert trials["n8n"].passed
    assert trials["record"].passed
    assert trials["microphone"].passed is False
    nursery.cancel_scope.cancel()


async def test_two_do_not_share_a_folder(runtime: Path, models: Path) -> None:
    async with _open(runtime):
        with pytest.raises(AlreadyRunning):
            async with _open(runtime):
                pass


async def test_what_goes_wrong_in_the_block_comes_out_as_itself(runtime: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with _open(runtime):
            raise ZeroDivisionError


async def test_a_setting_that_cannot_be_meant_is_told_at_once(runtime: Path) -> None:
    config = _config(audio={"microphone": str(runtime / "no.wav"), "speaker": "none"})
    with pytest.raises(agent.AgentError, match=r"no\.wav"):
        async with _open(runtime, config=config):
            pass


async def test_it_ends_when_it_is_told_to(runtime: Path, models: Path) -> None:
    from agent.control.commands import Shutdown

    async with _open(runtime) as tonny:
        await tonny.do(Shutdown())
        await tonny.ended()
