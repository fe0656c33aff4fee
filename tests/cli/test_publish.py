"""One message, by the command line."""

import uuid
from pathlib import Path

import pika
import pytest

from agent.__main__ import run
from tests.rigs.rabbitmq import RabbitMQ

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def at_the_broker(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TONNY_CONFIG", str(tmp_path / "agent.toml"))
    (tmp_path / "agent.toml").touch()
    if "broker" in request.fixturenames:
        broker: RabbitMQ = request.getfixturevalue("broker")
        monkeypatch.setenv("TONNY_RABBITMQ__URL", broker.url)


def test_a_message_arrives_as_it_is(
    broker: RabbitMQ, tmp_path: Path, capsys: Output
) -> None:
    queue = uuid.uuid4().hex
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, auto_delete=True)
        channel.queue_bind(queue, "amq.topic", "thread.tonny.test")
        said = '{"message": "täst"}'
        assert run(["publish", "thread.tonny.test", said]) == 0
        assert "a queue has it" in capsys.readouterr().out
        _, properties, body = channel.basic_get(queue, auto_ack=True)
        assert body.decode() == said
        assert properties.delivery_mode == 2
        assert properties.content_type == "application/json"
        file = tmp_path / "message.json"
        file.write_text("[1, 2]\n")
        assert run(["publish", "thread.tonny.test", f"@{file}"]) == 0
        assert run(["publish", queue, "-1", "--exchange", ""]) == 0
        bodies = [channel.basic_get(queue, auto_ack=True)[2] for _ in range(2)]
        assert bodies == [b"[1, 2]\n", b"-1"]


def test_nobody_there_to_read_is_said(broker: RabbitMQ, capsys: Output) -> None:
    assert run(["publish", "nobody.reads.this", "{}"]) == 1
    assert "no queue takes “nobody.reads.this”" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('{"a": 1,\n "b" 2}', "Expecting ':' delimiter at line 2, column 6"),
        ("", "Expecting value at line 1, column 1"),
        ("{} {}", "Extra data at line 1, column 4"),
        ('{"a": NaN}', "NaN is no number there"),
        ("[" * 100_000, "this is not JSON: "),
    ],
)
def test_what_is_no_json_goes_nowhere(message: str, said: str, capsys: Output) -> None:
    assert run(["publish", "a.b", message]) == 2
    assert said in capsys.readouterr().err


def test_a_file_with_a_mistake_is_named(tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "message.json"
    file.write_text("{'a': 1}")
    assert run(["publish", "a.b", f"@{file}"]) == 2
    assert f"{file}: this is not JSON: " in capsys.readouterr().err
    file.write_bytes(b'"\xff"')
    assert run(["publish", "a.b", f"@{file}"]) == 2
    assert "byte 2 is no UTF-8" in capsys.readouterr().err
    assert run(["publish", "a.b", f"@{tmp_path / 'none'}"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_broker_that_is_away_or_refuses_is_said(
    broker: RabbitMQ, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    assert run(["publish", "a.b", "1", "--exchange", "none.such"]) == 69
    assert "no exchange 'none.such'" in capsys.readouterr().err
    wrong = broker.url.replace("guest@", "canary@")
    monkeypatch.setenv("TONNY_RABBITMQ__URL", wrong)
    assert run(["publish", "a.b", "1"]) == 69
    shown = capsys.readouterr().err
    assert "does not let guest in" in shown
    assert "canary" not in shown
    monkeypatch.setenv("TONNY_RABBITMQ__URL", "amqp://127.0.0.1:1/")
    assert run(["publish", "a.b", "1"]) == 69
    assert "cannot be reached" in capsys.readouterr().err
