"""The whole program beside a real broker: commanded, read, and not disturbed when it dies."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pika

from agent.control.client import ask
from agent.control.commands import Answered, AskText, decode_reply, encode
from tests.bus.readers import Reader
from tests.e2e.agent_process import command, run_agent, silence, write_wav
from tests.rigs.rabbitmq import RabbitMQ


class Running:
    """An agent that listens to silence, and shows what happens."""

    def __init__(self, agent: subprocess.Popen[bytes]) -> None:
        self._agent = agent

    def until(self, kind: str, **facts: str) -> dict[str, Any]:
        """The next event of this *kind* with these *facts*."""
        assert self._agent.stdout is not None
        for line in self._agent.stdout:
            event: dict[str, Any] = json.loads(line)["event"]
            if event["event"] == kind and facts.items() <= event.items():
                return event
        raise AssertionError(f"it ended without {kind} {facts}")


@contextmanager
def running(folder: Path, broker: RabbitMQ, exchange: str) -> Iterator[Running]:
    settings = folder / "agent.toml"
    settings.write_text(
        '[agent]\nid = "kitchen-pc"\nroom = "kitchen"\n[rabbitmq]\nenabled = true\n'
        f'url = "{broker.url}"\nexchange = "{exchange}"\ncommands = "{exchange}.c"\n'
    )
    settings.chmod(0o600)
    arguments = command(
        "run", "--config", settings, "--data-dir", folder / "data", "--json",
        "--microphone", write_wav(folder / "room.wav", [silence(120)]),
        "--speaker", "none",
    )  # fmt: skip
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as agent:
        try:
            yield Running(agent)
        finally:
            agent.terminate()


def asked(url: str, exchange: str, text: str) -> dict[str, Any]:
    """What is replied to a question that comes over the broker."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        replies = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_publish(
            exchange,
            "thread.tonny.command.room.kitchen",
            json.dumps({"command": "ask", "text": text}),
            pika.BasicProperties(reply_to=replies, correlation_id="1"),
        )
        for method, _, body in channel.consume(replies, inactivity_timeout=20):
            assert method is not None
            reply: dict[str, Any] = json.loads(body)
            return reply
    raise AssertionError


def until_answered(reader: Reader, turn: int) -> list[dict[str, Any]]:
    """All that was published, with the answer to *turn*."""
    found: list[dict[str, Any]] = []
    pause = threading.Event()
    for _ in range(200):
        found += [json.loads(each.body) for each in reader.everything()]
        if any(e["type"] == "response" and e["turn_id"] == turn for e in found):
            break
        pause.wait(0.05)
    return found


def test_a_broker_commands_hears_everything_and_is_not_missed(
    broker: RabbitMQ, tmp_path: Path, models: Path
) -> None:
    reader = Reader(broker.url)
    data = tmp_path / "data"
    with running(tmp_path, broker, reader.exchange) as agent:
        agent.until("ready", name="rabbitmq-commands")
        reply = asked(broker.url, reader.exchange, "help")
        assert reply["reply"] == "answered"
        assert reply["text"]
        broker.kill()
        agent.until("lost", name="rabbitmq")
        # Nobody waits for it: the turn is answered as before.
        said = decode_reply(ask(str(data), encode(AskText(text="hello there"))))
        assert isinstance(said, Answered)
        assert said.text
        status = json.loads(run_agent("status", "--data-dir", data, "--json").stdout)
        states = {each["name"]: each["state"] for each in status["integrations"]}
        assert states["rabbitmq"] == "away"
        broker.start()
        agent.until("ready", name="rabbitmq")
        agent.until("measured", name="rabbitmq.unroutable")
        ask(str(data), encode(AskText(text="goodbye")))
        found = until_answered(reader, turn=3)
    prompts = [each["payload"]["text"] for each in found if each["type"] == "prompt"]
    assert prompts == ["help", "hello there", "goodbye"]
    assert [each["turn_id"] for each in found if each["type"] == "response"] == [
        1,
        2,
        3,
    ]
    health = [
        each["payload"]["event"]
        for each in found
        if each["type"] == "health" and each["payload"]["name"] == "rabbitmq"
    ]
    # Why it is away may change meanwhile.
    assert [each for each, _ in groupby(health)] == ["ready", "lost", "ready"]
    reader.remove()
