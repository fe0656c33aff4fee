"""What happens goes to a real broker, whatever becomes of that."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import jsonschema
import pytest
import trio
from msgspec.structs import replace

from agent.app.bus import published
from agent.app.session import Session, open_session
from agent.bus.envelope import schema
from agent.config import Config
from agent.config.settings import Agent, Log, Secret
from agent.config.settings import RabbitMQ as Settings
from agent.core.restarts import Restarts
from agent.events import (
    Event,
    Heard,
    Level,
    Lost,
    Measured,
    Ready,
    Replied,
    SpeechStarted,
    Spoken,
)
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from agent.supervisor import supervise
from tests.bus.readers import Message, Reader
from tests.rigs.rabbitmq import RabbitMQ

OUTAGE = float(os.environ.get("TONNY_BROKER_OUTAGE", "1"))
"""Seconds for which the broker is away in the middle of it; 30 when there is time."""


HASTILY = partial(Restarts, ceiling=0.3, refused=0.3)

CANARY = "correct-horse-battery"


def config(broker: RabbitMQ, exchange: str, **settings: object) -> Config:
    plain = {"enabled": True, "url": Secret(broker.url), "exchange": exchange}
    rabbitmq = replace(Settings(), **{**plain, **settings})
    return Config(
        agent=Agent("kitchen-pc", "kitchen"), rabbitmq=rabbitmq, log=Log(file=False)
    )


class Publisher:
    """A session whose events are published, and what it says about that."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.told: list[Lost | Ready] = []

    def publish(self, event: Event) -> None:
        if isinstance(event, Lost | Ready):
            self.told.append(event)
        self.session.hub.publish(event)

    async def until(self, kind: type[Lost | Ready], number: int = 1) -> Event:
        """The so many-th of this *kind*."""
        with trio.fail_after(60):
            while True:
                found = [each for each in self.told if isinstance(each, kind)]
                if len(found) >= number:
                    return found[number - 1]
                await trio.sleep(0.02)

    async def waiting(self) -> int:
        read = "SELECT count(*) FROM letters"
        found = await self.session.store.read(lambda c: c.execute(read).fetchone())
        return int(found[0])

    async def emptied(self) -> None:
        """Wait until nothing is left to be published."""
        await self.until_waiting(0, 0)

    async def until_waiting(self, least: int, most: int) -> None:
        with trio.fail_after(60):
            while True:
                if least <= await self.waiting() <= most:
                    return
                await trio.sleep(0.02)


@asynccontextmanager
async def publishing(folder: Path, settings: Config) -> AsyncIterator[Publisher]:
    async with (
        open_session(folder, settings) as session,
        trio.open_nursery() as nursery,
    ):
        publisher = Publisher(session)
        services = published(settings, session.letters, publisher.publish)
        # Not as patient as in real life.
        services = [replace(each, restarts=HASTILY) for each in services]
        nursery.start_soon(supervise, services, publisher.publish)
        yield publisher
        nursery.cancel_scope.cancel()


def bodies(messages: list[Message]) -> list[dict[str, object]]:
    return [json.loads(message.body) for message in messages]


