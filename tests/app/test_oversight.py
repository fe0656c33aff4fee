"""What is known of everything, and how often it may be used."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from agent.app.oversight import Oversight
from agent.app.peers import limits
from agent.config import Config
from agent.config.settings import Stt, Tts, Workflow
from agent.control.standing import Integration, Queue, Standing
from agent.core.health import Health
from agent.errors import Unavailable
from agent.events import Event, Lost, Measured, Ready
from agent.ladder import Ladder, Rung
from agent.limit import Limit
from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.store import open_store
from agent.vitals import Vitals
from tests.fakes import Failing, Mouth, guard
from tests.record.conversations import NOON


def limited(**more: str) -> set[str]:
    """Who may not be used as often as one likes."""
    workflow = Workflow(url=more.get("url", ""), websocket_url=more.get("socket", ""))
    stt = Stt(url=more.get("ear", ""), per_minute=60)
    tts = Tts(base_url=more.get("voice", "http://localhost"))
    return {*limits(Config(workflow=workflow, stt=stt, tts=tts))}


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "[::1]", "192.168.1.5", "10.1.2.3", "nas", "n8n.local"],
)
def test_what_is_near_may_be_used_as_often_as_one_likes(host: str) -> None:
    assert limited(url=f"http://{host}:5678/w", ear=f"ws://{host}:8000") == set()


def test_what_is_elsewhere_is_used_at_a_rate() -> None:
    found = limited(
        url="https://n8n.example.org/w",
        socket="wss://8.8.8.8/ws",
        ear="wss://ears.example.org",
        voice="https://api.elevenlabs.io",
    )
    assert found == {"n8n", "n8n-websocket", "whisperlivekit", "elevenlabs"}


def test_a_rate_of_nothing_is_none() -> None:
    config = Config(
        workflow=Workflow(url="https://n8n.example.org/w", per_minute=0),
        tts=Tts(per_minute=90),
    )
    (limit,) = limits(config).values()
    assert limit.per_minute == 90


async def test_breakers_and_rates_are_seen(autojump_clock: MockClock) -> None:
    n8n = Failing("n8n", Unavailable("connection refused"))
    door, limit = guard("n8n", threshold=1, cooldown=30), Limit(120)
    vitals = Vitals({})
    oversight = Oversight(vitals)
    oversight.ladders.append(Ladder([Rung(n8n, door, limit)]))
    with pytest.raises(Unavailable), door.call():
        raise n8n.exc
    lost = Lost("n8n", "connection refused", retry_in=30)
    vitals.health = Health().after(lost, at=NOON).after(Ready("ears"), at=NOON)
    assert oversight.integrations == (
        Integration(
            "n8n",
            "away",
            NOON,
            "connection refused",
            "open",
            120,
            0,
            30,
            1,
            1,
            "connection refused",
            NOON,
        ),
        Integration("ears", "ok", NOON),
    )
    told: list[Event] = []
    with trio.move_on_after(25):
        await oversight.measure(told.append, 10)
    breaker = Measured("breaker.n8n", 1, {"state": "open", "calls": 1, "failed": 1})
    assert told.count(breaker) == 3
    oversight.retry()
    assert door.standing == "closed"


async def test_the_queue_is_measured(tmp_path: Path) -> None:
    async with open_store(tmp_path / "tonny.db") as store:
        outbox = StoredOutbox(store, room=9)
        for name in "abc":
            await outbox.keep(Question(name, 1, "s", name, asked_at=NOON))
        await outbox.settle("c", "refused: HTTP 401")
        oversight = Oversight(Vitals({}), store)
        assert await oversight.queue() == Queue(2, 1, "2026-11-23T12:00:00.000Z")
        told: list[Event] = []
        with trio.move_on_after(0.2):
            await oversight.measure(told.append, 60)
    assert told == [
        Measured("queue.waiting", 2),
        Measured("queue.dead", 1),
        Measured("speaker.underruns", 0),
    ]


async def test_a_speaker_that_ran_out_of_sound_is_measured_and_seen() -> None:
    oversight, mouth = Oversight(Vitals({})), Mouth()
    oversight.speaker = mouth
    mouth.underruns = 3
    told: list[Event] = []
    with trio.move_on_after(0.2):
        await oversight.measure(told.append, 60)
    assert Measured("speaker.underruns", 3) in told
    standing = Standing("ready", "voice", "", "", underruns=oversight.underruns)
    assert "ran out of sound 3 times" in standing.as_text()
    assert "ran out" not in Standing("ready", "voice", "", "").as_text()
