"""Questions that several workers share, over a real broker."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest
import trio
from msgspec.structs import replace

from agent.app.once import Answer, ask
from agent.config import Config, Secret
from agent.config.settings import Agent
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Part, Question
from agent.speaking.speakers.silent import SilentSpeaker
from agent.thinking.asking import AskingMind
from agent.thinking.rabbitmq import open_work_queue
from tests.rigs.rabbitmq import RabbitMQ

WORKER = Path(__file__).parents[2] / "packaging/rabbitmq/worker.py"


@pytest.fixture
def config(broker: RabbitMQ) -> Config:
    """With a queue of its own."""
    config = Config(agent=Agent(id="kitchen-pc", room="kitchen"))
    turns = f"t{uuid.uuid4().hex[:8]}"
    rabbitmq = replace(config.rabbitmq, url=Secret(broker.url), turns=turns)
    workflow = replace(
        config.workflow, transport="rabbitmq", deadline=10.0, still_working=""
    )
    return replace(config, rabbitmq=rabbitmq, workflow=workflow)


@contextmanager
def worker(config: Config, name: str) -> Iterator[subprocess.Popen[str]]:
    """The example, as it is."""
    url, turns = config.rabbitmq.url.reveal(), config.rabbitmq.turns
    command = [sys.executable, str(WORKER), url, name, turns]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == f"{name} takes from {turns}\n"
        try:
            yield running
        finally:
            running.kill()


class ByHand:
    """A worker that does what its test says."""

    def __init__(self, config: Config) -> None:
        url = config.rabbitmq.url.reveal()
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        turns = config.rabbitmq.turns
        self._channel.queue_declare(turns, durable=True)
        self._turns = turns
        # Nobody is asked before someone is there.
        next(self._channel.consume(turns, inactivity_timeout=0.1))

    def take(self) -> Any:
        """The next question, unanswered."""
        while True:
            found = next(self._channel.consume(self._turns, inactivity_timeout=0.1))
            if found[0] is not None:
                return found

    def take_and_die(self) -> None:
        self.take()
        self.close()

    def answer(self, *bodies: bytes, correlation: str | None = None) -> Any:
        """Answer the next question with these, and return its properties and body."""
        method, properties, body = self.take()
        for each in bodies:
            self._channel.basic_publish(
                "",
                properties.reply_to,
                each,
                pika.BasicProperties(
                    correlation_id=correlation or properties.correlation_id
                ),
            )
        self._channel.basic_ack(method.delivery_tag)
        return properties, json.loads(body)

    def close(self) -> None:
        with suppress(pika.exceptions.AMQPError):  # it is gone with its broker
            self._connection.process_data_events()
            self._connection.close()


def question(text: str, id: str = "") -> Question:
    return Question(id or str(uuid.uuid4()), 1, "session", text, asked_at=time.time())


async def parts(mind: AskingMind, asked: Question) -> list[Part]:
    async with mind.answer(asked) as channel:
        return [part async for part in channel]


async def failure(mind: AskingMind, asked: Question) -> AgentError:
    try:
        found = await parts(mind, asked)
    except AgentError as exc:
        return exc
    pytest.fail(f"it was answered: {found}")


async def test_two_workers_share_the_questions_of_two_agents(config: Config) -> None:
    other = replace(config, agent=Agent(id="bedroom-pc"))
    said: dict[str, str] = {}

    async def put(mind: AskingMind, text: str) -> None:
        said[text] = "".join(map(str, await parts(mind, question(text))))

    with worker(config, "Anna"), worker(config, "Ben"):
        async with (
            open_work_queue(config) as one,
            open_work_queue(other) as two,
            trio.open_nursery() as nursery,
        ):
            for number in range(20):
                nursery.start_soon(put, one, f"kitchen {number}")
                nursery.start_soon(put, two, f"bedroom {number}")
    assert len(said) == 40
    for text, answer in said.items():
        assert answer in {f"Anna heard: {text}", f"Ben heard: {text}"}
    assert {answer.split()[0] for answer in said.values()} == {"Anna", "Ben"}


async def test_a_question_says_what_a_worker_needs_to_know(config: Config) -> None:
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    asked = question("What time is it?", "key-1")
    taken: list[Any] = []

    def answer() -> None:
        taken.extend(by_hand.answer(b'{"text": "Noon."}'))

    async with open_work_queue(config) as mind, trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, answer)
        assert await parts(mind, asked) == ["Noon."]
    properties, body = taken
    assert (properties.message_id, properties.correlation_id) == ("key-1", "key-1")
    assert properties.headers == {"agent_id": "kitchen-pc", "room": "kitchen"}
    assert (properties.delivery_mode, properties.expiration) == (2, "10000")
    assert (body["text"], body["session_id"]) == ("What time is it?", "session")
    by_hand.close()


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([b'{"text": "Noon."}'], "Noon."),
        ([b"Noon."], "Noon."),
        (
            [
                b'{"type": "chunk", "text": "It is "}',
                b'{"type": "chunk", "text": "noon."}',
                b'{"type": "response", "data": {"text": "It is noon."}}',
            ],
            "It is noon.",
        ),
    ],
    ids=["json", "text", "pieces"],
)
async def test_an_answer_may_come_in_several_ways(
    config: Config, bodies: list[bytes], said: str
) -> None:
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    async with open_work_queue(config) as mind, trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, partial(by_hand.answer, *bodies))
        found = await parts(mind, question("What time is it?"))
    assert "".join(map(str, found)) == said
    by_hand.close()


async def test_a_worker_that_fails_says_so(config: Config) -> None:
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    async with open_work_queue(config) as mind, trio.open_nursery() as nursery:
        error = b'{"type": "error", "error": "no idea"}'
        nursery.start_soon(trio.to_thread.run_sync, partial(by_hand.answer, error))
        found = await failure(mind, question("Why?"))
    assert isinstance(found, Refused)
    assert str(found) == "the workflow failed: no idea"
    by_hand.close()


async def test_an_answer_to_another_question_is_none(config: Config) -> None:
    config = replace(config, workflow=replace(config.workflow, deadline=0.5))
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    async with open_work_queue(config) as mind, trio.open_nursery() as nursery:
        stray = partial(by_hand.answer, b'{"text": "Noon."}', correlation="another")
        nursery.start_soon(trio.to_thread.run_sync, stray)
        found = await failure(mind, question("Why?"))
    assert isinstance(found, Unavailable)
    assert found.unsure
    assert "longer than 0.5 s" in str(found)
    by_hand.close()


async def test_without_a_worker_nobody_waits(config: Config) -> None:
    async with open_work_queue(config) as mind:
        found = await failure(mind, question("Why?"))
    assert isinstance(found, Unavailable)
    assert found.absent
    assert str(found) == f"no worker takes from the queue {config.rabbitmq.turns}"


async def test_a_question_of_a_worker_that_dies_goes_to_the_next(
    config: Config,
) -> None:
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    said: list[Part] = []

    async def put(mind: AskingMind) -> None:
        said.extend(await parts(mind, question("Why?")))

    async with open_work_queue(config) as mind, trio.open_nursery() as nursery:
        nursery.start_soon(put, mind)
        await trio.to_thread.run_sync(by_hand.take_and_die)
        with worker(config, "Ben"):
            with trio.fail_after(10):
                while not said:  # noqa: ASYNC110 # the worker is no task of ours
                    await trio.sleep(0.01)
    assert said == ["Ben heard: Why?"]


async def test_a_broker_that_restarts_is_found_again(
    config: Config, broker: RabbitMQ
) -> None:
    by_hand = await trio.to_thread.run_sync(ByHand, config)
    failures: list[AgentError] = []

    async def put(mind: AskingMind) -> None:
        failures.append(await failure(mind, question("Why?")))

    async with open_work_queue(config) as mind:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(put, mind)
            await trio.to_thread.run_sync(by_hand.take)
            broker.kill()
        by_hand.close()
        assert isinstance(failures[0], Unavailable)
        assert failures[0].unsure
        away = await failure(mind, question("Why?"))
        assert isinstance(away, Unavailable)
        assert away.absent
        await trio.to_thread.run_sync(broker.start)
        with worker(config, "Ben"):
            assert await patiently(mind) == ["Ben heard: Again?"]


async def patiently(mind: AskingMind) -> list[Part]:
    """Asked until there is an answer."""
    with trio.fail_after(20):
        while True:
            try:
                return await parts(mind, question("Again?"))
            except Unavailable:
                await trio.sleep(0.1)


async def test_a_turn_goes_all_the_way(config: Config, tmp_path: Path) -> None:
    config = replace(config, log=replace(config.log, file=False))
    with worker(config, "Anna"):
        answer = await ask("What time is it?", config, tmp_path, SilentSpeaker())
    assert answer == Answer("Anna heard: What time is it?")
    kept = await ask("And now?", config, tmp_path, SilentSpeaker())
    assert kept.kept
    assert "no worker takes from the queue" in kept.reason