async def test_everything_that_is_recorded_is_published_in_one_envelope(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Ready)
        publisher.publish(SpeechStarted(7))
        publisher.publish(Heard(7, "What time is it? ⏰", "moonshine", confidence=0.9))
        publisher.publish(Replied(7, "Noon.", "n8n"))
        publisher.publish(Spoken(7, "Noon.", "pico", 1.0))
        publisher.publish(Measured("health.n8n", 1.0))
        publisher.publish(Lost("n8n web.socket #1", "gone", 1.0))
        publisher.publish(Level(-30, -20, -50))
        await trio.sleep(0.1)
        await publisher.emptied()
        session = publisher.session.id
        rows = await publisher.session.store.read(
            lambda c: c.execute("SELECT count(*) FROM events").fetchone()
        )
    messages = await trio.to_thread.run_sync(reader.everything)
    keys = [message.key.removeprefix("thread.tonny.") for message in messages]
    assert [key for key in keys if not key.startswith("metric.")] == [
        "conversation.session_started",
        "health.rabbitmq",
        *("speech_start", "prompt", "response", "conversation.spoken"),
        *("health.n8n", "health.n8n_web_socket__1"),
    ]
    assert len(messages) == rows[0]
    assert all(each.persistent and each.kind == "application/json" for each in messages)
    validator = jsonschema.Draft202012Validator(schema())
    for message, body in zip(messages, bodies(messages), strict=True):
        validator.validate(body)
        assert message.id == body["event_id"]
        assert body["session_id"] == session
        assert (body["agent_id"], body["room"]) == ("kitchen-pc", "kitchen")
        assert body["source"] == "tonny-agent"
    heard = next(body for body in bodies(messages) if body["type"] == "prompt")
    assert heard["turn_id"] == 7
    assert heard["payload"] == {
        "event": "heard",
        "turn": 7,
        "text": "What time is it? ⏰",
        "engine": "moonshine",
        "source": "voice",
        "language": None,
        "confidence": 0.9,
        "said_at": None,
    }


async def test_a_broker_that_dies_loses_nothing_and_changes_no_order(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    number = 1000
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Ready)

        async def speak() -> None:
            for turn in range(number):
                publisher.publish(Replied(turn, f"answer {turn}", "n8n"))
                await trio.sleep(0.001)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak)
            await trio.sleep(0.5)
            broker.kill()
            await publisher.until(Lost)
            await trio.sleep(OUTAGE)
        await trio.to_thread.run_sync(broker.start)
        await publisher.until(Ready, 2)
        await publisher.emptied()
    assert_in_order(await trio.to_thread.run_sync(reader.everything), number)


def assert_in_order(messages: list[Message], number: int) -> None:
    """Each of them came, the first time in its order, and again only as it was."""
    known: dict[str, bytes] = {}
    turns: list[object] = []
    for message, body in zip(messages, bodies(messages), strict=True):
        if message.id in known:
            assert known[message.id] == message.body
            continue
        known[message.id] = message.body
        if body["type"] == "response":
            turns.append(body["turn_id"])
    assert turns == [*range(number)]


async def test_a_broker_that_is_blocked_gets_it_later(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Ready)
        limit = "set_vm_memory_high_watermark"
        await trio.to_thread.run_sync(broker.control, limit, "0.0000001")
        try:
            publisher.publish(Replied(0, "answer 0", "n8n"))
            lost = await publisher.until(Lost)
            assert isinstance(lost, Lost)
            assert "the broker takes nothing now: low on memory" in lost.reason
            for turn in range(1, 3000):
                publisher.publish(Replied(turn, f"answer {turn}", "n8n"))
            await publisher.until_waiting(3000, 3100)
        finally:
            await trio.to_thread.run_sync(broker.control, limit, "0.4")
        await publisher.until(Ready, 2)
        await publisher.emptied()
    assert_in_order(await trio.to_thread.run_sync(reader.everything), 3000)


@pytest.mark.parametrize(
    ("address", "exchange", "said"),
    [
        (
            f"guest:{CANARY}@127.0.0.1:{{port}}/",
            "amq.topic",
            "does not let guest in: compare the name and the password in rabbitmq.url",
        ),
        (
            "guest:guest@127.0.0.1:{port}/nowhere",
            "amq.topic",
            "has no virtual host “nowhere” for guest",
        ),
        (
            "guest:guest@127.0.0.1:{port}/",
            "not.there",
            "NOT_FOUND - no exchange 'not.there' in vhost '/'",
        ),
        (f"guest:{CANARY}@127.0.0.1:1/", "amq.topic", "cannot be reached: Connection"),
    ],
    ids=["password", "vhost", "exchange", "port"],
)
async def test_what_keeps_events_back_is_said_and_nothing_is_lost(
    broker: RabbitMQ, tmp_path: Path, address: str, exchange: str, said: str
) -> None:
    url = Secret("amqp://" + address.format(port=broker.port))
    settings = config(broker, exchange, url=url)
    async with publishing(tmp_path, settings) as publisher:
        lost = await publisher.until(Lost)
        assert isinstance(lost, Lost)
        assert said in lost.reason
        assert CANARY not in lost.reason
        publisher.publish(Replied(1, "answer", "n8n"))
        await publisher.until_waiting(3, 9)
    assert CANARY not in contents(tmp_path)


