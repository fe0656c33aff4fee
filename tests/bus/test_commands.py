"""Commands that come over a real broker."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pika
import pytest
import trio
from msgspec.structs import replace

from agent.app.bus import commanded
from agent.bus.identity import Identity
from agent.bus.orders import Ask, Mute, Order, Say, Stop, Unmute, read
from agent.bus.taking import Taking, take_commands
from agent.config import Config, Secret
from agent.config.settings import Agent
from agent.config.settings import RabbitMQ as Settings
from agent.control.commands import (
    Answered,
    AskText,
    Command,
    Done,
    Hush,
    Reply,
    SayText,
    SetMute,
)
from agent.errors import Refused, Unavailable
from agent.events import Event, Ready
from agent.supervisor import supervise
from tests.rigs.rabbitmq import RabbitMQ


class Sender:
    """Someone else's program, with pika."""

    def __init__(self, url: str, prefix: str, queue: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._prefix = prefix
        self._dead = f"{queue}.dead"
        declared = self._channel.queue_declare("", exclusive=True)
        self._replies = declared.method.queue

    def send(
        self, key: str, body: bytes | Mapping[str, object], asked: str = ""
    ) -> None:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        properties = pika.BasicProperties(
            reply_to=self._replies if asked else None, correlation_id=asked or None
        )
        where = f"{self._prefix}.{key}"
        self._channel.basic_publish("amq.topic", where, body, properties)

    def replies(self, number: int) -> dict[str, Any]:
        """The next ones, by their correlation ids."""
        return {
            properties.correlation_id: json.loads(body) | {"at": properties.headers}
            for properties, body in self._taken(self._replies, number)
        }

    def dead(self, number: int) -> list[tuple[bytes, str]]:
        """The next ones, and why."""
        return [
            (body, properties.headers["x-death"][0]["reason"])
            for properties, body in self._taken(self._dead, number)
        ]

    def left(self, queue: str) -> int:
        found = self._channel.queue_declare(queue, passive=True)
        return int(found.method.message_count)

    def _taken(self, queue: str, number: int) -> list[tuple[Any, bytes]]:
        found: list[tuple[Any, bytes]] = []
        for method, properties, body in self._channel.consume(
            queue, auto_ack=True, inactivity_timeout=10
        ):
            assert method is not None, f"only {len(found)} came"
            found.append((properties, body))
            if len(found) == number:
                break
        self._channel.cancel()
        return found

    def close(self) -> None:
        self._connection.close()


class Place:
    """Names of its own at the broker, for one test."""

    def __init__(self, broker: RabbitMQ) -> None:
        name = uuid.uuid4().hex[:8]
        self.settings = replace(
            Settings(),
            enabled=True,
            url=Secret(broker.url),
            prefix=f"p{name}",
            commands=f"c{name}",
        )
        self._url = broker.url

    async def sender(self) -> Sender:
        settings = self.settings
        make = partial(Sender, self._url, settings.prefix, settings.commands)
        return await trio.to_thread.run_sync(make)


@pytest.fixture
def place(broker: RabbitMQ) -> Place:
    return Place(broker)


@asynccontextmanager
async def taking(
    place: Place, identity: Identity, carry_out: Callable[[Order], Any]
) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        await nursery.start(take_commands, Taking(place.settings, identity), carry_out)
        yield
        nursery.cancel_scope.cancel()


KITCHEN, BEDROOM = Identity("pc1", "kitchen"), Identity("pc2", "bedroom")


class Doer:
    """Does nothing but remember, and refuse what it is told to."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.answer = trio.Event()

    async def carry_out(self, order: Order) -> bytes:
        self.orders.append(order)
        match order:
            case Ask():
                await self.answer.wait()
                return b'{"reply":"answered","text":"Noon."}'
            case Say("refuse"):
                raise Refused("not that")
            case Say("away"):
                raise Unavailable("not now")
            case Say("bug"):
                raise ZeroDivisionError
            case Say("answer"):
                self.answer.set()
        return b'{"reply":"done","detail":""}'


async def test_each_command_is_done_in_order_and_replied_to_those_who_asked(
    place: Place,
) -> None:
    doer, sender = Doer(), await place.sender()
    async with taking(place, KITCHEN, doer.carry_out):
        say = {"command": "say", "text": "Dinner!", "priority": "alert"}
        sender.send("command", {"command": "ask", "text": "What time is it?"}, "a")
        sender.send("command", say, "b")
        sender.send("command", {"command": "stop", "more": "ignored"}, "c")
        sender.send("command", {"command": "mute"})
        sender.send("command", {"command": "unmute"}, "d")
        sender.send("command", {"command": "say", "text": "answer"}, "e")
        found = await trio.to_thread.run_sync(sender.replies, 5)
    assert {each for each in doer.orders if not isinstance(each, Ask)} == {
        *(Say("Dinner!", "alert"), Stop(), Mute(), Unmute(), Say("answer"))
    }
    quick = [each for each in doer.orders if not isinstance(each, Ask)]
    assert quick == [Say("Dinner!", "alert"), Stop(), Mute(), Unmute(), Say("answer")]
    assert found["a"]["text"] == "Noon."
    assert all(found[name]["reply"] == "done" for name in "bcde")
    assert found["b"]["at"] == {"agent_id": "pc1", "room": "kitchen"}
    assert sender.left(place.settings.commands) == 0
    sender.close()


async def test_what_is_bad_or_cannot_be_done_is_a_dead_letter(place: Place) -> None:
    doer, sender = Doer(), await place.sender()
    bad = [
        b"\xff\x00",
        b"not json",
        b"[" * 10_000,
        b'{"command":"shutdown"}',
        b'{"command":"say"}',
        b'{"command":"say","text":""}',
        b'{"command":"say","text":"%s"}' % (b"x" * 20_000),
        b'{"command":"say","text":"refuse"}',
        b'{"command":"say","text":"away"}',
        b'{"command":"say","text":"bug"}',
    ]
    async with taking(place, KITCHEN, doer.carry_out):
        for number, body in enumerate(bad):
            sender.send("command", body, f"{number}")
        sender.send("command", {"command": "stop"}, "good")
        dead = await trio.to_thread.run_sync(sender.dead, len(bad))
        replies = await trio.to_thread.run_sync(sender.replies, len(bad) + 1)
    assert dead == [(body, "rejected") for body in bad]
    assert replies.pop("good")["reply"] == "done"
    assert {each["reply"] for each in replies.values()} == {"failed"}
    assert replies["7"]["reason"] == "not that"
    codes = [replies[f"{number}"]["code"] for number in range(len(bad))]
    assert codes == ["malformed"] * 7 + ["refused"] * 2 + ["bug"]
    sender.close()


async def test_a_command_finds_one_agent_a_room_or_whoever_is_free(
    place: Place,
) -> None:
    one, two, sender = Doer(), Doer(), await place.sender()
    async with (
        taking(place, KITCHEN, one.carry_out),
        taking(place, BEDROOM, two.carry_out),
    ):
        for key in ("command.pc1", "command.room.kitchen"):
            sender.send(key, {"command": "say", "text": key}, key)
        sender.send("command.pc2", {"command": "say", "text": "two"}, "two")
        for number in range(10):
            said = {"command": "say", "text": f"{number}"}
            sender.send("command", said, f"{number}")
        await trio.to_thread.run_sync(sender.replies, 13)
    first, second = (
        [o.text for o in each.orders if isinstance(o, Say)] for each in (one, two)
    )
    assert {"command.pc1", "command.room.kitchen"} <= {*first}
    assert "two" in second
    shared = [text for text in first + second if text.isdigit()]
    assert sorted(shared) == sorted(map(str, range(10)))
    assert any(text.isdigit() for text in first)
    assert any(text.isdigit() for text in second)
    sender.close()


async def test_a_command_that_was_not_done_when_the_agent_ended_is_done_later(
    place: Place,
) -> None:
    doer, later, sender = Doer(), Doer(), await place.sender()
    async with taking(place, KITCHEN, doer.carry_out):
        sender.send("command.pc1", {"command": "ask", "text": "Hm?"}, "a")
        with trio.fail_after(10):
            while not doer.orders:  # noqa: ASYNC110 # the broker cannot tell
                await trio.sleep(0.01)
    later.answer.set()
    async with taking(place, KITCHEN, later.carry_out):
        found = await trio.to_thread.run_sync(sender.replies, 1)
    assert found["a"]["text"] == "Noon."
    sender.close()


async def test_they_go_the_way_of_the_control_socket(place: Place) -> None:
    done: list[Command] = []

    async def handle(command: Command) -> Reply:
        await trio.lowlevel.checkpoint()
        done.append(command)
        return Answered("Noon.") if isinstance(command, AskText) else Done("7")

    config = Config(agent=Agent(id="pc1"), rabbitmq=place.settings)
    sender = await place.sender()
    async with trio.open_nursery() as nursery:
        ready = trio.Event()

        def publish(event: Event) -> None:
            assert isinstance(event, Ready), event
            ready.set()

        nursery.start_soon(supervise, commanded(config, handle), publish)
        await ready.wait()
        for name, order in (
            ("a", {"command": "say", "text": "Hello", "priority": "alert"}),
            ("b", {"command": "stop"}),
            ("c", {"command": "mute"}),
            ("d", {"command": "unmute"}),
            ("e", {"command": "ask", "text": "What time is it?"}),
        ):
            sender.send("command", order, name)
        found = await trio.to_thread.run_sync(sender.replies, 5)
        nursery.cancel_scope.cancel()
    assert done == [
        SayText(text="Hello", priority="alert"),
        Hush(action="stop"),
        SetMute(on=True),
        SetMute(on=False),
        AskText(text="What time is it?"),
    ]
    assert found["a"] == {"reply": "done", "detail": "7", "at": found["a"]["at"]}
    assert (found["e"]["reply"], found["e"]["text"]) == ("answered", "Noon.")
    sender.close()


def test_without_the_queue_nothing_is_taken() -> None:
    off = replace(Settings(), enabled=True, commands="")
    assert commanded(Config(rabbitmq=off), _never) == []
    assert commanded(Config(), _never) == []


async def _never(_command: Command) -> Reply:
    raise AssertionError


@pytest.mark.parametrize("body", [b'{"command":"mute","on":1}', b'"stop"', b"{}"])
def test_a_wrong_type_is_no_command(body: bytes) -> None:
    with pytest.raises(Refused, match="that is no command"):
        read(body)