def contents(folder: Path) -> str:
    return "".join(each.read_bytes().decode("latin-1") for each in folder.iterdir())


async def test_a_missing_exchange_that_is_made_gets_what_has_waited(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    await trio.to_thread.run_sync(reader.delete_exchange)
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Lost)
        for turn in range(100):
            publisher.publish(Replied(turn, "answer", "n8n"))
        await trio.to_thread.run_sync(reader.make)
        await publisher.until(Ready)
        await publisher.emptied()
        # And one that goes away while it is used.
        await trio.to_thread.run_sync(reader.delete_exchange)
        publisher.publish(Replied(100, "answer", "n8n"))
        lost = await publisher.until(Lost, 2)
        assert isinstance(lost, Lost)
        assert "no exchange" in lost.reason
        await trio.to_thread.run_sync(reader.make)
        await publisher.until(Ready, 2)
        await publisher.emptied()
    assert_in_order(await trio.to_thread.run_sync(reader.everything), 101)


async def test_the_next_session_publishes_what_this_one_could_not(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    away = config(broker, reader.exchange, url=Secret("amqp://127.0.0.1:1/"))
    async with open_session(tmp_path, away) as session:
        session.hub.publish(Replied(0, "answer", "n8n"))
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Ready)
        await publisher.emptied()
    found = await trio.to_thread.run_sync(reader.everything)
    sessions = [body["session_id"] for body in bodies(found)]
    assert sessions[:3] == [session.id] * 3  # with its end
    assert set(sessions[3:]) == {publisher.session.id}


async def test_a_burst_that_leaves_no_time_to_write_is_kept_whole(
    tmp_path: Path,
) -> None:
    away = Settings(enabled=True, url=Secret("amqp://127.0.0.1:1/"))
    number = 9000
    async with open_session(tmp_path, Config(rabbitmq=away)) as session:
        for turn in range(number):
            session.hub.publish(Replied(turn, "answer", "n8n"))
    async with open_store(tmp_path / DATABASE) as store:
        read = "SELECT body FROM letters ORDER BY seq"
        rows = await store.read(lambda c: c.execute(read).fetchall())
    found = [json.loads(body) for (body,) in rows]
    turns = [body["turn_id"] for body in found if body["type"] == "response"]
    assert turns == [*range(number)]


async def test_of_too_many_the_oldest_are_given_up(
    broker: RabbitMQ, reader: Reader, tmp_path: Path
) -> None:
    nowhere = Secret("amqp://127.0.0.1:1/")
    small = config(broker, reader.exchange, url=nowhere, spool_size=50)
    async with open_session(tmp_path, small) as session:
        for turn in range(200):
            session.hub.publish(Replied(turn, "answer", "n8n"))
            if turn % 20 == 0:
                await trio.sleep(0.02)
    letters = session.letters
    assert letters is not None
    assert letters.given_up == 202 - 50
    async with publishing(tmp_path, config(broker, reader.exchange)) as publisher:
        await publisher.until(Ready)
        await publisher.emptied()
    found = bodies(await trio.to_thread.run_sync(reader.everything))
    turns = [body["turn_id"] for body in found if body["type"] == "response"]
    assert turns == [*range(151, 200)]


async def test_nobody_there_to_read_is_noticed_counted_and_said_once(
    broker: RabbitMQ, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = config(broker, "amq.topic", prefix="nobody.reads.this")
    settings = replace(settings, health=replace(settings.health, interval=1.0))
    async with publishing(tmp_path, settings) as publisher:
        with publisher.session.hub.watching(1000) as entries:
            await publisher.until(Ready)
            await publisher.emptied()
            with trio.fail_after(10):
                async for entry in entries:
                    match entry.event:
                        case Measured("rabbitmq.unroutable", number) if number:
                            break
    assert caplog.text.count("no queue at the broker takes nobody.reads.this") == 1
